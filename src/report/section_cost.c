/* What it cost: seconds and bytes of an AL round, and labels saved to reach an accuracy. */
#include <math.h>
#include <stdio.h>

#include "fal/base/memory.h"
#include "fal/plot/bars.h"

#include "section_internal.h"

static const fal_frame_column savings[] = {
    {"setting", FAL_FRAME_NAME, 0, "dataset and parameters that differ from the defaults"},
    {"strategy", FAL_FRAME_NAME, 0, "query strategy"},
    {"target_percent", FAL_FRAME_REAL, 2, "last mean accuracy of random"},
    {"labels_percent", FAL_FRAME_REAL, 2, "labelled images at which the mean curve first reaches it"},
    {"saved_percent", FAL_FRAME_REAL, 1, "1 - labels / labels of random"},
};

/* The mean curve of a strategy over its seeds: *rounds points of share and accuracy (a share, too). */
static void mean_curve(const fal_setting *setting, int strategy, double *values, double *share, double *mean,
                       int *rounds)
{
    *rounds = 0;
    for (int r = 0; r < setting->rounds; r++) {
        const int seeds = fal_setting_accuracies(setting, strategy, r, values);
        if (seeds > 0) {
            share[*rounds] = fal_setting_share(setting, r);
            mean[(*rounds)++] = fal_stats_mean(values, seeds);
        }
    }
}

/* The target is the last mean accuracy of random. */
static fal_status put_savings(fal_frame *frame, const fal_setting *setting)
{
    const int random = fal_setting_find(setting, "random");
    double *values = NULL;
    fal_status status = FAL_OK;
    int rounds = 0;
    if (random < 0) {
        return FAL_OK;
    }
    FAL_TRY_GOTO(
        fal_alloc(&values, (size_t)setting->curve_count + 2 * (size_t)setting->rounds, sizeof *values, "labels"));
    double *share = values + setting->curve_count;
    double *mean = share + setting->rounds;
    mean_curve(setting, random, values, share, mean, &rounds);
    const double target = rounds > 0 ? mean[rounds - 1] : NAN;
    const double needed = rounds > 0 ? fal_stats_labels_to_reach(share, mean, rounds, target) : NAN;
    for (int s = 0; s < setting->strategy_count; s++) {
        mean_curve(setting, s, values, share, mean, &rounds);
        const double own = rounds > 0 ? fal_stats_labels_to_reach(share, mean, rounds, target) : NAN;
        fal_frame_put_text(frame, setting->name);
        fal_frame_put_text(frame, setting->strategies[s]);
        fal_frame_put_real(frame, target);
        fal_frame_put_real(frame, 100 * own);
        fal_frame_put_real(frame, 100 * (1 - own / needed));
    }
done:
    fal_free(values);
    return status;
}

/* Training, local-only models, inference, selection: what tells strategies apart. */
static fal_status add_bars(fal_report *report, const fal_setting *setting, const char *name)
{
    static const struct {
        const char *name;
        int column;
    } sections[] = {{"training", 4}, {"local-only models", 5}, {"inference", 6}, {"selection", 7}};
    enum { SECTIONS = sizeof sections / sizeof *sections };
    const fal_frame *frame = fal_report_frame(report, "cost");
    fal_bars_series series[SECTIONS];
    double *values = NULL;
    int64_t count = 0;
    const int64_t first = fal_report_rows(frame, setting->name, NULL, &count);
    if (first < 0) {
        return FAL_OK;
    }
    FAL_TRY(fal_alloc(&values, SECTIONS * (size_t)count, sizeof *values, "cost"));
    for (int v = 0; v < SECTIONS; v++) {
        for (int64_t r = 0; r < count; r++) {
            values[v * count + r] = fal_frame_at(frame, first + r, sections[v].column)->real;
        }
        series[v] =
            (fal_bars_series){.name = sections[v].name, .colour = v, .values = values + v * count, .first_row = first};
    }
    const fal_bars bars = {.title = "Seconds of an AL round",
                           .value_name = "seconds, mean",
                           .categories = setting->strategies,
                           .category_count = (int)count,
                           .series = series,
                           .series_count = SECTIONS,
                           .decimals = 2,
                           .source = "cost.4.5.6.7"};
    const fal_status status = fal_section_figure(report, fal_draw_bars, &bars, NULL, name, true);
    fal_free(values);
    return status;
}

fal_status fal_section_cost(fal_report *report)
{
    static const int cost_columns[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, -1};
    static const int savings_columns[] = {1, 2, 3, 4, -1};
    enum { SETTINGS_DRAWN = 4 };
    fal_frame *frame = FAL_REPORT_FRAME(report, "savings", "Labels saved", savings);
    for (int k = 0; k < report->setting_count; k++) {
        FAL_TRY(put_savings(frame, &report->settings[k]));
    }
    FAL_TRY(fal_frame_status(frame));
    fal_section_begin(report, "cost", "What it cost");
    fal_section_say(report,
                    "Seconds as measured, on whatever machine and beside whatever else ran there. Labels saved: "
                    "what fewer labels than random a strategy's mean curve needs to reach random's last "
                    "accuracy; \"-\" where it does not.");
    for (int k = 0; k < report->setting_count; k++) {
        const fal_setting *setting = &report->settings[k];
        char name[64];
        fal_section_open(report, setting->name, report->setting_count == 1, "%s", setting->name);
        (void)snprintf(name, sizeof name, "cost_%d", k + 1);
        if (k < SETTINGS_DRAWN) {
            FAL_TRY(add_bars(report, setting, name));
        }
        FAL_TRY(fal_section_rows(report, "cost", setting->name, "Seconds of an AL round, and MiB sent", cost_columns, 1,
                                 name));
        (void)snprintf(name, sizeof name, "savings_%d", k + 1);
        FAL_TRY(fal_section_rows(report, "savings", setting->name, "Labels saved against random", savings_columns, 1,
                                 name));
        fal_section_close(report);
    }
    fal_section_end(report);
    return fal_text_status(&report->html);
}
