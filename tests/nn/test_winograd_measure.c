/* The measurements of one Winograd layer, in both orders of work, and of its products. */
#include "unit.h"

#include <math.h>
#include <string.h>

#include "fal/base/parallel.h"
#include "fal/nn/winograd.h"

static void check(int size, int channels, int batch)
{
    const fal_cpu cpu = fal_kernels_cpu();
    fal_winograd_seconds least;
    const char *kernels = NULL;
    assert_ok(fal_winograd_measure(size, channels, batch, 3, &least, &kernels));
    const char *set = fal_test_best_winograd(&cpu, 0);
    if (strcmp(set, "blas") == 0) {
        assert_string_equal(kernels, "none");
        assert_true(least.forward == 0.0 && least.gradients == 0.0);
        return;
    }
    assert_string_equal(kernels, set);
    const double seconds[] = {least.forward, least.data_gradient, least.weight_gradient, least.gradients};
    for (int i = 0; i < 4; i++) {
        assert_true(seconds[i] > 0.0 && isfinite(seconds[i]));
    }
    assert_int_equal(fal_parallel_threads(), 2); /* as it was */
}

static void all_parts_of_a_layer_are_measured(void **state)
{
    (void)state;
    fal_parallel_set_threads(2);
    check(8, 32, 64); /* by tiles */
    check(4, 64, 32); /* by weights */
    fal_parallel_set_threads(1);
}

static void the_products_of_any_block_are_measured(void **state)
{
    (void)state;
    const fal_cpu cpu = fal_kernels_cpu();
    static const int tiles[] = {1, 7, 12, 24};
    fal_parallel_set_threads(2);
    for (int i = 0; i < 4; i++) {
        fal_winograd_gflops best;
        const char *kernels = NULL;
        assert_ok(fal_winograd_measure_products(tiles[i], 2, &best, &kernels));
        const char *set = fal_test_best_winograd(&cpu, 0);
        if (strcmp(set, "blas") == 0) {
            assert_string_equal(kernels, "none");
            assert_true(best.forward == 0.0 && best.weight_gradient == 0.0);
            continue;
        }
        assert_string_equal(kernels, set);
        assert_true(best.forward > 0.0 && isfinite(best.forward));
        assert_true(best.weight_gradient > 0.0 && isfinite(best.weight_gradient));
        assert_int_equal(fal_parallel_threads(), 2);
    }
    fal_parallel_set_threads(1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_parts_of_a_layer_are_measured),
                                       cmocka_unit_test(the_products_of_any_block_are_measured)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
