/* Winning rates and t-scores as people read them: matrices, the order of the strategies, and how much of it may be
 * chance. */
#include "fal/report/summary.h"

#include <math.h>
#include <stddef.h>

#include "fal/base/memory.h"
#include "fal/base/sort.h"

#include "grid_internal.h"
#include "setting_internal.h"

/* Seeds of the paper; with fewer its threshold means little. */
enum { PAPER_SEEDS = 4 };

static fal_stats_rounds which_rounds(const fal_summary_options *options)
{
    return options->tested ? FAL_STATS_TESTED : FAL_STATS_ALL;
}

static void set_value(fal_grid *grid, int row, int column, double value, const char *mark)
{
    if (isnan(value)) {
        fal_grid_set(grid, row, column, "-");
    } else {
        /* Never -0.00, which means of thirds give for equal accuracies. */
        fal_grid_set(grid, row, column, "%.2f%s", fabs(value) < 0.005 ? 0.0 : value, mark);
    }
}

/* A square table of the strategies; cell values from `value`. */
static fal_status square_create(const char *corner, const char *const *strategies, int n, int more_rows, fal_grid *grid)
{
    FAL_TRY(fal_grid_create(grid, n + 1 + more_rows, n + 1, 1));
    fal_grid_set(grid, 0, 0, "%s", corner);
    for (int i = 0; i < n; i++) {
        fal_grid_set(grid, 0, i + 1, "%s", strategies[i]);
        fal_grid_set(grid, i + 1, 0, "%s", strategies[i]);
    }
    return FAL_OK;
}

/* The mean of a column over the strategies that have a value in it. */
static double column_mean(const double *win, int n, int j)
{
    double sum = 0;
    int count = 0;
    for (int i = 0; i < n; i++) {
        if (!isnan(win[i * n + j])) {
            sum += win[i * n + j];
            count++;
        }
    }
    return count > 0 ? sum / count : NAN;
}

/* Does i win over j in a round whose differences have no spread? Few seeds on a small test set do that by chance. */
static bool wins_without_spread(const fal_comparison *all, int i, int j, const fal_summary_options *options)
{
    for (int r = options->tested ? 1 : 0; i != j && r < all->rounds_least; r++) {
        const double t = fal_comparison_t(all, i, j, r);
        if (isinf(t) && t > 0) {
            return true;
        }
    }
    return false;
}

static fal_status add_win_table(const fal_comparison *all, const fal_summary_options *options, fal_text *text)
{
    fal_status status = FAL_OK;
    bool marked = false;
    fal_grid grid = {0};
    const int n = all->setting->strategy_count;
    FAL_TRY_GOTO(square_create("winner", all->setting->strategies, n, 1, &grid));
    fal_grid_set(&grid, n + 1, 0, "loses to others");
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            const bool without_spread = wins_without_spread(all, i, j, options);
            marked = marked || without_spread;
            set_value(&grid, i + 1, j + 1, all->win[i * n + j], without_spread ? "^" : "");
        }
        set_value(&grid, n + 1, i + 1, column_mean(all->win, n, i), "");
    }
    fal_text_add(text, "\n%s\nWinning rates: share of AL rounds %d to %d in which the row beats the column%s\n\n",
                 all->setting->name, options->tested ? 2 : 1, all->rounds_least, fal_setting_in_measure(all->setting));
    FAL_TRY_GOTO(fal_grid_print(&grid, text));
    if (marked) {
        fal_text_add(text,
                     "^ counts AL rounds in which every seed differs by the same amount, so that t is infinite\n");
        status = fal_text_status(text);
    }
done:
    fal_grid_destroy(&grid);
    return status;
}

static fal_status add_t_table(const fal_comparison *all, fal_text *text)
{
    fal_status status = FAL_OK;
    fal_grid grid = {0};
    const int n = all->setting->strategy_count;
    const int last = all->rounds_least - 1;
    FAL_TRY_GOTO(square_create("strategy", all->setting->strategies, n, 0, &grid));
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            set_value(&grid, i + 1, j + 1, fal_comparison_t(all, i, j, last), "");
        }
    }
    fal_text_add(text, "\nt-scores in AL round %d (%.1f %% labelled), row minus column%s\n\n", last + 1,
                 100 * fal_setting_share(all->setting, last), fal_setting_in_measure(all->setting));
    FAL_TRY_GOTO(fal_grid_print(&grid, text));
done:
    fal_grid_destroy(&grid);
    return status;
}

