/* Frames of pairs of strategies in one setting: winning rates, every single test, areas under the curve. */
#include <math.h>
#include <stddef.h>

#include "fal/base/memory.h"
#include "fal/io/table.h"

#include "areas_internal.h"
#include "report_internal.h"

static const fal_frame_column winning[] = {
    {"setting", FAL_FRAME_NAME, 0, "dataset and parameters that differ from the defaults"},
    {"winner", FAL_FRAME_NAME, 0, "strategy"},
    {"loser", FAL_FRAME_NAME, 0, "strategy"},
    {"seeds", FAL_FRAME_INT, 0, "that both have"},
    {"al_rounds", FAL_FRAME_INT, 0, "that all these curves have"},
    {"threshold", FAL_FRAME_REAL, 3, "t-score above which an AL round is won"},
    {"winning_rate", FAL_FRAME_REAL, 2, "share of AL rounds that winner wins (Eq. 6)"},
    {"t_last_al_round", FAL_FRAME_REAL, 2, "t-score in the last AL round (Definition 1)"},
    {"won", FAL_FRAME_INT, 0, "AL rounds with t above the threshold"},
    {"tied", FAL_FRAME_INT, 0, "AL rounds with neither"},
    {"lost", FAL_FRAME_INT, 0, "AL rounds with t below minus the threshold"},
};

/* AL rounds that i wins, ties and loses against j; none if its t-scores are undefined. */
static void put_counts(fal_frame *frame, const fal_comparison *all, int i, int j, int rounds, bool tested)
{
    const int n = all->setting->strategy_count;
    int64_t counts[3] = {0};
    for (int r = tested ? 1 : 0; r < rounds; r++) {
        const double t = fal_comparison_t(all, i, j, r);
        counts[t > all->threshold[i * n + j] ? 0 : t < -all->threshold[i * n + j] ? 2 : 1]++;
    }
    for (int k = 0; k < 3; k++) {
        fal_frame_put_int(frame, isnan(all->win[i * n + j]) ? FAL_TABLE_MISSING : counts[k]);
    }
}

fal_status fal_frames_winning(fal_report *report)
{
    fal_frame *frame = FAL_REPORT_FRAME(report, "winning_rate", "Winning rates of pairs", winning);
    for (int k = 0; k < report->setting_count; k++) {
        const fal_comparison *all = &report->all[k];
        const int n = all->setting->strategy_count;
        for (int cell = 0; cell < n * n; cell++) {
            const int i = cell / n;
            const int j = cell % n;
            if (i == j) {
                continue;
            }
            const fal_pair *pair = &all->pairs[i < j ? i * n + j : j * n + i];
            fal_frame_put_text(frame, all->setting->name);
            fal_frame_put_text(frame, all->setting->strategies[i]);
            fal_frame_put_text(frame, all->setting->strategies[j]);
            fal_frame_put_int(frame, pair->seeds);
            fal_frame_put_int(frame, pair->rounds);
            fal_frame_put_real(frame, all->threshold[cell]);
            fal_frame_put_real(frame, all->win[cell]);
            fal_frame_put_real(frame, fal_comparison_t(all, i, j, pair->rounds - 1));
            put_counts(frame, all, i, j, pair->rounds, report->options.summary.tested);
        }
    }
    return fal_frame_status(frame);
}

static const fal_frame_column t_scores[] = {
    {"setting", FAL_FRAME_NAME, 0, "dataset and parameters that differ from the defaults"},
    {"strategy", FAL_FRAME_NAME, 0, "strategy"},
    {"other", FAL_FRAME_NAME, 0, "strategy that is subtracted"},
    {"al_round", FAL_FRAME_INT, 0, "AL round"},
    {"seeds", FAL_FRAME_INT, 0, "that both have"},
    {"mean_difference", FAL_FRAME_REAL, 2, "in percentage points"},
    {"ci_low", FAL_FRAME_REAL, 2, "95 % confidence interval of the mean"},
    {"ci_high", FAL_FRAME_REAL, 2, "95 % confidence interval of the mean"},
    {"t", FAL_FRAME_REAL, 2, "Definition 1"},
    {"p", FAL_FRAME_P, 0, "two-sided"},
    {"p_holm", FAL_FRAME_P, 0, "after Holm over the pairs of the setting and AL round"},
    {"wilcoxon_w", FAL_FRAME_REAL, 1, "rank sum of positive differences"},
    {"wilcoxon_p", FAL_FRAME_P, 0, "exact, two-sided"},
    {"wilcoxon_smallest_p", FAL_FRAME_P, 0, "that these seeds can reach"},
};

