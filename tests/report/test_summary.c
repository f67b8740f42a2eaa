/* The tables that people read: numbers, honesty about too few seeds, separate settings. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/report/summary.h"
#include "frame_csv.h"

enum { MOST = 16, ROUNDS = 3 };

static fal_curve curves[MOST];
static double accuracies[MOST][ROUNDS];
static fal_row_round rows[MOST][ROUNDS];
static double shares[ROUNDS] = {0.05, 0.1, 0.15};
static int count;

static void add(const char *setting, const char *strategy, int64_t seed, int rounds, double a, double b, double c)
{
    fal_curve *curve = &curves[count];
    const double values[ROUNDS] = {a, b, c};
    *curve = (fal_curve){.seed = seed, .rounds = rounds, .accuracy = accuracies[count], .share = shares};
    memcpy(curve->accuracy, values, sizeof values);
    curve->row = rows[count];
    for (int r = 0; r < ROUNDS; r++) {
        curve->row[r] = (fal_row_round){.al_round = r + 1,
                                        .labelled = 10 * (r + 1),
                                        .test_accuracy = values[r],
                                        .m_transport = (double)(seed + r),
                                        .test_loss = NAN};
    }
    (void)fal_text_copy(curve->setting, sizeof curve->setting, setting);
    (void)fal_text_copy(curve->strategy, sizeof curve->strategy, strategy);
    (void)fal_text_copy(curve->status, sizeof curve->status, "complete");
    count++;
}

static int reset(void **state)
{
    (void)state;
    count = 0;
    return 0;
}

/* Differences in points: round 1: 0 0 0; round 2: 1 2 3 (t = 2 sqrt 3 = 3.46); round 3: 2 2 2 (t = inf). */
static void two_strategies_three_seeds(void)
{
    const double more[3] = {0.01, 0.02, 0.03};
    for (int s = 0; s < 3; s++) {
        add("synth", "logo", s + 1, 3, 0.40, 0.50 + more[s], 0.62);
        add("synth", "random", s + 1, 3, 0.40, 0.50, 0.60);
    }
}

static fal_summary_options options;

static char *taken(fal_text *text)
{
    static char copy[8192];
    assert_ok(fal_text_status(text));
    assert_true(text->length < sizeof copy);
    (void)fal_text_copy(copy, sizeof copy, text->chars != NULL ? text->chars : "");
    fal_text_destroy(text);
    options = (fal_summary_options){0};
    return copy;
}

static char *accuracy(void)
{
    fal_text text = {0};
    assert_ok(fal_summary_accuracy(curves, count, &text));
    return taken(&text);
}

static char *winning(void)
{
    fal_text text = {0};
    assert_ok(fal_summary_winning(curves, count, &options, &text));
    return taken(&text);
}

static char *penalty(void)
{
    fal_text text = {0};
    assert_ok(fal_summary_penalty(curves, count, &options, &text));
    return taken(&text);
}

static char *column(const char *name)
{
    fal_text text = {0};
    assert_ok(fal_summary_column(curves, count, name, &text));
    return taken(&text);
}

static const char *csv(const char *id, fal_report_options all) { return fal_test_frame_csv(curves, count, &all, id); }

static void accuracy_is_in_per_cent_with_deviation(void **state)
{
    (void)state;
    two_strategies_three_seeds();
    const char *text = accuracy();
    fal_test_text_has(text, "synth\nTest accuracy in per cent");
    fal_test_text_has(text, "AL round  labelled           logo         random\n");
    fal_test_text_has(text, "2           10.0 %  52.00 +- 1.00  50.00 +- 0.00\n");
    fal_test_text_has(text, "seeds                           3              3\n");
}

static void accuracy_csv_has_a_row_per_value(void **state)
{
    (void)state;
    two_strategies_three_seeds();
    const char *text = csv("accuracy", (fal_report_options){0});
    fal_test_text_has(text, "setting,strategy,al_round,labelled_share,seeds,accuracy_percent,sd_percent,ci_low,ci_high,"
                            "labelled_percent\n");
    fal_test_text_has(text, "synth,random,2,0.1,3,50,0,50,50,10\n");
}

