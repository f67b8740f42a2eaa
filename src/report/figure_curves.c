/* The learning curves of a setting as a chart. */
#include "fal/report/figures.h"

#include <math.h>
#include <stdio.h>

#include "fal/base/memory.h"
#include "fal/plot/chart.h"

#include "setting_internal.h"

enum { ROWS = 4 }; /* x, y, low, high of a strategy */

/* One strategy: where no seed has reached an AL round there is no point, with a single seed no band. */
static void fill(const fal_setting *setting, int strategy, double *values, double *room, fal_chart_series *series)
{
    const int rounds = setting->rounds;
    double *x = room;
    double *y = x + rounds;
    double *low = y + rounds;
    double *high = low + rounds;
    for (int r = 0; r < rounds; r++) {
        const int seeds = fal_setting_accuracies(setting, strategy, r, values);
        const double half =
            seeds > 1 ? fal_stats_threshold(true, seeds) * fal_stats_sd(values, seeds) / sqrt(seeds) : NAN;
        x[r] = 100 * fal_setting_share(setting, r);
        y[r] = seeds > 0 ? fal_stats_mean(values, seeds) : NAN;
        low[r] = y[r] - half;
        high[r] = y[r] + half;
    }
    *series = (fal_chart_series){.name = setting->strategies[strategy],
                                 .colour = strategy,
                                 .points = rounds,
                                 .x = x,
                                 .y = y,
                                 .low = low,
                                 .high = high};
}

/* How many seeds the means are over. */
static void describe(const fal_setting *setting, char *note, size_t size)
{
    int least = fal_setting_seeds(setting, 0);
    int most = least;
    for (int s = 1; s < setting->strategy_count; s++) {
        const int seeds = fal_setting_seeds(setting, s);
        least = seeds < least ? seeds : least;
        most = seeds > most ? seeds : most;
    }
    if (most == 1) {
        (void)snprintf(note, size, "One seed: this proves nothing about strategies.");
    } else if (least == most) {
        (void)snprintf(note, size, "Mean over %d seeds; band: 95 %% confidence interval of the mean.", most);
    } else {
        (void)snprintf(note, size, "Mean over %d to %d seeds; band: 95 %% confidence interval of the mean.", least,
                       most);
    }
}

static fal_status draw(const fal_setting *setting, fal_text *svg)
{
    const size_t strategies = (size_t)setting->strategy_count;
    double *values = NULL;
    double *room = NULL;
    fal_chart_series *series = NULL;
    char note[128];
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&values, (size_t)setting->curve_count, sizeof *values, "learning curves"));
    FAL_TRY_GOTO(fal_alloc(&room, strategies * ROWS * (size_t)setting->rounds + 1, sizeof *room, "learning curves"));
    FAL_TRY_GOTO(fal_alloc(&series, strategies, sizeof *series, "learning curves"));
    for (int s = 0; s < setting->strategy_count; s++) {
        fill(setting, s, values, room + (size_t)s * ROWS * (size_t)setting->rounds, &series[s]);
    }
    describe(setting, note, sizeof note);
    const bool balanced = setting->curves[0]->measure == FAL_MEASURE_BALANCED;
    const fal_chart chart = {.title = balanced ? "Balanced test accuracy" : "Test accuracy",
                             .x_name = "labelled images, per cent",
                             .y_name = balanced ? "per cent correct, mean of the classes" : "per cent correct",
                             .notes = {note, setting->name},
                             .series = series,
                             .series_count = setting->strategy_count};
    status = fal_chart_svg(&chart, FAL_SVG_FILE, svg);
done:
    fal_free(series);
    fal_free(room);
    fal_free(values);
    return status;
}

fal_status fal_figure_curves(const fal_curve *curves, int count, fal_text *svg)
{
    fal_setting *settings = NULL;
    int setting_count = 0;
    FAL_TRY(fal_study_create(curves, count, &settings, &setting_count));
    fal_status status = FAL_OK;
    if (setting_count == 1) {
        status = draw(&settings[0], svg);
    } else {
        status =
            fal_fail(FAL_ERR_USAGE, "learning curves: a picture shows one setting, but these are %d (%.200s, %.200s%s)",
                     setting_count, settings[0].name, settings[1].name, setting_count > 2 ? ", ..." : "");
    }
    fal_study_destroy(settings, setting_count);
    return status;
}
