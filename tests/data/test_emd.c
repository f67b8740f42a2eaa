/* Distance of class counts from uniform. */
#include "support.h"

#include <math.h>

#include "fal/data/emd.h"

static void equal_counts_are_at_distance_zero(void **state)
{
    (void)state;
    const int64_t counts[4] = {3, 3, 3, 3};
    assert_true(fal_emd(counts, 4) == 0);
}

static void one_class_alone_is_as_far_as_possible(void **state)
{
    (void)state;
    const int64_t counts[4] = {0, 9, 0, 0};
    assert_true(fabs(fal_emd(counts, 4) - 0.75) < 1e-15);
}

static void long_tail_of_the_design_has_its_distance(void **state)
{
    (void)state;
    const int64_t counts[10] = {5000, 3584, 2569, 1842, 1320, 946, 678, 486, 348, 250};
    assert_true(fabs(fal_emd(counts, 10) - 0.363) < 5e-4);
}

static void empty_sets_are_nan_and_left_out_of_the_mean(void **state)
{
    (void)state;
    const int64_t counts[3 * 2] = {4, 0, 0, 0, 1, 1};
    assert_true(isnan(fal_emd(counts + 2, 2)));
    assert_true(fabs(fal_emd_local(counts, 3, 2) - 0.25) < 1e-15);
    assert_true(fabs(fal_emd_global(counts, 3, 2) - (5.0 / 6 - 0.5)) < 1e-15);
    assert_true(isnan(fal_emd_local(counts + 2, 1, 2)));
    assert_true(isnan(fal_emd_global(counts + 2, 1, 2)));
}

static void opposite_clients_are_far_locally_and_near_globally(void **state)
{
    (void)state;
    const int64_t counts[2 * 2] = {8, 0, 0, 8};
    assert_true(fal_emd_local(counts, 2, 2) == 0.5);
    assert_true(fal_emd_global(counts, 2, 2) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_counts_are_at_distance_zero),
        cmocka_unit_test(one_class_alone_is_as_far_as_possible),
        cmocka_unit_test(long_tail_of_the_design_has_its_distance),
        cmocka_unit_test(empty_sets_are_nan_and_left_out_of_the_mean),
        cmocka_unit_test(opposite_clients_are_far_locally_and_near_globally),
    };
    return cmocka_run_group_tests_name("data/emd", tests, NULL, NULL);
}