static void unfinished_seeds_are_marked(void **state)
{
    (void)state;
    add("synth", "logo", 1, 3, 0.4, 0.5, 0.6);
    add("synth", "logo", 2, 2, 0.4, 0.5, 0);
    const char *text = accuracy();
    fal_test_text_has(text, "60.00*\n");
    fal_test_text_has(text, "* not every seed has reached this AL round\n");
    /* A strategy that no seed has brought so far has no number to mark. */
    count = 0;
    add("synth", "logo", 1, 3, 0.4, 0.5, 0.6);
    add("synth", "random", 1, 2, 0.4, 0.5, 0);
    fal_test_text_lacks(accuracy(), "not every seed");
}

static void equal_means_of_thirds_are_zero(void **state)
{
    (void)state;
    for (int s = 0; s < 3; s++) {
        add("synth", "logo", s + 1, 3, 0.4, 0.5, 0.5 + (s == 2 ? 2.0 / 300 : -1.0 / 300));
        add("synth", "random", s + 1, 3, 0.4, 0.5, 0.5);
    }
    const char *text = winning();
    fal_test_text_has(text, "logo         -    0.00\n");
    fal_test_text_lacks(text, "-0.00");
}

static void settings_are_never_mixed(void **state)
{
    (void)state;
    add("synth", "logo", 1, 3, 0.4, 0.5, 0.6);
    add("synth_alpha-1", "random", 1, 3, 0.4, 0.5, 0.7);
    const char *text = accuracy();
    fal_test_text_has(text, "synth\nTest accuracy");
    fal_test_text_has(text, "synth_alpha-1\nTest accuracy");
    fal_test_text_lacks(text, "logo  random");
    text = winning();
    fal_test_text_has(text, "synth\nOne strategy (logo)");
}

static void winning_rates_follow_the_threshold(void **state)
{
    (void)state;
    two_strategies_three_seeds();
    const char *text = winning();
    fal_test_text_has(text, "logo                -   0.67^\n");
    fal_test_text_has(text,
                      "^ counts AL rounds in which every seed differs by the same amount, so that t is infinite\n");
    fal_test_text_has(text, "random           0.00       -\n");
    fal_test_text_has(text, "loses to others  0.00    0.67\n");
    fal_test_text_has(text, "logo         -     inf\n");
    fal_test_text_has(text, "t > 2.776 (the paper's threshold)");
    fal_test_text_has(text, "10.9 % of"); /* 1 - 2.776 / sqrt(2 + 2.776^2) */
    fal_test_text_has(text, "3 seeds are too few to rely on");
    fal_test_text_has(text, "over the 3 seeds that all share: logo 62.00, random 60.00.");
    fal_test_text_has(text, "so few seeds: logo over random (t = inf).");
}

static void student_and_tested_change_the_rates(void **state)
{
    (void)state;
    two_strategies_three_seeds();
    options.student = true; /* 4.303 at 3 seeds: round 2 is no win any more */
    fal_test_text_has(winning(), "logo                -   0.33^\n");
    options.tested = true;
    fal_test_text_has(winning(), "logo                -   1.00^\n");
    fal_test_text_has(csv("winning_rate", (fal_report_options){.summary = {.tested = true}}),
                      "synth,random,logo,3,3,2.776,0,-inf,0,0,2\n");
}

static void one_seed_is_said_to_prove_nothing(void **state)
{
    (void)state;
    add("synth", "logo", 1, 3, 0.4, 0.5, 0.6);
    add("synth", "random", 1, 3, 0.4, 0.5, 0.55);
    const char *text = winning();
    fal_test_text_has(text, "no t-score is possible");
    fal_test_text_has(text, "may be chance");
    fal_test_text_lacks(text, "Winning rates");
}

static void seeds_that_do_not_match_are_not_compared(void **state)
{
    (void)state;
    add("synth", "logo", 1, 3, 0.4, 0.5, 0.6);
    add("synth", "logo", 2, 3, 0.4, 0.5, 0.6);
    add("synth", "random", 3, 3, 0.4, 0.5, 0.55);
    add("synth", "random", 4, 3, 0.4, 0.5, 0.55);
    fal_test_text_has(winning(), "No two strategies share at least 2 seeds");
}

static void noise_is_not_sold_as_a_result(void **state)
{
    (void)state;
    for (int s = 0; s < 4; s++) {
        add("synth", "logo", s + 1, 3, 0.4, 0.5, 0.6 + (s % 2 == 0 ? 0.02 : -0.01));
        add("synth", "random", s + 1, 3, 0.4, 0.5, 0.6);
    }
    fal_test_text_has(winning(), "No difference there is beyond the threshold: the order may be chance.");
}

