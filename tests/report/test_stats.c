/* Statistics against numbers that can be checked by hand; the derivation stands beside each. */
#include "support.h"

#include <float.h>
#include <math.h>

#include "fal/report/stats.h"
#include "report/special_internal.h"

/* Closed forms are evaluated in double as well: some roundings apart. */
static const double TOLERANCE = 1e-12;

#define assert_near(a, b) assert_true(fabs((double)(a) - (b)) <= TOLERANCE * (1 + fabs((double)(b))))

static void t_distribution_has_its_closed_forms(void **state)
{
    (void)state;
    /* 1 degree of freedom (Cauchy): P(|T| >= t) = 1 - 2/pi atan t; 2: 1 - t / sqrt(2 + t^2) */
    const double points[] = {0, 1e-8, 0.3, 1, 2.776, 40, 1e6};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        const double t = points[i];
        assert_near(fal_special_t_two_sided(t, 1), t > 1e5 ? 2 / M_PI * atan(1 / t) : 1 - 2 / M_PI * atan(t));
        assert_near(fal_special_t_two_sided(-t, 2), 1 - t / sqrt(2 + t * t));
    }
    /* far tails keep relative accuracy: 2 degrees of freedom, P = 2 / (r (r + t)) with r = sqrt(2 + t^2) */
    const double r = sqrt(2 + 1e12);
    assert_true(fabs(fal_special_t_two_sided(1e6, 2) / (2 / (r * (r + 1e6))) - 1) < 1e-12);
    assert_true(fal_special_t_two_sided(INFINITY, 3) == 0);
    assert_true(isnan(fal_special_t_two_sided(NAN, 3)));
    /* and never turn into NaN at the ends of double */
    assert_true(fal_special_t_two_sided(DBL_MAX, 3) == 0);
    assert_true(fal_special_t_two_sided(DBL_MIN, 3) == 1);
}

static void critical_values_invert_the_tail(void **state)
{
    (void)state;
    assert_near(fal_special_t_critical(0.05, 1), tan(M_PI * 0.475));
    assert_near(fal_special_t_critical(0.05, 2), 0.95 / sqrt(2 * 0.975 * 0.025));
    assert_true(fal_special_t_critical(1, 5) < 1e-7);
    for (int freedom = 1; freedom < 200; freedom += 7) {
        assert_near(fal_special_t_two_sided(fal_special_t_critical(0.01, freedom), freedom), 0.01);
    }
}

static void t_score_follows_definition_1(void **state)
{
    (void)state;
    /* differences 1, 2, 3: mean 2, sd 1, t = 2 sqrt(3); 2 degrees of freedom */
    const double a[] = {71, 72, 73};
    const double b[] = {70, 70, 70};
    const fal_stats_test test = fal_stats_paired(a, b, 3);
    const double half = fal_special_t_critical(0.05, 2) / sqrt(3);
    assert_int_equal(test.seeds, 3);
    assert_near(test.mean, 2);
    assert_near(test.t, 2 * sqrt(3));
    assert_near(test.p, 1 - sqrt(12.0 / 14.0));
    assert_near(test.ci_low, 2 - half);
    assert_near(test.ci_high, 2 + half);
    assert_true(fal_stats_paired(b, a, 3).t == -test.t);
}

static void equal_differences_give_infinity_or_zero(void **state)
{
    (void)state;
    const double a[] = {0.1 + 0.2, 50.3, 70.5}; /* 0.1 + 0.2 is not 0.3 in double: the rounding to 1e-6 makes it so */
    const double b[] = {0.3, 50.3, 70.5};
    const double c[] = {0.8, 50.8, 71};
    assert_true(fal_stats_paired(a, b, 3).t == 0 && fal_stats_paired(a, b, 3).p == 1);
    assert_true(fal_stats_paired(c, b, 3).t == INFINITY && fal_stats_paired(c, b, 3).p == 0);
    assert_true(fal_stats_paired(b, c, 3).t == -INFINITY);
    assert_near(fal_stats_paired(c, b, 3).ci_low, 0.5);
}

static void fewer_than_two_seeds_or_a_missing_value_have_no_t(void **state)
{
    (void)state;
    const double a[] = {60, NAN, 61};
    const double b[] = {50, 50, 50};
    const fal_stats_test one = fal_stats_paired(a, b, 1);
    assert_true(isnan(one.t) && isnan(one.p) && isnan(one.ci_low));
    assert_near(one.mean, 10);
    assert_true(isnan(fal_stats_paired(a, b, 3).t));
    assert_true(isnan(fal_stats_paired(a, b, 0).mean));
    assert_true(isnan(fal_stats_threshold(true, 1)) && isnan(fal_stats_level(2.776, 1)));
}

static void thresholds_and_their_levels(void **state)
{
    (void)state;
    assert_true(fal_stats_threshold(false, 2) == 2.776);
    assert_near(fal_stats_threshold(true, 3), 0.95 / sqrt(2 * 0.975 * 0.025));
    assert_near(fal_stats_level(2.776, 3), 1 - 2.776 / sqrt(2 + 2.776 * 2.776));
    /* the paper's number is the 5 % point at 5 seeds, and more lenient than that at 4: 6.9 % */
    assert_true(fabs(fal_stats_level(2.776, 5) - 0.05) < 5e-5);
    assert_true(fabs(fal_stats_level(2.776, 4) - 0.069) < 5e-4);
}

