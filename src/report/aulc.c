/* Areas under the learning curves: every pair of a setting over matched seeds, and how many seeds would tell it apart.
 */
#include "fal/report/summary.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>

#include "fal/base/memory.h"
#include "fal/base/sort.h"

#include "areas_internal.h"
#include "grid_internal.h"

/* From here on 2 / 2^s is below 0.05. */
enum { SEEDS_ENOUGH = 6 };

/* Over all pairs of all settings, for the words below the tables. */
typedef struct {
    int pairs;
    int seeds;                          /* the fewest */
    double least_covered, most_covered; /* by Hodges-Lehmann intervals */
} pairs_seen;

/* What rounds to zero has no sign. */
static void show(double value, char text[32]) { (void)snprintf(text, 32, "%.2f", fabs(value) < 0.005 ? 0.0 : value); }

static void set_points(fal_grid *grid, int row, int column, double value)
{
    char text[32];
    show(value, text);
    fal_grid_set(grid, row, column, "%s", isnan(value) ? "-" : text);
}

static void set_interval(fal_grid *grid, int row, int column, double low, double high)
{
    char from[32];
    char to[32];
    show(low, from);
    show(high, to);
    if (isnan(low)) {
        fal_grid_set(grid, row, column, "-");
    } else {
        fal_grid_set(grid, row, column, "%s to %s", from, to);
    }
}

static void set_row(fal_grid *grid, int row, const fal_area_test *test)
{
    int at = 0;
    fal_grid_set(grid, row, at++, "%s", test->strategy);
    fal_grid_set(grid, row, at++, "%s", test->other);
    fal_grid_set(grid, row, at++, "%d", test->test.seeds);
    set_points(grid, row, at++, test->test.mean);
    set_points(grid, row, at++, test->test.sd);
    set_interval(grid, row, at++, test->test.ci_low, test->test.ci_high);
    fal_grid_set_p(grid, row, at++, test->test.p);
    fal_grid_set_p(grid, row, at++, test->holm);
    set_points(grid, row, at++, test->shift.estimate);
    set_interval(grid, row, at++, test->shift.coverage > 0 ? test->shift.low : NAN, test->shift.high);
    fal_grid_set_p(grid, row, at++, test->wilcoxon);
    fal_grid_set(grid, row, at, test->needed > 0 ? "%lld" : "-", (long long)test->needed);
}

static fal_status add_pairs(const fal_area_test *tests, int count, fal_text *text)
{
    static const char *const heads[] = {"strategy", "minus", "seeds",  "mean",           "sd",       "95 % interval",
                                        "p",        "Holm",  "median", "exact interval", "Wilcoxon", "needs"};
    enum { COLUMNS = sizeof heads / sizeof *heads };
    fal_status status = FAL_OK;
    fal_grid grid = {0};
    FAL_TRY(fal_grid_create(&grid, count + 1, COLUMNS, 2));
    for (int c = 0; c < COLUMNS; c++) {
        fal_grid_set(&grid, 0, c, "%s", heads[c]);
    }
    for (int r = 0; r < count; r++) {
        set_row(&grid, r + 1, &tests[r]);
    }
    FAL_TRY_GOTO(fal_grid_print(&grid, text));
done:
    fal_grid_destroy(&grid);
    return status;
}

static fal_status add_order(const fal_setting *setting, const fal_curve **matched, fal_text *text)
{
    fal_status status = FAL_OK;
    const int n = setting->strategy_count;
    double *means = NULL;
    int64_t *order = NULL;
    FAL_TRY_GOTO(fal_alloc(&means, (size_t)n, sizeof *means, "areas"));
    FAL_TRY_GOTO(fal_alloc(&order, (size_t)n, sizeof *order, "areas"));
    const int seeds = fal_setting_common_areas(setting, setting->strategies, n, matched, means);
    if (seeds == 0 || isnan(means[0])) {
        fal_text_add(text, "No order: the strategies share no seed with at least 2 AL rounds.\n");
    } else {
        FAL_TRY_GOTO(fal_sort_falling(means, order, n));
        fal_text_add(text, "Mean over the %d seed%s that all share: ", seeds, seeds == 1 ? "" : "s");
        for (int i = 0; i < n; i++) {
            fal_text_add(text, "%s%s %.2f", i == 0 ? "" : ", ", setting->strategies[order[i]], means[order[i]]);
        }
        fal_text_add(text, ".\n");
    }
    status = fal_text_status(text);
done:
    fal_free(order);
    fal_free(means);
    return status;
}