static void the_same_trial_twice_is_refused(void **state)
{
    (void)state;
    add("synth", "logo", 1, 3, 0.4, 0.5, 0.6);
    add("synth", "logo", 1, 3, 0.4, 0.5, 0.6);
    fal_text text = {0};
    assert_fails(fal_summary_accuracy(curves, count, &text), FAL_ERR_USAGE, "was given twice");
    fal_text_destroy(&text);
}

static void penalty_sums_over_settings(void **state)
{
    (void)state;
    two_strategies_three_seeds();
    for (int s = 0; s < 3; s++) { /* random wins round 3 only */
        add("other", "random", s + 1, 3, 0.4, 0.5, 0.62);
        add("other", "logo", s + 1, 3, 0.4, 0.5, 0.60);
    }
    const char *text = penalty();
    fal_test_text_has(text, "summed over 2 settings");
    fal_test_text_has(text, "mean, low is good  0.33    0.67\n");
}

static void every_test_is_in_the_csv(void **state)
{
    (void)state;
    two_strategies_three_seeds();
    const char *text = csv("t_scores", (fal_report_options){0});
    /* round 2: mean 2, t = 2 sqrt 3; all differences positive: W = 6, p = 2/8, the smallest that 3 seeds reach */
    fal_test_text_has(text, "synth,logo,random,2,3,2,");
    fal_test_text_has(text, ",6,0.25,0.25\n");
    fal_test_text_has(text, "synth,logo,random,1,3,0,0,0,0,1,1,0,1,0.25\n");
}

static void wide_tables_are_cut_into_blocks(void **state)
{
    (void)state;
    for (int s = 0; s < MOST; s++) {
        char name[32];
        (void)snprintf(name, sizeof name, "strategy-number-%02d", s);
        add("synth", name, 1, 3, 0.4, 0.5, 0.6);
    }
    const char *text = accuracy();
    for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
        assert_true(strchr(line, '\n') - line <= 120);
    }
    fal_test_text_has(text, "strategy-number-15\n");
}

static void any_column_of_the_rounds_is_shown(void **state)
{
    (void)state;
    two_strategies_three_seeds();
    const char *text = column("m_transport");
    fal_test_text_has(text,
                      "synth\nm_transport: mean over clients of M (Eq. 10), mean +- standard deviation over seeds\n");
    fal_test_text_has(text, "2           10.0 %  3 +- 1  3 +- 1\n");
    text = csv("column", (fal_report_options){.column = "labelled"});
    fal_test_text_has(text, "setting,strategy,al_round,labelled_share,seeds,labelled,sd,");
    fal_test_text_has(text, "synth,random,3,0.15,3,30,0,");
    fal_test_text_has(column("test_loss"), "5.0 %     -       -\n"); /* nowhere finite */
    fal_text none = {0};
    assert_fails(fal_summary_column(curves, count, "m_transprot", &none), FAL_ERR_USAGE, "did you mean m_transport");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(any_column_of_the_rounds_is_shown, reset),
        cmocka_unit_test_setup(accuracy_is_in_per_cent_with_deviation, reset),
        cmocka_unit_test_setup(accuracy_csv_has_a_row_per_value, reset),
        cmocka_unit_test_setup(unfinished_seeds_are_marked, reset),
        cmocka_unit_test_setup(equal_means_of_thirds_are_zero, reset),
        cmocka_unit_test_setup(settings_are_never_mixed, reset),
        cmocka_unit_test_setup(winning_rates_follow_the_threshold, reset),
        cmocka_unit_test_setup(student_and_tested_change_the_rates, reset),
        cmocka_unit_test_setup(one_seed_is_said_to_prove_nothing, reset),
        cmocka_unit_test_setup(seeds_that_do_not_match_are_not_compared, reset),
        cmocka_unit_test_setup(noise_is_not_sold_as_a_result, reset),
        cmocka_unit_test_setup(the_same_trial_twice_is_refused, reset),
        cmocka_unit_test_setup(penalty_sums_over_settings, reset),
        cmocka_unit_test_setup(every_test_is_in_the_csv, reset),
        cmocka_unit_test_setup(wide_tables_are_cut_into_blocks, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
