/* The tables of areas under the learning curves: whose seeds, which AL rounds, what is left out and what is said. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/report/summary.h"
#include "frame_csv.h"

enum { MOST = 64, ROUNDS = 3 };

static fal_curve curves[MOST];
static double accuracies[MOST][ROUNDS];
static double shares[ROUNDS] = {0.05, 0.1, 0.2};
static int count;

/* A level curve: its area is its level. */
static void add(const char *setting, const char *strategy, int64_t seed, int rounds, double level)
{
    fal_curve *curve = &curves[count];
    *curve = (fal_curve){.seed = seed, .rounds = rounds, .accuracy = accuracies[count], .share = shares};
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

static fal_row_round rows[ROUNDS];

static char *table(fal_status (*make)(const fal_curve *, int, fal_text *))
{
    static char copy[16384];
    fal_text text = {0};
    assert_ok(make(curves, count, &text));
    assert_true(text.length < sizeof copy);
    (void)fal_text_copy(copy, sizeof copy, text.chars != NULL ? text.chars : "");
    fal_text_destroy(&text);
    return copy;
}

static const char *csv(const char *id)
{
    const fal_report_options options = {0};
    for (int c = 0; c < count; c++) {
        curves[c].row = rows;
    }
    return fal_test_frame_csv(curves, count, &options, id);
}

static void a_pair_has_all_its_tests(void **state)
{
    (void)state;
    /* differences 1, 2, 3: t = 2 sqrt 3, p = 1 - sqrt(12 / 14), half width 4.3027 / sqrt 3; sd 1 needs 10 seeds */
    for (int s = 1; s <= 3; s++) {
        add("synth", "logo", s, 3, 0.5 + 0.01 * s);
        add("synth", "random", s, 3, 0.5);
    }
    const char *text = table(fal_summary_aulc);
    fal_test_text_has(text, "synth\nArea under the learning curve");
    fal_test_text_has(text, "Mean over the 3 seeds that all share: logo 52.00, random 50.00.\n");
    fal_test_text_has(text, "logo      random      3  2.00  1.00  -0.48 to 4.48  0.074  0.074    2.00\n");
    fal_test_text_has(text, "logo      random    1.00 to 3.00     0.250     10\n");
    fal_test_text_has(text, "covers 75.0 %");
    text = csv("aulc");
    fal_test_text_has(text, "\nsynth,logo,random,3,3,2,1,-0.484137");
    fal_test_text_has(text, ",2,1,3,0.75,6,0.25,0.25,10\n");
}

static void equal_differences_have_no_sign_of_zero_and_no_spread(void **state)
{
    (void)state;
    for (int s = 1; s <= 6; s++) {
        add("synth", "logo", s, 3, 0.5);
        add("synth", "random", s, 3, 0.5);
    }
    const char *text = table(fal_summary_aulc);
    fal_test_text_has(text, "logo      random      6  0.00  0.00   0.00 to 0.00  1.000  1.000    0.00\n");
    fal_test_text_has(text, "logo      random    0.00 to 0.00     1.000      2\n");
    fal_test_text_lacks(text, "-0.00");
    fal_test_text_has(text, "covers 96.9 %");
    fal_test_text_lacks(text, "fewer than 6 seeds");
}

static void pairs_use_the_rounds_and_seeds_that_both_have(void **state)
{
    (void)state;
    add("synth", "logo", 1, 3, 0.6);
    add("synth", "logo", 2, 2, 0.6);
    add("synth", "logo", 3, 3, 0.6);
    add("synth", "random", 1, 3, 0.5);
    add("synth", "random", 2, 3, 0.4);
    const char *text = csv("aulc");
    fal_test_text_has(text, "\nsynth,logo,random,2,2,15,");
    fal_test_text_has(table(fal_summary_aulc), "Mean over the 2 seeds that all share: logo 60.00, random 45.00.");
}

static void one_seed_has_a_difference_and_no_more(void **state)
{
    (void)state;
    add("synth", "logo", 1, 3, 0.6);
    add("synth", "random", 1, 3, 0.5);
    fal_test_text_has(csv("aulc"), "\nsynth,logo,random,1,3,10,,,,,,,10,10,10,0,1,1,1,\n");
    fal_test_text_has(table(fal_summary_aulc), "logo      random      1  10.00   -              -  -     -   10.00\n");
    fal_test_text_has(table(fal_summary_aulc), "logo      random               -     1.000      -\n");
}

static void no_seed_or_round_in_common_is_said(void **state)
{
    (void)state;
    add("synth", "logo", 1, 3, 0.6);
    add("synth", "random", 2, 3, 0.5);
    const char *text = table(fal_summary_aulc);
    fal_test_text_has(text, "No order: the strategies share no seed");
    fal_test_text_has(text, "logo      random      0     -   -              -  -     -       -\n");
    fal_test_text_has(text, "logo      random               -         -      -\n");
    fal_test_text_lacks(text, "covers");
    fal_test_text_has(csv("aulc"), "\nsynth,logo,random,0,0,,,,,,,,,,,,,,,\n");
    count = 0;
    add("synth", "logo", 1, 1, 0.6);
    add("synth", "random", 1, 1, 0.5);
    text = table(fal_summary_aulc);
    fal_test_text_has(text, "No order: the strategies share no seed");
    fal_test_text_lacks(text, "nan");
    fal_test_text_has(csv("aulc"), "\nsynth,logo,random,1,1,,,,,,,,,,,,,,,\n");
}

static void nothing_at_all_is_no_error(void **state)
{
    (void)state;
    assert_string_equal(table(fal_summary_aulc), "");
    assert_string_equal(table(fal_summary_aulc_ranks), "");
}

static void three_strategies(const char *setting, double logo, double random, double entropy)
{
    for (int s = 1; s <= 2; s++) {
        add(setting, "random", s, 3, random);
        add(setting, "logo", s, 3, logo);
        add(setting, "entropy", s, 3, entropy);
    }
}

static void ranks_are_over_settings(void **state)
{
    (void)state;
    char name[16];
    for (int s = 0; s < 6; s++) { /* logo always first, the others tied: ranks 1, 2.5, 2.5 */
        (void)snprintf(name, sizeof name, "set%d", s);
        three_strategies(name, 0.6, 0.5, 0.5);
    }
    const char *text = table(fal_summary_aulc_ranks);
    fal_test_text_has(text, "Ranks over 6 settings");
    fal_test_text_has(text, "logo           1.00\nentropy        2.50\nrandom         2.50\n");
    /* 12 * 6 / 12 * 1.5 = 9, corrected by 1 - 6 * 6 / (6 * 24) = 3 / 4 */
    fal_test_text_has(text, "chi2 = 12.00 with 2 degrees of freedom, p = 0.002");
    fal_test_text_has(text, "mean ranks 1.35 apart"); /* 3.3145 / sqrt 2 * sqrt(12 / 36) */
    fal_test_text_has(text, "logo     entropy        1.50*");
    fal_test_text_has(text, "* beyond the critical difference");
    fal_test_text_lacks(text, "too few to rely on");
}

static void ranks_need_every_strategy_and_say_what_is_left_out(void **state)
{
    (void)state;
    three_strategies("a", 0.6, 0.5, 0.4);
    three_strategies("b", 0.6, 0.5, 0.4);
    add("a", "badge", 1, 3, 0.7); /* not in b */
    add("c", "logo", 1, 3, 0.7);  /* one strategy: counts nowhere */
    three_strategies("d", 0.6, 0.5, 0.4);
    curves[count - 1].seed = 8; /* entropy of d shares one seed still */
    const char *text = table(fal_summary_aulc_ranks);
    fal_test_text_has(text, "Ranks over 3 settings");
    fal_test_text_has(text, "1 of 4 settings are left out");
    fal_test_text_has(text, "Not in every setting, so left out: badge.");
    fal_test_text_has(text, "3 settings are too few to rely on");
    for (int c = 0; c < count; c++) { /* and then none */
        if (strcmp(curves[c].setting, "d") == 0 && strcmp(curves[c].strategy, "entropy") == 0) {
            curves[c].seed += 100;
        }
    }
    text = table(fal_summary_aulc_ranks);
    fal_test_text_has(text, "Ranks over 2 settings");
    fal_test_text_has(text, "2 of 4 settings are left out");
}

static void ranks_of_nothing(void **state)
{
    (void)state;
    three_strategies("a", 0.6, 0.5, 0.4);
    assert_string_equal(table(fal_summary_aulc_ranks), "");
    add("b", "logo", 1, 3, 0.6);
    fal_test_text_has(table(fal_summary_aulc_ranks), "No ranks over settings");
    assert_string_equal(strchr(csv("aulc_ranks"), '\n'), "\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_pair_has_all_its_tests, reset),
        cmocka_unit_test_setup(equal_differences_have_no_sign_of_zero_and_no_spread, reset),
        cmocka_unit_test_setup(pairs_use_the_rounds_and_seeds_that_both_have, reset),
        cmocka_unit_test_setup(one_seed_has_a_difference_and_no_more, reset),
        cmocka_unit_test_setup(no_seed_or_round_in_common_is_said, reset),
        cmocka_unit_test_setup(nothing_at_all_is_no_error, reset),
        cmocka_unit_test_setup(ranks_are_over_settings, reset),
        cmocka_unit_test_setup(ranks_need_every_strategy_and_say_what_is_left_out, reset),
        cmocka_unit_test_setup(ranks_of_nothing, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
