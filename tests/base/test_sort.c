/* Orders with ties to the lower index. */
#include "support.h"

#include <math.h>

#include "fal/base/random.h"
#include "fal/base/sort.h"

enum { N = 1001 };
static double key[N];
static int64_t order[N];

static int set_up(void **state)
{
    const fal_rng rng = {.seed = 1, .purpose = FAL_RNG_TEST};
    (void)state;
    for (int i = 0; i < N; i++) {
        key[i] = (double)fal_rng_below(&rng, (uint64_t)i, 50) - 25; /* many ties */
    }
    key[3] = INFINITY;
    key[4] = -INFINITY;
    key[5] = -0.0;
    return 0;
}

static void assert_ordered(double sign)
{
    int seen[N] = {0};
    for (int i = 0; i < N; i++) {
        seen[order[i]]++;
        assert_true(i == 0 || sign * key[order[i - 1]] < sign * key[order[i]] ||
                    (key[order[i - 1]] == key[order[i]] && order[i - 1] < order[i]));
    }
    for (int i = 0; i < N; i++) {
        assert_int_equal(seen[i], 1);
    }
}

static void ties_go_to_the_lower_index_both_ways(void **state)
{
    (void)state;
    assert_ok(fal_sort_rising(key, order, N));
    assert_ordered(1);
    assert_ok(fal_sort_falling(key, order, N));
    assert_ordered(-1);
}

static void every_length_is_sorted(void **state)
{
    (void)state;
    for (int64_t n = 0; n < 40; n++) {
        assert_ok(fal_sort_rising(key, order, n));
        for (int64_t i = 1; i < n; i++) {
            assert_true(key[order[i - 1]] <= key[order[i]]);
        }
    }
}

static void whole_numbers_are_sorted_in_place(void **state)
{
    (void)state;
    for (int64_t n = 0; n < 70; n++) {
        int64_t values[70];
        int64_t sum = 0;
        for (int64_t i = 0; i < n; i++) {
            values[i] = (int64_t)key[i + 10] * (i % 2 == 0 ? 1 : INT64_C(1) << 40);
            sum += values[i];
        }
        fal_sort_int64(values, n);
        for (int64_t i = 0; i < n; i++) {
            assert_true(i == 0 || values[i - 1] <= values[i]);
            sum -= values[i];
        }
        assert_int_equal(sum, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(ties_go_to_the_lower_index_both_ways, set_up),
        cmocka_unit_test_setup(every_length_is_sorted, set_up),
        cmocka_unit_test_setup(whole_numbers_are_sorted_in_place, set_up),
    };
    return cmocka_run_group_tests_name("base/sort", tests, NULL, NULL);
}