static fal_status put_test(fal_frame *frame, const fal_setting *setting, int i, int j, int round, const fal_pair *pair,
                           double holm, double *scratch)
{
    const fal_stats_test *test = &pair->tests[round];
    double w = NAN;
    double p = NAN;
    if (pair->seeds <= FAL_STATS_SEEDS_MAX) {
        fal_pair_accuracies(pair, round, scratch, scratch + pair->seeds);
        FAL_TRY(fal_stats_wilcoxon(scratch, scratch + pair->seeds, pair->seeds, &w, &p));
    }
    const double values[] = {test->mean,
                             test->ci_low,
                             test->ci_high,
                             test->t,
                             test->p,
                             holm,
                             w,
                             p,
                             fal_stats_wilcoxon_smallest(pair->seeds)};
    fal_frame_put_text(frame, setting->name);
    fal_frame_put_text(frame, setting->strategies[i]);
    fal_frame_put_text(frame, setting->strategies[j]);
    fal_frame_put_int(frame, round + 1);
    fal_frame_put_int(frame, pair->seeds);
    for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
        fal_frame_put_real(frame, values[v]);
    }
    return FAL_OK;
}

/* One AL round: Holm's adjustment is over its pairs. p has room for all pairs. */
static fal_status put_round(fal_frame *frame, const fal_comparison *all, int round, double *p, double *scratch)
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
        for (int j = i + 1; j < n; j++, pairs++) {
            const fal_pair *pair = &all->pairs[i * n + j];
            if (round < pair->rounds) {
                FAL_TRY(put_test(frame, all->setting, i, j, round, pair, p[pairs], scratch));
            }
        }
    }
    return FAL_OK;
}

fal_status fal_frames_t_scores(fal_report *report)
{
    fal_status status = FAL_OK;
    fal_frame *frame = FAL_REPORT_FRAME(report, "t_scores", "Every test of every pair and AL round", t_scores);
    double *p = NULL;
    double *scratch = NULL;
    frame->aside = true;
    for (int k = 0; k < report->setting_count && status == FAL_OK; k++) {
        const fal_setting *setting = &report->settings[k];
        const size_t n = (size_t)setting->strategy_count;
        FAL_TRY_GOTO(fal_alloc(&p, n * n, sizeof *p, "t-scores"));
        FAL_TRY_GOTO(fal_alloc(&scratch, 2 * (size_t)setting->curve_count, sizeof *scratch, "t-scores"));
        for (int r = 0; r < setting->rounds; r++) {
            FAL_TRY_GOTO(put_round(frame, &report->all[k], r, p, scratch));
        }
        fal_free(scratch);
        fal_free(p);
        scratch = p = NULL;
    }
    status = fal_frame_status(frame);
done:
    fal_free(scratch);
    fal_free(p);
    return status;
}

static const fal_frame_column areas[] = {
    {"setting", FAL_FRAME_NAME, 0, "dataset and parameters that differ from the defaults"},
    {"strategy", FAL_FRAME_NAME, 0, "strategy"},
    {"other", FAL_FRAME_NAME, 0, "strategy that is subtracted"},
    {"seeds", FAL_FRAME_INT, 0, "that both have"},
    {"al_rounds", FAL_FRAME_INT, 0, "that all these curves have"},
    {"mean_difference", FAL_FRAME_REAL, 2, "of the areas, in percentage points"},
    {"sd", FAL_FRAME_REAL, 2, "of the differences"},
    {"ci_low", FAL_FRAME_REAL, 2, "95 % t interval of the mean"},
    {"ci_high", FAL_FRAME_REAL, 2, "95 % t interval of the mean"},
    {"t", FAL_FRAME_REAL, 2, "paired t-test"},
    {"p", FAL_FRAME_P, 0, "of t, two-sided"},
    {"p_holm", FAL_FRAME_P, 0, "after Holm over the pairs of the setting"},
    {"hodges_lehmann", FAL_FRAME_REAL, 2, "median of the Walsh averages"},
    {"hl_low", FAL_FRAME_REAL, 2, "its exact interval"},
    {"hl_high", FAL_FRAME_REAL, 2, "its exact interval"},
    {"hl_coverage", FAL_FRAME_REAL, 3, "of the exact interval"},
    {"wilcoxon_w", FAL_FRAME_REAL, 1, "rank sum of positive differences"},
    {"wilcoxon_p", FAL_FRAME_P, 0, "exact, two-sided"},
    {"wilcoxon_p_holm", FAL_FRAME_P, 0, "after Holm over the pairs of the setting"},
    {"needed_seeds", FAL_FRAME_INT, 0, "seeds that find a true difference of 1 point in 8 of 10 studies"},
};

