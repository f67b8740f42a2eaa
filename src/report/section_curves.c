/* Learning curves: a figure and a table for each setting. */
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/plot/chart.h"

#include "section_internal.h"

/* Columns of the frames "accuracy" and "seeds". */
enum { AL_ROUND = 2, SEEDS = 4, MEAN = 5, SD = 6, LOW = 7, HIGH = 8, LABELLED = 9, SEED_LABELLED = 5, SEED_VALUE = 6 };

static const char *random_of(const fal_setting *setting)
{
    const int at = fal_setting_find(setting, "random");
    return at >= 0 ? setting->strategies[at] : NULL;
}

/* Rows AL rounds, columns strategies. */
static fal_status add_table(fal_report *report, const fal_setting *setting, int number)
{
    const fal_frame *frame = fal_report_frame(report, "accuracy");
    const int n = setting->strategy_count;
    char name[64];
    fal_view view;
    FAL_TRY(fal_view_create(&view, fal_report_measure(report), setting->rounds + 1, n + 2, 2));
    fal_view_text(&view, 0, 0, "AL round");
    fal_view_text(&view, 0, 1, "labelled %%");
    for (int s = 0; s < n; s++) {
        int64_t count = 0;
        const int64_t first = fal_report_rows(frame, setting->name, setting->strategies[s], &count);
        fal_view_text(&view, 0, s + 2, "%s", setting->strategies[s]);
        for (int64_t i = 0; i < count; i++) {
            const int round = (int)fal_frame_at(frame, first + i, AL_ROUND)->integer;
            const bool several = fal_frame_at(frame, first + i, SEEDS)->integer > 1;
            fal_view_number(&view, round, 0, frame, first + i, AL_ROUND, -1);
            fal_view_number(&view, round, 1, frame, first + i, LABELLED, -1);
            fal_view_number(&view, round, s + 2, frame, first + i, MEAN, several ? SD : -1);
        }
    }
    for (int r = 2; r <= setting->rounds; r++) {
        fal_view_mark(&view, r, true, 2, n + 1, false);
    }
    (void)snprintf(name, sizeof name, "accuracy_%d", number);
    const fal_status status = fal_section_table(report, &view, name);
    fal_view_destroy(&view);
    return status;
}

fal_frame_chart fal_curves_chart(const char *title, const char *background, bool small)
{
    return (fal_frame_chart){.frame = "accuracy",
                             .title = title,
                             .x_name = "labelled images, per cent",
                             .y_name = "per cent correct",
                             .x = LABELLED,
                             .y = MEAN,
                             .low = LOW,
                             .high = HIGH,
                             .thin = "seeds",
                             .thin_x = SEED_LABELLED,
                             .thin_y = SEED_VALUE,
                             .background = background,
                             .small = small};
}

static fal_status draw_legend(const void *figure, fal_svg_use use, fal_text *svg)
{
    return fal_chart_legend(figure, use, svg);
}

/* Small figures have no room for all names. */
static fal_status add_legend(fal_report *report)
{
    fal_chart_series *series = NULL;
    FAL_TRY(fal_alloc(&series, (size_t)report->strategy_count, sizeof *series, "legend"));
    for (int s = 0; s < report->strategy_count; s++) {
        series[s] = (fal_chart_series){.name = report->strategies[s], .colour = s};
    }
    const fal_chart chart = {.title = "Strategies", .series = series, .series_count = report->strategy_count};
    const fal_status status = fal_section_figure(report, draw_legend, &chart, NULL, "legend", true);
    fal_free(series);
    return status;
}

static fal_status add_figures(fal_report *report)
{
    const bool small = report->setting_count > 1;
    if (small) {
        FAL_TRY(add_legend(report));
    }
    fal_section_grid(report, true);
    for (int k = 0; k < report->setting_count; k++) {
        const fal_setting *setting = &report->settings[k];
        char name[64];
        const fal_frame_chart chart = fal_curves_chart(setting->name, random_of(setting), small);
        (void)snprintf(name, sizeof name, "curves_%d", k + 1);
        FAL_TRY(fal_frame_chart_add(report, &chart, setting->name, name, !small));
    }
    fal_section_grid(report, false);
    return FAL_OK;
}

fal_status fal_section_curves(fal_report *report)
{
    fal_section_begin(report, "curves", "Learning curves");
    fal_section_say(
        report,
        "%s against labelled images, mean over seeds. Bands are 95 %% confidence intervals of the mean%s; the "
        "grey band is the interval of random. %s",
        fal_report_measure(report), fal_report_frame(report, "seeds")->aside ? "" : ", faint lines single seeds",
        fal_frame_chart_marks(report) ? "Move over a point for its numbers." : "The tables have the numbers.");
    FAL_TRY(add_figures(report));
    fal_section_say(report, "Tables: mean ± standard deviation over seeds; best in bold, second underlined.");
    for (int k = 0; k < report->setting_count; k++) {
        fal_section_open(report, report->settings[k].name, report->setting_count == 1, "%s", report->settings[k].name);
        FAL_TRY(add_table(report, &report->settings[k], k + 1));
        fal_section_close(report);
    }
    fal_section_end(report);
    return fal_text_status(&report->html);
}
