/* What speaks against trusting the verdict. */
#include <math.h>
#include <string.h>

#include "fal/io/table.h"

#include "categories_internal.h"
#include "verdict_internal.h"

enum { SEEDS_ENOUGH = 6, AULC_SEEDS = 3, LOSSES_ABOVE = 9, STILL_FALLS = 10, TRIAL_STRATEGY = 1 };
/* A trial counts as undertrained from this share of clients on. */
static const double CLIENTS_ABOVE = 50;

static void warn_few_seeds(fal_report *report)
{
    const fal_frame *pairs = fal_report_frame(report, "aulc");
    int64_t least = SEEDS_ENOUGH;
    for (int64_t r = 0; r < pairs->row_count; r++) {
        const int64_t seeds = fal_frame_at(pairs, r, AULC_SEEDS)->integer;
        least = seeds < least ? seeds : least;
    }
    if (pairs->row_count > 0 && least < SEEDS_ENOUGH) {
        fal_text_add(&report->verdict,
                     "Warning: few seeds. Below %d no exact interval covers 95 %% and Wilcoxon's p stays above 0.05. "
                     "Run the same command with --seeds 1-%d; trials that are done are not run again.\n",
                     SEEDS_ENOUGH, SEEDS_ENOUGH);
    }
}

/* Trials that a full crossing of a setting's strategies and seeds would have. */
static void warn_missing(fal_report *report)
{
    int missing = 0;
    int settings = 0;
    for (int k = 0; k < report->setting_count; k++) {
        const fal_setting *setting = &report->settings[k];
        int seeds = 0;
        for (int c = 0; c < setting->curve_count; c++) {
            bool seen = false;
            for (int before = 0; before < c && !seen; before++) {
                seen = setting->curves[before]->seed == setting->curves[c]->seed;
            }
            seeds += !seen;
        }
        const int here = seeds * setting->strategy_count - setting->curve_count;
        missing += here;
        settings += here > 0;
    }
    if (missing > 0) {
        fal_text_add(
            &report->verdict,
            "Warning: %d trial%s missing in %d setting%s: not every strategy has every seed, so pairs are over "
            "those that both have.\n",
            missing, missing == 1 ? " is" : "s are", settings, settings == 1 ? "" : "s");
    }
}

/* Undertrained models make strategies look alike. */
static void warn_training(fal_report *report)
{
    const fal_frame *trials = fal_report_frame(report, "trials");
    int64_t above = 0;
    int64_t falling = 0;
    for (int64_t r = 0; r < trials->row_count; r++) {
        above += fal_frame_at(trials, r, LOSSES_ABOVE)->real > CLIENTS_ABOVE;
        falling += fal_frame_at(trials, r, STILL_FALLS)->integer == 1;
    }
    if (above > 0 || falling > 0) {
        fal_text_add(
            &report->verdict,
            "Warning: training may not have converged. In %lld of %lld trials most clients end with a training "
            "loss above 0.1, and in %lld the loss still fell by more than 5 %% at the end: undertrained models "
            "make strategies look alike. More FL rounds, epochs or smaller batches would tell.\n",
            (long long)above, (long long)trials->row_count, (long long)falling);
    }
}

static fal_status warn_settings(fal_report *report)
{
    fal_categories all = {0};
    int others = 0;
    FAL_TRY(fal_categories_create(report, &all));
    for (int k = 0; k < report->setting_count; k++) {
        others += strcmp(all.of[k], FAL_CATEGORY_OTHER) == 0;
    }
    if (others > 0) {
        fal_text_add(
            &report->verdict,
            "Warning: %d setting%s in more than one parameter from the defaults: a difference between settings "
            "has no one cause there.\n",
            others, others == 1 ? " differs" : "s differ");
    }
    fal_categories_destroy(&all);
    return FAL_OK;
}

static void warn_left_out(fal_report *report)
{
    const int64_t left = report->found->left_out_count;
    if (left > 0) {
        fal_text_add(&report->verdict, "Warning: %lld file%s left out: the reasons are at the end of the page.\n",
                     (long long)left, left == 1 ? " was" : "s were");
    }
}

/* Areas and winning rates are over the AL rounds that all curves have. */
static void warn_short(fal_report *report)
{
    int shorter = 0;
    for (int k = 0; k < report->setting_count; k++) {
        for (int c = 0; c < report->settings[k].curve_count; c++) {
            shorter += report->settings[k].curves[c]->rounds < report->settings[k].rounds;
        }
    }
    if (shorter > 0) {
        fal_text_add(&report->verdict,
                     "Warning: %d trial%s fewer AL rounds than others of the same setting: what is compared with them "
                     "goes only as far as they do.\n",
                     shorter, shorter == 1 ? " has" : "s have");
    }
}

fal_status fal_verdict_warnings(fal_report *report)
{
    warn_few_seeds(report);
    warn_missing(report);
    warn_training(report);
    warn_left_out(report);
    warn_short(report);
    return warn_settings(report);
}
