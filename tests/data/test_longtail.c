/* Long tail: the counts of the design, a random choice that depends on its arguments alone. */
#include "support.h"

#include <math.h>
#include <string.h>

#include "fal/data/longtail.h"

static void cifar_10_keeps_the_counts_of_the_design(void **state)
{
    (void)state;
    static const double rhos[6] = {1, 5, 10, 20, 50, 58};
    static const int64_t totals[6] = {50000, 25423, 20431, 17023, 13996, 13614};
    static const int64_t at_20[10] = {5000, 3584, 2569, 1842, 1320, 946, 678, 486, 348, 250};
    int64_t full[10];
    int64_t kept[10];
    for (int c = 0; c < 10; c++) {
        full[c] = 5000;
    }
    for (int r = 0; r < 6; r++) {
        int64_t total = 0;
        fal_longtail_counts(rhos[r], 10, full, kept);
        for (int c = 0; c < 10; c++) {
            total += kept[c];
        }
        assert_int_equal(total, totals[r]);
        if (r == 3) {
            assert_memory_equal(kept, at_20, sizeof at_20);
        }
    }
}

static void uneven_sets_lose_only_what_is_above_the_tail(void **state)
{
    (void)state;
    const int64_t uneven[4] = {10, 100, 100, 190};
    const int64_t expected[4] = {10, 46, 21, 10};
    int64_t kept[4];
    fal_longtail_counts(10, 4, uneven, kept);
    assert_memory_equal(kept, expected, sizeof kept);
    fal_longtail_counts(1, 4, uneven, kept);
    assert_memory_equal(kept, uneven, sizeof kept);
    fal_longtail_counts(10, 1, uneven, kept);
    assert_int_equal(kept[0], 10);
}

enum { N = 1000 };
static int16_t labels[N], first[N], second[N];

static void images_are_dropped_at_random_and_reproducibly(void **state)
{
    (void)state;
    int counts[5] = {0};
    int early = 0;
    for (int i = 0; i < N; i++) {
        labels[i] = (int16_t)(i % 5);
    }
    labels[7] = -1;
    assert_ok(fal_longtail_make(1, 16, 5, labels, N, first));
    for (int i = 0; i < N; i++) {
        assert_true(first[i] == labels[i] || first[i] == -1);
        if (first[i] >= 0) {
            counts[first[i]]++;
            early += first[i] == 2 && i < N / 2;
        }
    }
    const int expected[5] = {199, 99, 49, 24, 12}; /* 999 images with a label: 199.8 and its halves */
    assert_memory_equal(counts, expected, sizeof counts);
    assert_in_range(early, 12, 37); /* of 49, each half equally likely: standard deviation 3.5 */
    assert_ok(fal_longtail_make(1, 16, 5, labels, N, second));
    assert_memory_equal(first, second, sizeof first);
    assert_ok(fal_longtail_make(2, 16, 5, labels, N, second));
    assert_memory_not_equal(first, second, sizeof first);
    assert_ok(fal_longtail_make(1, 16, 5, labels, N, labels)); /* in place */
    assert_memory_equal(first, labels, sizeof first);
}

static void rho_of_counts_is_the_largest_over_the_smallest(void **state)
{
    (void)state;
    const int64_t counts[3] = {20, 5, 10};
    const int64_t empty[2] = {20, 0};
    assert_true(fal_longtail_rho(counts, 3) == 4);
    assert_true(isinf(fal_longtail_rho(empty, 2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cifar_10_keeps_the_counts_of_the_design),
        cmocka_unit_test(uneven_sets_lose_only_what_is_above_the_tail),
        cmocka_unit_test(images_are_dropped_at_random_and_reproducibly),
        cmocka_unit_test(rho_of_counts_is_the_largest_over_the_smallest),
    };
    return cmocka_run_group_tests_name("data/longtail", tests, NULL, NULL);
}
