/* The verdict: the first thing of the page, made from the same frames as its tables. */
#include "verdict_internal.h"

#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/sort.h"
#include "fal/io/table.h"

/* Columns of "aulc". */
enum { STRATEGY = 1, OTHER = 2, SEEDS = 3, MEAN = 5, SD = 6, HOLM = 11, NEEDED = 19 };
/* Two figures that are the same where they are shown. */
static const double SAME = 0.005;
/* Pairs that are named; of more only the number is said. */
enum { PAIRS_NAMED = 6 };

/* Differences that are all equal have no spread to judge them by: few seeds on a small test set do that by chance. */
static bool is_told_apart(const fal_frame *pairs, int64_t row)
{
    return fal_frame_at(pairs, row, HOLM)->real < 0.05 && fal_frame_at(pairs, row, SD)->real > 0;
}

/* The row of a pair in a setting's rows of "aulc"; -1: none. */
static int64_t find_pair(const fal_frame *pairs, const char *setting, const char *a, const char *b)
{
    for (int64_t r = 0; r < pairs->row_count; r++) {
        const char *first = fal_frame_at(pairs, r, STRATEGY)->text;
        const char *second = fal_frame_at(pairs, r, OTHER)->text;
        if (strcmp(fal_frame_at(pairs, r, 0)->text, setting) == 0 &&
            ((strcmp(first, a) == 0 && strcmp(second, b) == 0) || (strcmp(first, b) == 0 && strcmp(second, a) == 0))) {
            return r;
        }
    }
    return -1;
}

/* ---- what is best ---------------------------------------------------------------------------------------------- */

static void say_lead(fal_report *report, const fal_setting *setting, const char *best, const char *second)
{
    const fal_frame *pairs = fal_report_frame(report, "aulc");
    const int random = fal_setting_find(setting, "random");
    const bool against_random = random >= 0 && strcmp(best, "random") != 0;
    const char *rival = against_random ? setting->strategies[random] : second;
    const int64_t row = find_pair(pairs, setting->name, best, rival);
    if (row < 0 || isnan(fal_frame_at(pairs, row, MEAN)->real)) {
        return;
    }
    /* Over the pair's own seeds, which may be more than those that all strategies share. */
    const bool first = strcmp(fal_frame_at(pairs, row, STRATEGY)->text, best) == 0;
    const double lead = first ? fal_frame_at(pairs, row, MEAN)->real : -fal_frame_at(pairs, row, MEAN)->real;
    const int64_t seeds = fal_frame_at(pairs, row, SEEDS)->integer;
    fal_text_add(&report->verdict, ": %.2f points %s %s over the %lld seed%s that both have, %s", fabs(lead),
                 lead < 0 ? "below" : "above", rival, (long long)seeds, seeds == 1 ? "" : "s",
                 is_told_apart(pairs, row) ? "more than chance explains (5 %, Holm)"
                                           : "which these seeds can't tell from chance");
}

/* Of the diagnostics (docs/strategies.md) the one that nobody could use: it chooses by the true labels. */
static bool sees_labels(const char *strategy) { return strcmp(strategy, "oracle-balanced") == 0; }

/* Leaves out of the order who sees labels; the number of those left. */
static int contenders(const fal_setting *setting, int64_t *order)
{
    int kept = 0;
    for (int i = 0; i < setting->strategy_count; i++) {
        if (!sees_labels(setting->strategies[order[i]])) {
            order[kept++] = order[i];
        }
    }
    return kept;
}

static void say_bound(fal_report *report)
{
    for (int i = 0; i < report->strategy_count; i++) {
        if (sees_labels(report->strategies[i])) {
            fal_text_add(&report->verdict,
                         "%s chooses by labels that nobody has: an upper bound, no strategy to use.\n",
                         report->strategies[i]);
        }
    }
}

static fal_status say_best_of_one(fal_report *report)
{
    const fal_setting *setting = &report->settings[0];
    const int n = setting->strategy_count;
    double *means = NULL;
    int64_t *order = NULL;
    const fal_curve **matched = NULL;
    fal_status status = FAL_OK;
    if (n < 2) {
        fal_text_add(&report->verdict, "One strategy (%s): there is nothing to compare.\n", setting->strategies[0]);
        return FAL_OK;
    }
    FAL_TRY_GOTO(fal_alloc(&means, (size_t)n, sizeof *means, "verdict"));
    FAL_TRY_GOTO(fal_alloc(&order, (size_t)n, sizeof *order, "verdict"));
    FAL_TRY_GOTO(fal_alloc(&matched, (size_t)n, sizeof(const fal_curve *), "verdict"));
    const int seeds = fal_setting_common_areas(setting, setting->strategies, n, matched, means);
    if (seeds == 0 || isnan(means[0])) {
        fal_text_add(&report->verdict, "No verdict: the strategies share no seed with at least 2 AL rounds.\n");
        goto done;
    }
    FAL_TRY_GOTO(fal_sort_falling(means, order, n));
    if (contenders(setting, order) < 2) {
        fal_text_add(&report->verdict, "One strategy (%s) beside an upper bound: there is nothing to compare.\n",
                     setting->strategies[order[0]]);
        goto done;
    }
    if (means[order[0]] - means[order[1]] < SAME) {
        fal_text_add(&report->verdict, "%s and %s lead together by area under the learning curve (%.2f %%)",
                     setting->strategies[order[0]], setting->strategies[order[1]], means[order[0]]);
    } else {
        fal_text_add(&report->verdict, "Best by area under the learning curve is %s (%.2f %%)",
                     setting->strategies[order[0]], means[order[0]]);
        say_lead(report, setting, setting->strategies[order[0]], setting->strategies[order[1]]);
    }
    fal_text_add(&report->verdict, ".\n");
done:
    fal_free(matched);
    fal_free(order);
    fal_free(means);
    return status;
}

