/* Products in pairs (direct_pairs.h) add rows to columns before they multiply, so both must be of one size: rows of any
 * size, gradients of any size, zeros. Every kernel of 1x1 convolutions must pass. */
#include "unit.h"

#include <math.h>
#include <string.h>

enum { CI = 96, CO = 64, SIDE = 4, PIXELS = SIDE * SIDE };

/* Of a pixel's largest value; measured: 5e-7. */
static const double row_tolerance = 3e-6;
/* As in test_kernels.c. */
static const double gradient_tolerance = 8e-6;

static const fal_layer layer = {
    .h = SIDE, .w = SIDE, .ci = CI, .co = CO, .kernel = 1, .stride = 1, .groups = 1, .relu = false};

/* Kernels by number; NULL after the last. */
static const fal_conv_kernel *next_kernel(int *number)
{
    const fal_cpu cpu = fal_kernels_cpu();
    const fal_conv_kernel *kernel = NULL;
    while ((kernel = fal_kernels_number((*number)++)) != NULL && !kernel->fits(&layer, &cpu)) {
    }
    return kernel;
}

/* Inference is the product alone: BN changes nothing. */
static void plain_norm(fal_test_unit *unit)
{
    for (int c = 0; c < CO; c++) {
        unit->gamma[c] = 1.0F;
        unit->beta[c] = unit->mean[c] = unit->bias[c] = 0.0F;
        unit->var[c] = 1.0F - (float)FAL_BN_EPS;
    }
}

static void rows_of_any_size_are_equally_exact(void **state)
{
    (void)state;
    const fal_conv_kernel *kernel = NULL;
    for (int number = 0; (kernel = next_kernel(&number)) != NULL;) {
        enum { IMAGES = 5 };
        fal_test_unit unit;
        fal_test_unit_create(&unit, &layer, kernel, IMAGES, false);
        plain_norm(&unit);
        for (int e = 0; e < IMAGES * PIXELS * CI; e++) {
            unit.images[e] *= powf(10.0F, (float)(5 * (e / (PIXELS * CI)) - 10)); /* 1e-10 to 1e10 */
        }
        fal_test_unit_load(&unit);
        fal_test_unit_infer(&unit);
        for (int p = 0; p < IMAGES * PIXELS; p++) {
            const float *x = unit.images + (size_t)p * CI;
            const float *y = fal_map_pixel(&unit.call.y, p / PIXELS, p % PIXELS / SIDE, p % SIDE);
            double truth[CO] = {0};
            for (int o = 0; o < CO; o++) {
                for (int c = 0; c < CI; c++) {
                    truth[o] += (double)unit.weight[o * CI + c] * (double)x[c];
                }
            }
            const double error = fal_test_error_float(y, truth, CO);
            if (!(error < row_tolerance)) {
                fail_msg("%s: pixel %d is off by %.2e", kernel->name, p, error);
            }
        }
        fal_test_unit_destroy(&unit);
    }
}

static void zeros_give_exact_zeros(void **state)
{
    (void)state;
    const fal_conv_kernel *kernel = NULL;
    for (int number = 0; (kernel = next_kernel(&number)) != NULL;) {
        fal_test_unit unit;
        fal_test_unit_create(&unit, &layer, kernel, 2, false);
        plain_norm(&unit);
        memset(unit.images, 0, PIXELS * CI * sizeof(float));
        memset(unit.weight + 5 * CI, 0, CI * sizeof(float));
        fal_test_unit_load(&unit);
        fal_test_unit_infer(&unit);
        for (int p = 0; p < PIXELS; p++) {
            const float *black = fal_map_pixel(&unit.call.y, 0, p / SIDE, p % SIDE);
            const float *other = fal_map_pixel(&unit.call.y, 1, p / SIDE, p % SIDE);
            for (int o = 0; o < CO; o++) {
                assert_true(black[o] == 0.0F);
                assert_true((other[o] == 0.0F) == (o == 5));
            }
        }
        fal_test_unit_destroy(&unit);
    }
}

static void gradients_of_any_size_are_equally_exact(void **state)
{
    (void)state;
    static const float sizes[] = {1e-12F, 1e-4F, 1e8F};
    const fal_conv_kernel *kernel = NULL;
    for (int number = 0; (kernel = next_kernel(&number)) != NULL;) {
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            fal_test_unit unit;
            fal_test_truth truth;
            fal_test_unit_create(&unit, &layer, kernel, 7, false);
            for (size_t e = 0; e < 7 * unit.call.dy.image; e++) {
                unit.call.dy.at[e] *= sizes[i];
            }
            for (size_t e = 0; e < 7 * unit.call.x.image; e++) {
                unit.call.x.at[e] *= 100.0F;
            }
            for (int e = 0; e < 7 * PIXELS * CI; e++) {
                unit.images[e] *= 100.0F;
            }
            fal_test_truth_create(&unit, &truth);
            fal_test_unit_train(&unit);
            fal_test_unit_backward(&unit);
            assert_true(fal_test_map_error(&unit.call.dx, 7, truth.dx) < gradient_tolerance);
            assert_true(fal_test_error_float(unit.call.dweight, truth.dweight, CI * CO) < gradient_tolerance);
            fal_test_truth_destroy(&truth);
            fal_test_unit_destroy(&unit);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_any_size_are_equally_exact),
        cmocka_unit_test(zeros_give_exact_zeros),
        cmocka_unit_test(gradients_of_any_size_are_equally_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
