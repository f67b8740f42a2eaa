/* Rank statistics, Friedman's test, power: against numbers that other programs computed (tests/fixtures/gen_stats.py),
 * and what no reference holds: nothing to compare, missing values. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/report/stats.h"
#include "report/special_internal.h"

enum { MOST = 1000 };
/* Absolute beside 1: both sides sum hundreds of roundings. The interval's limits are sums of two inputs. */
static const double TOLERANCE = 1e-9;
/* Nemenyi's points are published to six decimals. */
static const double PUBLISHED = 1e-6;

static double numbers[MOST];
static const double zero[MOST];

static void assert_within(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance * (1 + fabs(expected)))) {
        print_error("%.17g instead of %.17g\n", value, expected);
        fail();
    }
}

/* The numbers of the next line that begins with the word; false at the end. */
static bool next(FILE *file, const char *word)
{
    static char line[65536];
    while (fgets(line, sizeof line, file) != NULL) {
        char *at = line + strlen(word);
        if (strncmp(line, word, strlen(word)) != 0 || *at != ' ') {
            continue;
        }
        int count = 0;
        for (char *end = NULL; *at != '\n'; at = end) {
            assert_true(count < MOST);
            numbers[count++] = strtod(at, &end);
            assert_true(end != at);
        }
        return true;
    }
    return false;
}

/* Calls check for each line of a word. */
static void for_each(const char *word, void (*check)(void))
{
    FILE *file = fopen(fal_test_fixture("stats.txt"), "r");
    int cases = 0;
    assert_non_null(file);
    while (next(file, word)) {
        check();
        cases++;
    }
    assert_true(cases > 9);
    assert_int_equal(fclose(file), 0);
}

static void check_shift(void)
{
    const int n = (int)numbers[0];
    const double *expected = numbers + 1 + n;
    double w = 0;
    double p = 0;
    fal_stats_shift shift;
    assert_ok(fal_stats_wilcoxon(numbers + 1, zero, n, &w, &p));
    assert_within(w, expected[0], TOLERANCE);
    assert_within(p, expected[1], TOLERANCE);
    assert_ok(fal_stats_hodges_lehmann(numbers + 1, zero, n, &shift));
    assert_within(shift.estimate, expected[2], TOLERANCE);
    assert_within(shift.low, expected[3], TOLERANCE);
    assert_within(shift.high, expected[4], TOLERANCE);
    assert_within(shift.coverage, expected[5], TOLERANCE);
    /* the other way round: the mirror image */
    assert_ok(fal_stats_hodges_lehmann(zero, numbers + 1, n, &shift));
    assert_within(shift.estimate, -expected[2], TOLERANCE);
    assert_within(shift.low, -expected[4], TOLERANCE);
}

static void paired_differences_agree_with_scipy(void **state)
{
    (void)state;
    for_each("shift", check_shift);
}

static void check_friedman(void)
{
    const int settings = (int)numbers[0];
    const int strategies = (int)numbers[1];
    const double *expected = numbers + 2 + settings * strategies;
    double ranks[32];
    double chi2 = 0;
    double p = 0;
    assert_ok(fal_stats_friedman(numbers + 2, settings, strategies, ranks, &chi2, &p));
    assert_within(chi2, expected[0], TOLERANCE);
    assert_within(p, expected[1], TOLERANCE);
    for (int s = 0; s < strategies; s++) {
        assert_within(ranks[s], expected[2 + s], TOLERANCE);
    }
}

static void friedman_agrees_with_scipy(void **state)
{
    (void)state;
    for_each("friedman", check_friedman);
}

static void check_range(void)
{
    const double k = numbers[0];
    assert_within(fal_stats_critical_difference(10, (int)k), numbers[1] / sqrt(2) * sqrt(k * (k + 1) / 60), PUBLISHED);
}

static void critical_differences_agree_with_scipy_and_demsar(void **state)
{
    (void)state;
    for_each("range", check_range);
    /* Demsar's Table 5 (a), q / sqrt(2) for 2 to 10 classifiers; some are q rounded first, so one unit may differ */
    const double demsar[] = {1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164};
    for (int k = 2; k <= 10; k++) {
        const double q = fal_stats_critical_difference(1, k) / sqrt(k * (k + 1) / 6.0);
        assert_true(fabs(q - demsar[k - 2]) < 1.5e-3);
    }
    /* his example: 4 classifiers on 14 data sets, CD = 2.569 sqrt(4 * 5 / (6 * 14)) = 1.25 */
    assert_true(fabs(fal_stats_critical_difference(14, 4) - 1.25) < 5e-3);
    assert_true(isnan(fal_stats_critical_difference(14, 21)) && isnan(fal_stats_critical_difference(14, 1)));
    assert_true(isnan(fal_stats_critical_difference(0, 4)));
}