static void say_ranks(fal_report *report, const fal_ranking *all)
{
    if (all->rank[1] - all->rank[0] < SAME) {
        fal_text_add(&report->verdict,
                     "%s and %s lead together over %d settings, with a mean rank of %.2f among %d "
                     "strategies (1 is best).\n",
                     all->names[0], all->names[1], all->kept, all->rank[0], all->n);
    } else {
        fal_text_add(&report->verdict,
                     "Best over %d settings is %s, with a mean rank of %.2f among %d strategies (1 is best), before %s "
                     "with %.2f; %s.\n",
                     all->kept, all->names[0], all->rank[0], all->n, all->names[1], all->rank[1],
                     all->holm[0] < 0.05 ? "these two can be told apart (5 %, Holm)"
                                         : "these two can't be told apart from ranks");
    }
    if (all->kept < report->setting_count || all->n < report->strategy_count) {
        fal_text_add(&report->verdict,
                     "Ranked are %d of %d settings and %d of %d strategies: those that all of these "
                     "settings have.\n",
                     all->kept, report->setting_count, all->n, report->strategy_count);
    }
    fal_text_add(&report->verdict, "Friedman's test over settings: p %s %.3f.\n", all->p < 0.001 ? "<" : "=",
                 all->p < 0.001 ? 0.001 : all->p);
}

static void say_best_of_many(fal_report *report)
{
    if (fal_ranking_is_there(&report->ranking)) {
        say_ranks(report, &report->ranking);
    } else if (report->strategy_count == 1) {
        fal_text_add(&report->verdict, "One strategy (%s) in %d settings: there is nothing to compare.\n",
                     report->strategies[0], report->setting_count);
    } else {
        fal_text_add(&report->verdict,
                     "%d settings, but no two strategies have areas in all that compare any: there is "
                     "no order over all. Each has its own tables below.\n",
                     report->setting_count);
    }
}

/* ---- pairs and seeds ------------------------------------------------------------------------------------------- */

static void name_pair(fal_report *report, const fal_frame *pairs, int64_t row, bool first)
{
    const bool forwards = fal_frame_at(pairs, row, MEAN)->real > 0;
    fal_text_add(&report->verdict, "%s%s over %s", first ? ": " : ", ",
                 fal_frame_at(pairs, row, forwards ? STRATEGY : OTHER)->text,
                 fal_frame_at(pairs, row, forwards ? OTHER : STRATEGY)->text);
}

static void say_pairs(fal_report *report)
{
    const fal_frame *pairs = fal_report_frame(report, "aulc");
    int64_t tested = 0;
    int64_t told = 0;
    for (int64_t r = 0; r < pairs->row_count; r++) {
        tested += !isnan(fal_frame_at(pairs, r, HOLM)->real);
        told += is_told_apart(pairs, r);
    }
    if (tested == 0) {
        return;
    }
    fal_text_add(&report->verdict,
                 "%lld of %lld pairs of strategies can be told apart (5 %%, Holm over the pairs of a "
                 "setting)",
                 (long long)told, (long long)tested);
    for (int64_t r = 0, named = 0; told <= PAIRS_NAMED && report->setting_count == 1 && r < pairs->row_count; r++) {
        if (is_told_apart(pairs, r)) {
            name_pair(report, pairs, r, named++ == 0);
        }
    }
    fal_text_add(&report->verdict, told < tested ? "; for the others the order may be chance.\n" : ".\n");
}

static void say_seeds(fal_report *report)
{
    const fal_frame *pairs = fal_report_frame(report, "aulc");
    int64_t least = INT64_MAX;
    int64_t most = 0;
    int64_t need_least = INT64_MAX;
    int64_t need_most = 0;
    for (int64_t r = 0; r < pairs->row_count; r++) {
        const int64_t seeds = fal_frame_at(pairs, r, SEEDS)->integer;
        const int64_t needed = fal_frame_at(pairs, r, NEEDED)->integer;
        least = seeds < least ? seeds : least;
        most = seeds > most ? seeds : most;
        if (needed != FAL_TABLE_MISSING) {
            need_least = needed < need_least ? needed : need_least;
            need_most = needed > need_most ? needed : need_most;
        }
    }
    if (pairs->row_count == 0) {
        return;
    }
    fal_text_add(&report->verdict, "Pairs share %lld", (long long)least);
    if (least < most) {
        fal_text_add(&report->verdict, " to %lld", (long long)most);
    }
    fal_text_add(&report->verdict, " seed%s.", most == 1 ? "" : "s");
    if (need_most > 0) {
        fal_text_add(&report->verdict, " To find a true difference of 1 point in 8 of 10 studies, a pair needs %lld",
                     (long long)need_least);
        if (need_most > need_least) {
            fal_text_add(&report->verdict, " to %lld", (long long)need_most);
        }
        fal_text_add(&report->verdict, " seeds, if they spread as these do.");
    }
    fal_text_add(&report->verdict, "\n");
}

fal_status fal_verdict(fal_report *report)
{
    if (report->setting_count == 1) {
        FAL_TRY(say_best_of_one(report));
    } else {
        say_best_of_many(report);
    }
    say_bound(report);
    say_pairs(report);
    say_seeds(report);
    FAL_TRY(fal_verdict_warnings(report));
    return fal_text_status(&report->verdict);
}