static void note(const fal_area_test *test, pairs_seen *seen)
{
    const bool first = seen->pairs == 0;
    const double covered = test->shift.coverage;
    if (isnan(covered)) {
        return;
    }
    seen->seeds = first || test->test.seeds < seen->seeds ? test->test.seeds : seen->seeds;
    seen->least_covered = first || covered < seen->least_covered ? covered : seen->least_covered;
    seen->most_covered = first || covered > seen->most_covered ? covered : seen->most_covered;
    seen->pairs++;
}

/* What the columns mean, and what these seeds cannot tell. */
static void add_meaning(const pairs_seen *seen, fal_text *text)
{
    char covers[64];
    if (seen->least_covered < seen->most_covered) {
        (void)snprintf(covers, sizeof covers, "%.1f to %.1f", 100 * seen->least_covered, 100 * seen->most_covered);
    } else {
        (void)snprintf(covers, sizeof covers, "%.1f", 100 * seen->least_covered);
    }
    fal_text_add(
        text,
        "\nRow minus column \"minus\" over the seeds that both have. p: paired t-test, then with Holm's adjustment\n"
        "over the pairs of the setting. median: Hodges-Lehmann; its exact interval covers %s %%. Wilcoxon: exact\n"
        "p. needs: seeds that find a true difference of %g point in 8 of 10 studies, if the sd is as seen.\n",
        covers, FAL_AREA_WORTH);
    if (seen->seeds < SEEDS_ENOUGH) {
        fal_text_add(
            text,
            "With fewer than %d seeds no exact interval covers 95 %% and Wilcoxon's p stays above 0.05. The sd of\n"
            "few seeds is rough, and so are the seeds needed.\n",
            SEEDS_ENOUGH);
    }
}

static fal_status add_setting(const fal_setting *setting, pairs_seen *seen, fal_text *text)
{
    fal_status status = FAL_OK;
    const size_t n = (size_t)setting->strategy_count;
    const size_t pairs = n * (n - 1) / 2;
    double *scratch = NULL;
    fal_area_test *tests = NULL;
    const fal_curve **matched = NULL;
    FAL_TRY_GOTO(fal_alloc(&scratch, 2 * (size_t)setting->curve_count + pairs, sizeof *scratch, "areas"));
    FAL_TRY_GOTO(fal_alloc(&tests, pairs, sizeof *tests, "areas"));
    FAL_TRY_GOTO(fal_alloc(&matched, n, sizeof *matched, "areas"));
    FAL_TRY_GOTO(fal_area_tests(setting, scratch, tests));
    fal_text_add(text, "\n%s\nArea under the learning curve: mean %s in per cent over the labelled share\n",
                 setting->name, fal_setting_measure(setting));
    FAL_TRY_GOTO(add_order(setting, matched, text));
    if (pairs > 0) {
        fal_text_add(text, "\n");
        FAL_TRY_GOTO(add_pairs(tests, (int)pairs, text));
    }
    for (size_t c = 0; c < pairs; c++) {
        note(&tests[c], seen);
    }
    status = fal_text_status(text);
done:
    fal_free(matched);
    fal_free(tests);
    fal_free(scratch);
    return status;
}

fal_status fal_summary_aulc(const fal_curve *curves, int count, fal_text *text)
{
    fal_status status = FAL_OK;
    fal_setting *settings = NULL;
    int setting_count = 0;
    pairs_seen seen = {0};
    FAL_TRY_GOTO(fal_study_create(curves, count, &settings, &setting_count));
    for (int i = 0; i < setting_count; i++) {
        FAL_TRY_GOTO(add_setting(&settings[i], &seen, text));
    }
    if (seen.pairs > 0) {
        add_meaning(&seen, text);
    }
    status = fal_text_status(text);
done:
    fal_study_destroy(settings, setting_count);
    return status;
}