static const fal_frame_column against[] = {
    {"setting", FAL_FRAME_NAME, 0, "dataset and parameters that differ from the defaults"},
    {"strategy", FAL_FRAME_NAME, 0, "strategy"},
    {"other", FAL_FRAME_NAME, 0, "random, or where there is none the first strategy"},
    {"seeds", FAL_FRAME_INT, 0, "that both have"},
    {"mean_difference", FAL_FRAME_REAL, 2, "of the areas, in percentage points"},
    {"ci_low", FAL_FRAME_REAL, 2, "95 % t interval of the mean"},
    {"ci_high", FAL_FRAME_REAL, 2, "95 % t interval of the mean"},
    {"hodges_lehmann", FAL_FRAME_REAL, 2, "median of the Walsh averages"},
    {"hl_low", FAL_FRAME_REAL, 2, "its exact interval"},
    {"hl_high", FAL_FRAME_REAL, 2, "its exact interval"},
    {"p_holm", FAL_FRAME_P, 0, "after Holm over the pairs of the setting"},
};

/* The pairs of the strategy that others are compared with, turned so that it is subtracted. */
static void put_against(fal_frame *frame, const fal_setting *setting, const fal_area_test *tests, size_t pairs)
{
    const int random = fal_setting_find(setting, "random");
    const char *base = setting->strategies[random >= 0 ? random : 0];
    for (size_t c = 0; c < pairs; c++) {
        const fal_area_test *test = &tests[c];
        const bool turned = test->strategy == base;
        if (!turned && test->other != base) {
            continue;
        }
        const double sign = turned ? -1 : 1;
        const double t_ends[2] = {sign * test->test.ci_low, sign * test->test.ci_high};
        const bool covers = test->shift.coverage > 0; /* an interval of one seed covers nothing */
        const double ends[2] = {covers ? sign * test->shift.low : NAN, covers ? sign * test->shift.high : NAN};
        fal_frame_put_text(frame, setting->name);
        fal_frame_put_text(frame, turned ? test->other : test->strategy);
        fal_frame_put_text(frame, base);
        fal_frame_put_int(frame, test->test.seeds);
        fal_frame_put_real(frame, sign * test->test.mean);
        fal_frame_put_real(frame, t_ends[turned]);
        fal_frame_put_real(frame, t_ends[!turned]);
        fal_frame_put_real(frame, sign * test->shift.estimate);
        fal_frame_put_real(frame, ends[turned]);
        fal_frame_put_real(frame, ends[!turned]);
        fal_frame_put_real(frame, test->holm);
    }
}

static void put_area(fal_frame *frame, const fal_setting *setting, const fal_area_test *test)
{
    const fal_stats_test *paired = &test->test;
    const double values[] = {paired->mean,    paired->sd,         paired->ci_low,       paired->ci_high,
                             paired->t,       paired->p,          test->holm,           test->shift.estimate,
                             test->shift.low, test->shift.high,   test->shift.coverage, test->w,
                             test->wilcoxon,  test->wilcoxon_holm};
    fal_frame_put_text(frame, setting->name);
    fal_frame_put_text(frame, test->strategy);
    fal_frame_put_text(frame, test->other);
    fal_frame_put_int(frame, paired->seeds);
    fal_frame_put_int(frame, test->rounds);
    for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
        fal_frame_put_real(frame, values[v]);
    }
    fal_frame_put_int(frame, test->needed > 0 ? test->needed : FAL_TABLE_MISSING);
}

fal_status fal_frames_areas(fal_report *report)
{
    fal_status status = FAL_OK;
    fal_frame *frame = FAL_REPORT_FRAME(report, "aulc", "Areas under the learning curves, paired over seeds", areas);
    fal_frame *base = FAL_REPORT_FRAME(report, "aulc_against", "Areas against random", against);
    double *scratch = NULL;
    fal_area_test *tests = NULL;
    for (int k = 0; k < report->setting_count; k++) {
        const fal_setting *setting = &report->settings[k];
        const size_t n = (size_t)setting->strategy_count;
        const size_t pairs = n * (n - 1) / 2;
        FAL_TRY_GOTO(fal_alloc(&scratch, 2 * (size_t)setting->curve_count + pairs, sizeof *scratch, "areas"));
        FAL_TRY_GOTO(fal_alloc(&tests, pairs, sizeof *tests, "areas"));
        FAL_TRY_GOTO(fal_area_tests(setting, scratch, tests));
        for (size_t c = 0; c < pairs; c++) {
            put_area(frame, setting, &tests[c]);
        }
        put_against(base, setting, tests, pairs);
        fal_free(tests);
        fal_free(scratch);
        tests = NULL;
        scratch = NULL;
    }
    FAL_TRY_GOTO(fal_frame_status(base));
    status = fal_frame_status(frame);
done:
    fal_free(tests);
    fal_free(scratch);
    return status;
}
