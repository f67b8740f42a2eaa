/* Every test of every pair and AL round, as CSV: for those who want to look behind the winning rates. */
#include "fal/report/summary.h"

#include <math.h>
#include <stddef.h>

#include "fal/base/memory.h"

#include "grid_internal.h"
#include "setting_internal.h"

static void add_reals(fal_text *text, const double *values, int count)
{
    for (int i = 0; i < count; i++) {
        fal_text_add(text, ",");
        fal_csv_real(text, values[i]);
    }
}

static fal_status add_test(const fal_setting *setting, int i, int j, int round, const fal_pair *pair, double holm,
                           double *scratch, fal_text *text)
{
    const fal_stats_test *test = &pair->tests[round];
    double w = NAN;
    double p = NAN;
    if (pair->seeds <= FAL_STATS_SEEDS_MAX) {
        fal_pair_accuracies(pair, round, scratch, scratch + pair->seeds);
        FAL_TRY(fal_stats_wilcoxon(scratch, scratch + pair->seeds, pair->seeds, &w, &p));
    }
    fal_csv_text(text, setting->name);
    fal_text_add(text, ",");
    fal_csv_text(text, setting->strategies[i]);
    fal_text_add(text, ",");
    fal_csv_text(text, setting->strategies[j]);
    fal_text_add(text, ",%d,%d", round + 1, pair->seeds);
    const double values[] = {test->mean,
                             test->ci_low,
                             test->ci_high,
                             test->t,
                             test->p,
                             holm,
                             w,
                             p,
                             fal_stats_wilcoxon_smallest(pair->seeds)};
    add_reals(text, values, (int)(sizeof values / sizeof *values));
    fal_text_add(text, "\n");
    return fal_text_status(text);
}

/* One AL round: Holm's adjustment is over its pairs. p has room for all pairs. */
static fal_status add_round(const fal_comparison *all, int round, double *p, double *scratch, fal_text *text)
{
    const int n = all->setting->strategy_count;
    int pairs = 0;
    for (int i = 0; i < n; i++) {
        for (int j = i + 1; j < n; j++) {
            const fal_pair *pair = &all->pairs[i * n + j];
            p[pairs++] = round < pair->rounds ? pair->tests[round].p : NAN;
        }
    }
    FAL_TRY(fal_stats_holm(p, pairs, p));
    pairs = 0;
    for (int i = 0; i < n; i++) {
        for (int j = i + 1; j < n; j++) {
            const fal_pair *pair = &all->pairs[i * n + j];
            if (round < pair->rounds) {
                FAL_TRY(add_test(all->setting, i, j, round, pair, p[pairs], scratch, text));
            }
            pairs++;
        }
    }
    return FAL_OK;
}

static fal_status add_setting(const fal_setting *setting, fal_text *text)
{
    fal_status status = FAL_OK;
    fal_comparison all = {0};
    double *p = NULL;
    double *scratch = NULL;
    const size_t n = (size_t)setting->strategy_count;
    FAL_TRY_GOTO(fal_comparison_create(setting, false, FAL_STATS_ALL, &all));
    FAL_TRY_GOTO(fal_alloc(&p, n * n, sizeof *p, "t-scores"));
    FAL_TRY_GOTO(fal_alloc(&scratch, 2 * (size_t)setting->curve_count, sizeof *scratch, "t-scores"));
    for (int r = 0; r < setting->rounds; r++) {
        FAL_TRY_GOTO(add_round(&all, r, p, scratch, text));
    }
done:
    fal_free(scratch);
    fal_free(p);
    fal_comparison_destroy(&all);
    return status;
}

fal_status fal_summary_t_scores(const fal_curve *curves, int count, fal_text *text)
{
    fal_status status = FAL_OK;
    fal_setting *settings = NULL;
    int setting_count = 0;
    FAL_TRY_GOTO(fal_study_create(curves, count, &settings, &setting_count));
    fal_text_add(text, "setting,strategy,other,al_round,seeds,mean_difference,ci_low,ci_high,t,p,p_holm,"
                       "wilcoxon_w,wilcoxon_p,wilcoxon_smallest_p\n");
    for (int i = 0; i < setting_count; i++) {
        FAL_TRY_GOTO(add_setting(&settings[i], text));
    }
    status = fal_text_status(text);
done:
    fal_study_destroy(settings, setting_count);
    return status;
}