/* What a win means at these numbers of seeds, in plain words. */
static void add_meaning(const fal_comparison *all, const fal_summary_options *options, fal_text *text)
{
    const int least = all->seeds_least;
    const int comparisons = all->pair_count * (all->rounds_least - (options->tested ? 1 : 0));
    if (least < all->seeds_most) {
        fal_text_add(text, "\nPairs share between %d and %d seeds.\n", least, all->seeds_most);
    } else {
        fal_text_add(text, "\nEvery pair shares %d seeds.\n", least);
    }
    const double threshold = fal_stats_threshold(options->student, least);
    fal_text_add(text,
                 "A win is t > %.3f (%s): at %d seeds, two equal strategies differ by that much in %.1f %% of\n"
                 "comparisons by chance alone; there are %d comparisons here, and this is not corrected for.\n",
                 threshold, options->student ? "Student's 97.5 % point" : "the paper's threshold", least,
                 100 * fal_stats_level(threshold, least), comparisons);
    if (least < PAPER_SEEDS) {
        fal_text_add(text,
                     "%d seeds are too few to rely on: the paper uses %d. Run the same command with\n"
                     "--seeds 1-%d; trials that are done are not run again.\n",
                     least, PAPER_SEEDS, PAPER_SEEDS);
    }
}

/* Which differences in the last round are beyond the threshold. */
static void add_differences(const fal_comparison *all, fal_text *text)
{
    const int n = all->setting->strategy_count;
    const int last = all->rounds_least - 1;
    const char *lead = all->seeds_least < PAPER_SEEDS
                           ? "Beyond the threshold there, which chance does often with so few "
                             "seeds: "
                           : "Beyond the threshold there: ";
    int found = 0;
    for (int cell = 0; cell < n * n; cell++) {
        const double t = fal_comparison_t(all, cell / n, cell % n, last);
        if (t > all->threshold[cell]) {
            fal_text_add(text, "%s%s over %s (t = %.2f)", found++ == 0 ? lead : ", ",
                         all->setting->strategies[cell / n], all->setting->strategies[cell % n], t);
        }
    }
    if (found == 0) {
        fal_text_add(text, "No difference there is beyond the threshold: the order may be chance.\n");
    } else {
        fal_text_add(text, found == all->pair_count ? ".\n" : "; the other pairs are not told apart.\n");
    }
}

static fal_status add_ranking(const fal_comparison *all, fal_text *text)
{
    fal_status status = FAL_OK;
    const fal_setting *setting = all->setting;
    const int n = setting->strategy_count;
    const int last = all->rounds_least - 1;
    double *means = NULL;
    int64_t *order = NULL;
    FAL_TRY_GOTO(fal_alloc(&means, (size_t)n, sizeof *means, "ranking"));
    FAL_TRY_GOTO(fal_alloc(&order, (size_t)n, sizeof *order, "ranking"));
    const int seeds = fal_setting_common_means(setting, last, means);
    if (seeds < 2) {
        fal_text_add(text, "No ranking: fewer than 2 seeds are shared by all strategies.\n");
        status = fal_text_status(text);
        goto done;
    }
    FAL_TRY_GOTO(fal_sort_falling(means, order, n));
    fal_text_add(text, "By mean %s in AL round %d over the %d seeds that all share: ",
                 fal_measure_name(setting->curves[0]->measure), last + 1, seeds);
    for (int i = 0; i < n; i++) {
        fal_text_add(text, "%s%s %.2f", i == 0 ? "" : ", ", setting->strategies[order[i]], means[order[i]]);
    }
    fal_text_add(text, ".\n");
    add_differences(all, text);
    status = fal_text_status(text);
done:
    fal_free(order);
    fal_free(means);
    return status;
}

static fal_status add_comparison(const fal_comparison *all, const fal_summary_options *options, fal_text *text)
{
    const fal_setting *setting = all->setting;
    if (setting->strategy_count < 2) {
        fal_text_add(text, "\n%s\nOne strategy (%s), so there is nothing to compare.\n", setting->name,
                     setting->strategies[0]);
        return fal_text_status(text);
    }
    if (all->pair_count == 0) {
        fal_text_add(text,
                     "\n%s\nNo two strategies share at least 2 seeds, so no t-score is possible and the differences\n"
                     "above may be chance. Run the same command with --seeds 1-%d; trials that are done are\n"
                     "not run again.\n",
                     setting->name, PAPER_SEEDS);
        return fal_text_status(text);
    }
    FAL_TRY(add_win_table(all, options, text));
    FAL_TRY(add_t_table(all, text));
    add_meaning(all, options, text);
    return add_ranking(all, text);
}

fal_status fal_summary_winning(const fal_curve *curves, int count, const fal_summary_options *options, fal_text *text)
{
    fal_status status = FAL_OK;
    fal_setting *settings = NULL;
    int setting_count = 0;
    fal_comparison all = {0};
    FAL_TRY_GOTO(fal_study_create(curves, count, &settings, &setting_count));
    for (int i = 0; i < setting_count; i++) {
        FAL_TRY_GOTO(fal_comparison_create(&settings[i], options->student, which_rounds(options), &all));
        FAL_TRY_GOTO(add_comparison(&all, options, text));
        fal_comparison_destroy(&all);
    }
    status = fal_text_status(text);
done:
    fal_comparison_destroy(&all);
    fal_study_destroy(settings, setting_count);
    return status;
}