static void check_chi2(void)
{
    assert_within(fal_special_chi2_upper(numbers[1], (int)numbers[0]), numbers[2], TOLERANCE);
}

static void chi_squared_agrees_with_scipy(void **state)
{
    (void)state;
    for_each("chi2", check_chi2);
    assert_true(isnan(fal_special_chi2_upper(NAN, 3)));
}

static void check_power(void)
{
    assert_within(fal_stats_power(numbers[0], numbers[1], (int)numbers[2]), numbers[3], TOLERANCE);
}

static void check_needed(void) { assert_int_equal(fal_stats_needed_seeds(1, numbers[0]), numbers[1]); }

static void power_and_needed_seeds_agree_with_scipy(void **state)
{
    (void)state;
    for_each("power", check_power);
    for_each("needed", check_needed);
    /* no difference: the level of the test; no spread: certain, from 2 seeds on */
    assert_within(fal_stats_power(0, 1, 7), 0.05, TOLERANCE);
    assert_true(fal_stats_power(1, 0, 2) == 1 && fal_stats_power(0, 0, 2) == 0.05);
    assert_true(isnan(fal_stats_power(1, 1, 1)) && isnan(fal_stats_power(1, NAN, 5)));
    assert_int_equal(fal_stats_needed_seeds(1, 0), 2);
    assert_int_equal(fal_stats_needed_seeds(1, NAN), 0);
    assert_int_equal(fal_stats_needed_seeds(0, 1), 0);
    assert_int_equal(fal_stats_needed_seeds(0, 0), 0);
}

static void nothing_to_compare_has_no_shift(void **state)
{
    (void)state;
    const double a[] = {1, NAN, 3};
    fal_stats_shift shift;
    assert_ok(fal_stats_hodges_lehmann(a, zero, 0, &shift));
    assert_true(isnan(shift.estimate) && isnan(shift.low) && isnan(shift.coverage));
    assert_ok(fal_stats_hodges_lehmann(a, zero, 3, &shift));
    assert_true(isnan(shift.estimate) && isnan(shift.high) && isnan(shift.coverage));
}

static void hundreds_of_seeds_have_their_interval(void **state)
{
    (void)state;
    /* x = 1 .. 400: symmetric about 200.5; the cut is near its normal approximation, W = mean - 1.96 sd */
    static double rising[400];
    fal_stats_shift shift;
    for (int i = 0; i < 400; i++) {
        rising[i] = i + 1;
    }
    assert_ok(fal_stats_hodges_lehmann(rising, zero, 400, &shift));
    assert_within(shift.estimate, 200.5, TOLERANCE);
    assert_within(shift.low + shift.high, 401, TOLERANCE);
    assert_true(shift.coverage >= 0.95 && shift.coverage < 0.9502);
}

static void ties_everywhere_tell_nothing_apart(void **state)
{
    (void)state;
    const double values[] = {50, 50, 50.0000001, 60, 60, 60}; /* equal to 1e-6 */
    double ranks[3];
    double chi2 = 1;
    double p = 0;
    assert_ok(fal_stats_friedman(values, 2, 3, ranks, &chi2, &p));
    assert_true(chi2 == 0 && p == 1 && ranks[0] == 2 && ranks[2] == 2);
    /* one pair, one setting: z = 1 / sqrt(2 * 3 / 6) */
    assert_within(fal_stats_rank_difference_p(-1, 1, 2), erfc(sqrt(0.5)), TOLERANCE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paired_differences_agree_with_scipy),
        cmocka_unit_test(friedman_agrees_with_scipy),
        cmocka_unit_test(critical_differences_agree_with_scipy_and_demsar),
        cmocka_unit_test(chi_squared_agrees_with_scipy),
        cmocka_unit_test(power_and_needed_seeds_agree_with_scipy),
        cmocka_unit_test(nothing_to_compare_has_no_shift),
        cmocka_unit_test(hundreds_of_seeds_have_their_interval),
        cmocka_unit_test(ties_everywhere_tell_nothing_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
