/* The verdict's words: direction, ties, few seeds, trials that stopped early. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/verdict_internal.h"

enum { MOST = 32, ROUNDS = 3 };

static fal_curve curves[MOST];
static double accuracies[MOST][ROUNDS];
static fal_row_round rows[ROUNDS];
static double shares[ROUNDS] = {0.05, 0.1, 0.15};
static char path[] = "made-up.h5";
static int count;

/* A level curve: its area is its level. */
static void add(const char *setting, const char *strategy, int64_t seed, int rounds, double level)
{
    fal_curve *curve = &curves[count];
    *curve = (fal_curve){
        .path = path, .seed = seed, .rounds = rounds, .accuracy = accuracies[count], .share = shares, .row = rows};
    for (int r = 0; r < ROUNDS; r++) {
        curve->accuracy[r] = level;
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

/* Without the files, which are not there: what only they tell is missing from the verdict. */
static const char *verdict(void)
{
    static char copy[8192];
    const fal_collection found = {.curves = curves, .count = count};
    const fal_report_options options = {0};
    fal_report *report = NULL;
    assert_ok(fal_report_create(&found, &options, &report));
    assert_ok(fal_report_fill(report));
    (void)fal_text_copy(copy, sizeof copy, fal_report_verdict(report));
    fal_report_destroy(report);
    return copy;
}

static void the_best_is_named_with_its_lead(void **state)
{
    (void)state;
    const double spread[4] = {0, 0.001, 0.002, 0.001};
    for (int s = 0; s < 4; s++) {
        add("synth", "logo", s + 1, 3, 0.55 + spread[s]);
        add("synth", "random", s + 1, 3, 0.5);
    }
    const char *text = verdict();
    fal_test_text_has(text,
                      "Best by area under the learning curve is logo (55.10 %): 5.10 points above random over the 4 "
                      "seeds that both have, more than chance explains (5 %, Holm).\n");
    fal_test_text_has(text,
                      "1 of 1 pairs of strategies can be told apart (5 %, Holm over the pairs of a setting): logo over "
                      "random.\n");
    fal_test_text_has(text, "Warning: few seeds.");
}

static void who_sees_labels_is_no_winner(void **state)
{
    (void)state;
    for (int s = 0; s < 4; s++) {
        add("synth", "oracle-balanced", s + 1, 3, 0.7);
        add("synth", "random", s + 1, 3, 0.5);
    }
    assert_non_null(strstr(verdict(), "One strategy (random) beside an upper bound: there is nothing to compare."));
    for (int s = 0; s < 4; s++) {
        add("synth", "logo", s + 1, 3, 0.6);
    }
    assert_non_null(strstr(verdict(), "Best by area under the learning curve is logo (60.00 %)"));
    assert_non_null(strstr(verdict(), "oracle-balanced chooses by labels that nobody has: an upper bound"));
}

static void a_lead_that_more_seeds_turn_round_is_said(void **state)
{
    (void)state;
    add("synth", "a", 1, 3, 0.52); /* all three have seed 1 alone */
    add("synth", "a", 2, 3, 0.40);
    add("synth", "b", 1, 3, 0.45);
    add("synth", "random", 1, 3, 0.50);
    add("synth", "random", 2, 3, 0.50);
    const char *text = verdict();
    fal_test_text_has(text,
                      "is a (52.00 %): 4.00 points below random over the 2 seeds that both have, which these seeds "
                      "can't tell from chance.\n");
    fal_test_text_has(text, "1 trial is missing in 1 setting");
}

static void equal_differences_prove_nothing(void **state)
{
    (void)state;
    for (int s = 0; s < 2; s++) {
        add("synth", "logo", s + 1, 3, 0.51);
        add("synth", "random", s + 1, 3, 0.50);
    }
    const char *text = verdict();
    fal_test_text_has(text, "1.00 points above random over the 2 seeds that both have, which these seeds can't tell");
    fal_test_text_has(text, "0 of 1 pairs");
    fal_test_text_lacks(text, "a pair needs");
}

static void equals_lead_together(void **state)
{
    (void)state;
    add("synth", "logo", 1, 3, 0.5);
    add("synth", "random", 1, 3, 0.5);
    fal_test_text_has(verdict(), "logo and random lead together by area under the learning curve (50.00 %).\n");
}

static void a_trial_that_has_just_begun_takes_nothing_from_others(void **state)
{
    (void)state;
    for (int s = 0; s < 3; s++) {
        add("synth", "logo", s + 1, s == 2 ? 1 : 3, 0.55 + 0.01 * s);
        add("synth", "random", s + 1, 3, 0.5);
    }
    const char *text = verdict();
    fal_test_text_has(text, "Best by area under the learning curve is logo (55.50 %)");
    fal_test_text_has(text, "1 trial has fewer AL rounds than others");
}

static void one_strategy_in_several_settings_has_no_rival(void **state)
{
    (void)state;
    add("one", "random", 1, 3, 0.5);
    add("two", "random", 1, 3, 0.5);
    fal_test_text_has(verdict(), "One strategy (random) in 2 settings: there is nothing to compare.\n");
}

static void ranks_name_what_they_leave_out(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        add(k == 0 ? "one" : "two", "logo", 1, 3, 0.6);
        add(k == 0 ? "one" : "two", "random", 1, 3, 0.5);
    }
    add("one", "badge:local", 1, 3, 0.55);
    const char *text = verdict();
    fal_test_text_has(text, "Best over 2 settings is logo, with a mean rank of 1.00 among 2 strategies");
    fal_test_text_has(text, "Ranked are 2 of 2 settings and 2 of 3 strategies");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_best_is_named_with_its_lead, reset),
        cmocka_unit_test_setup(who_sees_labels_is_no_winner, reset),
        cmocka_unit_test_setup(a_lead_that_more_seeds_turn_round_is_said, reset),
        cmocka_unit_test_setup(equal_differences_prove_nothing, reset),
        cmocka_unit_test_setup(equals_lead_together, reset),
        cmocka_unit_test_setup(a_trial_that_has_just_begun_takes_nothing_from_others, reset),
        cmocka_unit_test_setup(one_strategy_in_several_settings_has_no_rival, reset),
        cmocka_unit_test_setup(ranks_name_what_they_leave_out, reset),
    };
    return cmocka_run_group_tests_name("report/verdict", tests, NULL, NULL);
}
