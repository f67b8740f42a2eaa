/* Frames of learning curves: every seed, and the mean over seeds. */
#include <math.h>
#include <string.h>

#include "fal/base/memory.h"

#include "report_internal.h"

/* The columns of a mean over seeds; `value` is what is called so. */
#define MEAN_COLUMNS(value, spread)                                                                                    \
    {                                                                                                                  \
        {"setting", FAL_FRAME_NAME, 0, "dataset and parameters that differ from the defaults"},                        \
            {"strategy", FAL_FRAME_NAME, 0, "query strategy"},                                                         \
            {"al_round", FAL_FRAME_INT, 0, "AL round, 1 is the random start"},                                         \
            {"labelled_share", FAL_FRAME_REAL, 4, "labelled images / all images of the clients"},                      \
            {"seeds", FAL_FRAME_INT, 0, "seeds that reached the AL round"},                                            \
            {value, FAL_FRAME_REAL, 2, "mean over these seeds"},                                                       \
            {spread, FAL_FRAME_REAL, 2, "standard deviation over these seeds"},                                        \
            {"ci_low", FAL_FRAME_REAL, 2, "95 % confidence interval of the mean"},                                     \
            {"ci_high", FAL_FRAME_REAL, 2, "95 % confidence interval of the mean"},                                    \
            {"labelled_percent", FAL_FRAME_REAL, 2, "labelled_share in per cent"},                                     \
    }
static const fal_frame_column plain_means[] = MEAN_COLUMNS("accuracy_percent", "sd_percent");
static const fal_frame_column balanced_means[] = MEAN_COLUMNS("balanced_accuracy_percent", "sd_percent");
enum { MEANS = sizeof plain_means / sizeof plain_means[0], VALUE = 5 };

static void put_mean(fal_frame *frame, const fal_setting *setting, int s, int r, const double *values, int seeds)
{
    const double mean = fal_stats_mean(values, seeds);
    const double sd = fal_stats_sd(values, seeds);
    const double half = seeds > 1 ? fal_stats_threshold(true, seeds) * sd / sqrt(seeds) : NAN;
    const double share = fal_setting_share(setting, r);
    fal_frame_put_text(frame, setting->name);
    fal_frame_put_text(frame, setting->strategies[s]);
    fal_frame_put_int(frame, r + 1);
    fal_frame_put_real(frame, share);
    fal_frame_put_int(frame, seeds);
    fal_frame_put_real(frame, mean);
    fal_frame_put_real(frame, sd);
    fal_frame_put_real(frame, mean - half);
    fal_frame_put_real(frame, mean + half);
    fal_frame_put_real(frame, 100 * share);
}

static const fal_frame_column seeds_columns[] = {
    {"setting", FAL_FRAME_NAME, 0, "dataset and parameters that differ from the defaults"},
    {"strategy", FAL_FRAME_NAME, 0, "query strategy"},
    {"seed", FAL_FRAME_INT, 0, "seed"},
    {"al_round", FAL_FRAME_INT, 0, "AL round, 1 is the random start"},
    {"labelled", FAL_FRAME_INT, 0, "labelled images of all clients"},
    {"labelled_percent", FAL_FRAME_REAL, 2, "of all images of the clients"},
    {"accuracy_percent", FAL_FRAME_REAL, 2, "the measure, of one seed"},
};

static void put_seeds(fal_frame *frame, const fal_setting *setting, const char *strategy)
{
    for (int c = 0; c < setting->curve_count; c++) {
        const fal_curve *curve = setting->curves[c];
        for (int r = 0; r < curve->rounds && strcmp(curve->strategy, strategy) == 0; r++) {
            fal_frame_put_text(frame, setting->name);
            fal_frame_put_text(frame, strategy);
            fal_frame_put_int(frame, curve->seed);
            fal_frame_put_int(frame, r + 1);
            fal_frame_put_int(frame, curve->row[r].labelled);
            fal_frame_put_real(frame, 100 * curve->share[r]);
            fal_frame_put_real(frame, 100 * curve->accuracy[r]);
        }
    }
}

fal_status fal_frames_accuracy(fal_report *report)
{
    double *values = NULL;
    const bool balanced = report->found->curves[0].measure == FAL_MEASURE_BALANCED;
    fal_frame *mean =
        fal_report_new_frame(report, "accuracy", "Mean over seeds", balanced ? balanced_means : plain_means, MEANS);
    fal_frame *each = FAL_REPORT_FRAME(report, "seeds", "Every seed", seeds_columns);
    FAL_TRY(fal_alloc(&values, (size_t)report->found->count, sizeof *values, "report"));
    for (int i = 0; i < report->setting_count; i++) {
        const fal_setting *setting = &report->settings[i];
        for (int s = 0; s < setting->strategy_count; s++) {
            for (int r = 0; r < setting->rounds; r++) {
                const int seeds = fal_setting_accuracies(setting, s, r, values);
                if (seeds > 0) {
                    put_mean(mean, setting, s, r, values, seeds);
                }
            }
            put_seeds(each, setting, setting->strategies[s]);
        }
    }
    fal_free(values);
    FAL_TRY(fal_frame_status(each));
    return fal_frame_status(mean);
}

fal_status fal_frames_column(fal_report *report)
{
    static const fal_frame_column columns[] = MEAN_COLUMNS("", "sd");
    const fal_column *column = NULL;
    double *values = NULL;
    if (report->options.column == NULL) {
        return FAL_OK;
    }
    FAL_TRY(fal_setting_find_column(report->options.column, &column));
    memcpy(report->column_columns, columns, sizeof columns);
    report->column_columns[VALUE].name = column->name;
    fal_frame *frame = fal_report_new_frame(report, "column", column->description, report->column_columns, MEANS);
    frame->aside = true;
    FAL_TRY(fal_alloc(&values, (size_t)report->found->count, sizeof *values, "report"));
    for (int i = 0; i < report->setting_count; i++) {
        const fal_setting *setting = &report->settings[i];
        for (int s = 0; s < setting->strategy_count; s++) {
            for (int r = 0; r < setting->rounds; r++) {
                const int seeds = fal_setting_values(setting, s, r, column, 1, values);
                if (seeds > 0) {
                    put_mean(frame, setting, s, r, values, seeds);
                }
            }
        }
    }
    fal_free(values);
    return fal_frame_status(frame);
}