static void a_win_needs_more_than_the_threshold(void **state)
{
    (void)state;
    const double t[] = {0, 3, INFINITY, 2.776};
    const double missing[] = {0, 3, NAN};
    assert_near(fal_stats_winning_rate(t, 4, 2.776, FAL_STATS_ALL), 0.5);
    assert_near(fal_stats_winning_rate(t, 4, 2.776, FAL_STATS_TESTED), 2.0 / 3);
    assert_true(isnan(fal_stats_winning_rate(missing, 3, 2.776, FAL_STATS_ALL)));
    assert_true(isnan(fal_stats_winning_rate(t, 1, 2.776, FAL_STATS_TESTED)));
}

static void penalty_sums_settings_and_averages_losses(void **state)
{
    (void)state;
    const double win[2][3][3] = {{{0, 0.5, 1}, {0, 0, 0.25}, {0, 0, 0}}, {{0, 0.25, 0.5}, {0.5, 0, 0}, {0, 0.75, 0}}};
    double penalty[3][3];
    double last_row[3];
    fal_stats_penalty(&win[0][0][0], 2, 3, &penalty[0][0], last_row);
    const double expected[3][3] = {{0, 0.75, 1.5}, {0.5, 0, 0.25}, {0, 0.75, 0}};
    const double expected_last[3] = {0.25, 0.75, 0.875};
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            assert_near(penalty[i][j], expected[i][j]);
        }
        assert_near(last_row[i], expected_last[i]);
    }
}

static void wilcoxon_counts_sign_patterns(void **state)
{
    (void)state;
    double w = 0;
    double p = 0;
    const double zero[5] = {0};
    /* 1, 2, 3: W = 6 is one of the two extremes of 8 patterns */
    assert_ok(fal_stats_wilcoxon((const double[]){1, 2, 3}, zero, 3, &w, &p));
    assert_true(w == 6 && p == 0.25 && p == fal_stats_wilcoxon_smallest(3));
    /* 1, -2, 3: W = 4, sums 0 1 2 3 3 4 5 6, six of them at least 1 away from 3 */
    assert_ok(fal_stats_wilcoxon((const double[]){1, -2, 3}, zero, 3, &w, &p));
    assert_true(w == 4 && p == 0.75);
    /* zeros dropped; 1, 1, -2: mid-ranks 1.5 1.5 3, W = 3 = the mean */
    assert_ok(fal_stats_wilcoxon((const double[]){1, 0, 1, -2, 0}, zero, 5, &w, &p));
    assert_true(w == 3 && p == 1);
    assert_ok(fal_stats_wilcoxon(zero, zero, 5, &w, &p));
    assert_true(w == 0 && p == 1);
    /* many seeds: all of one sign reach 2 / 2^s */
    double rising[30];
    double none[30] = {0};
    for (int i = 0; i < 30; i++) {
        rising[i] = i + 1;
    }
    assert_ok(fal_stats_wilcoxon(rising, none, 30, &w, &p));
    assert_true(w == 465 && p == ldexp(1, -29));
}

static void holm_takes_the_running_maximum(void **state)
{
    (void)state;
    double p[] = {0.01, 0.04, NAN, 0.03, 0.9};
    assert_ok(fal_stats_holm(p, 5, p)); /* 4 * 0.01, 3 * 0.03, max(2 * 0.04, 0.09), 0.9 */
    assert_near(p[0], 0.04);
    assert_near(p[1], 0.09);
    assert_true(isnan(p[2]));
    assert_near(p[3], 0.09);
    assert_near(p[4], 0.9);
}

static void area_and_labels_of_a_curve(void **state)
{
    (void)state;
    const double share[] = {0.1, 0.2, 0.4};
    const double accuracy[] = {10, 20, 40};
    assert_near(fal_stats_aulc(share, accuracy, 3), 25); /* (0.1 * 15 + 0.2 * 30) / 0.3 */
    assert_true(isnan(fal_stats_aulc(share, accuracy, 1)));
    assert_near(fal_stats_labels_to_reach(share, accuracy, 3, 30), 0.3);
    assert_near(fal_stats_labels_to_reach(share, accuracy, 3, 5), 0.1);
    assert_true(isnan(fal_stats_labels_to_reach(share, accuracy, 3, 41)));
}

static void mean_and_deviation(void **state)
{
    (void)state;
    const double values[] = {2, 4, 4, 4, 5, 5, 7, 9};
    assert_near(fal_stats_mean(values, 8), 5);
    assert_near(fal_stats_sd(values, 8), sqrt(32.0 / 7));
    assert_true(isnan(fal_stats_sd(values, 1)) && isnan(fal_stats_mean(values, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_distribution_has_its_closed_forms),
        cmocka_unit_test(critical_values_invert_the_tail),
        cmocka_unit_test(t_score_follows_definition_1),
        cmocka_unit_test(equal_differences_give_infinity_or_zero),
        cmocka_unit_test(fewer_than_two_seeds_or_a_missing_value_have_no_t),
        cmocka_unit_test(thresholds_and_their_levels),
        cmocka_unit_test(a_win_needs_more_than_the_threshold),
        cmocka_unit_test(penalty_sums_settings_and_averages_losses),
        cmocka_unit_test(wilcoxon_counts_sign_patterns),
        cmocka_unit_test(holm_takes_the_running_maximum),
        cmocka_unit_test(area_and_labels_of_a_curve),
        cmocka_unit_test(mean_and_deviation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
