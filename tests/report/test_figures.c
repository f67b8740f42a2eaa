/* Figures show the numbers of the tables: means, confidence intervals, how many seeds there are. */
#include "support.h"

#include <string.h>

#include "fal/report/figures.h"

enum { ROUNDS = 2, MOST = 4 };

static double shares[ROUNDS] = {0.05, 0.1};

/* Rows are of the last curves that were made. */
static fal_curve curve(const char *setting, const char *strategy, int64_t seed, int rounds, double *accuracy)
{
    static fal_row_round rows[MOST][ROUNDS];
    static int next = 0;
    fal_row_round *row = rows[next++ % MOST];
    for (int r = 0; r < rounds; r++) {
        row[r] = (fal_row_round){.al_round = r + 1, .labelled_share = shares[r], .test_accuracy = accuracy[r]};
    }
    fal_curve made = {.seed = seed, .rounds = rounds, .accuracy = accuracy, .share = shares, .row = row};
    (void)fal_text_copy(made.setting, sizeof made.setting, setting);
    (void)fal_text_copy(made.strategy, sizeof made.strategy, strategy);
    return made;
}

/* The picture of a report over these curves. */
static fal_status draw(fal_curve *curves, int count, fal_text *svg)
{
    const fal_collection found = {.curves = curves, .count = count};
    const fal_report_options options = {0};
    fal_report *report = NULL;
    FAL_TRY(fal_report_create(&found, &options, &report));
    const fal_status status = fal_figure_curves(report, svg);
    fal_report_destroy(report);
    return status;
}

static void curves_are_means_over_seeds_with_intervals(void **state)
{
    (void)state;
    double a[2][ROUNDS] = {{0.40, 0.50}, {0.42, 0.54}};
    double b[1][ROUNDS] = {{0.40, 0.45}};
    fal_curve curves[3] = {curve("synth", "logo", 1, 2, a[0]), curve("synth", "logo", 2, 2, a[1]),
                           curve("synth", "random", 1, 1, b[0])};
    fal_text svg = {0};
    assert_ok(draw(curves, 3, &svg));
    fal_test_text_has(svg.chars, ">Test accuracy</text>");
    fal_test_text_has(svg.chars, ">synth</text>");
    fal_test_text_has(svg.chars, "<title>logo: 5, 41</title>");
    fal_test_text_has(svg.chars, "<title>logo: 10, 52</title>");
    fal_test_text_has(svg.chars, "<title>random: 5, 40</title>");
    assert_null(strstr(svg.chars, "random: 10")); /* has not got there */
    fal_test_text_has(svg.chars, "Mean over 1 to 2 seeds");
    assert_non_null(strstr(svg.chars, "class=\"band\""));
    assert_null(strstr(strstr(svg.chars, "class=\"band\"") + 1, "class=\"band\"")); /* no interval from one seed */
    fal_text_destroy(&svg);
}

static void a_single_seed_says_that_it_proves_nothing(void **state)
{
    (void)state;
    double a[ROUNDS] = {0.40, 0.50};
    fal_curve one = curve("synth", "logo", 1, 2, a);
    fal_text svg = {0};
    assert_ok(draw(&one, 1, &svg));
    fal_test_text_has(svg.chars, "One seed: this proves nothing");
    assert_null(strstr(svg.chars, "class=\"band\""));
    fal_text_destroy(&svg);
}

static void two_settings_are_no_picture(void **state)
{
    (void)state;
    double a[ROUNDS] = {0.40, 0.50};
    fal_curve curves[2] = {curve("one", "logo", 1, 2, a), curve("two", "logo", 1, 2, a)};
    fal_text svg = {0};
    assert_fails(draw(curves, 2, &svg), FAL_ERR_USAGE, "one setting");
    assert_null(svg.chars);
    fal_text_destroy(&svg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(curves_are_means_over_seeds_with_intervals),
        cmocka_unit_test(a_single_seed_says_that_it_proves_nothing),
        cmocka_unit_test(two_settings_are_no_picture),
    };
    return cmocka_run_group_tests_name("report/figures", tests, NULL, NULL);
}
