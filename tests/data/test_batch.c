/* Orders, flips and normalisation of batches. */
#include "support.h"

#include <math.h>
#include <string.h>

#include "fal/data/batch.h"

static void order_is_a_permutation_that_depends_on_its_address(void **state)
{
    (void)state;
    enum { N = 257 };
    const fal_rng rng = {.seed = 1, .purpose = FAL_RNG_BATCH_ORDER, .client = 3, .fl_round = 2};
    fal_rng next = rng;
    next.epoch = 1;
    int64_t order[N];
    int64_t other[N];
    int seen[N] = {0};
    fal_batch_order(&rng, order, N);
    for (int i = 0; i < N; i++) {
        assert_in_range(order[i], 0, N - 1);
        seen[order[i]]++;
    }
    for (int i = 0; i < N; i++) {
        assert_int_equal(seen[i], 1);
    }
    fal_batch_order(&next, other, N);
    assert_memory_not_equal(order, other, sizeof order);
    fal_batch_order(&rng, other, N);
    assert_memory_equal(order, other, sizeof order);
}

static void half_of_the_images_are_flipped(void **state)
{
    (void)state;
    const fal_rng rng = {.seed = 1, .purpose = FAL_RNG_AUGMENT};
    int flipped = 0;
    int changes = 0;
    for (int64_t i = 0; i < 10000; i++) {
        flipped += fal_batch_flipped(&rng, i);
        changes += fal_batch_flipped(&rng, i) != fal_batch_flipped(&rng, i + 1);
    }
    assert_in_range(flipped, 4800, 5200); /* standard deviation 50 */
    assert_in_range(changes, 4800, 5200);
}

static fal_dataset dataset; /* large: the class names */
static fal_pixel_table table;

static void image_is_normalised_per_channel(void **state)
{
    (void)state;
    const uint8_t pixels[2 * 3 * 3] = {0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 150, 160, 255};
    float x[18];
    dataset.h = 2;
    dataset.w = 3;
    dataset.c = 3;
    for (int channel = 0; channel < 3; channel++) {
        dataset.mean[channel] = 0.4F + 0.1F * (float)channel;
        dataset.std[channel] = 0.2F + 0.05F * (float)channel;
    }
    fal_pixel_table_init(&table, &dataset);
    fal_batch_image(&table, &dataset, pixels, false, x);
    for (int i = 0; i < 18; i++) {
        const double expected = (pixels[i] / 255.0 - (double)dataset.mean[i % 3]) / (double)dataset.std[i % 3];
        assert_true(fabs((double)x[i] - expected) < 1e-6);
    }
}

static void a_flip_mirrors_columns_and_keeps_channels(void **state)
{
    (void)state;
    const uint8_t pixels[2 * 3 * 3] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17};
    float x[18];
    float flipped[18];
    fal_batch_image(&table, &dataset, pixels, false, x);
    fal_batch_image(&table, &dataset, pixels, true, flipped);
    for (int row = 0; row < 2; row++) {
        for (int column = 0; column < 3; column++) {
            assert_memory_equal(&x[(row * 3 + column) * 3], &flipped[(row * 3 + 2 - column) * 3], 3 * sizeof *x);
        }
    }
}

static void one_channel_is_enough(void **state)
{
    (void)state;
    const uint8_t pixels[4] = {0, 255, 51, 102};
    const float expected[4] = {-1, 1, -0.6F, -0.2F};
    float x[4];
    dataset.h = 2;
    dataset.w = 2;
    dataset.c = 1;
    dataset.mean[0] = 0.5F;
    dataset.std[0] = 0.5F;
    fal_pixel_table_init(&table, &dataset);
    fal_batch_image(&table, &dataset, pixels, false, x);
    for (int i = 0; i < 4; i++) {
        assert_true(fabsf(x[i] - expected[i]) < 1e-6F);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_is_a_permutation_that_depends_on_its_address),
        cmocka_unit_test(half_of_the_images_are_flipped),
        cmocka_unit_test(image_is_normalised_per_channel),
        cmocka_unit_test(a_flip_mirrors_columns_and_keeps_channels),
        cmocka_unit_test(one_channel_is_enough),
    };
    return cmocka_run_group_tests_name("data/batch", tests, NULL, NULL);
}
