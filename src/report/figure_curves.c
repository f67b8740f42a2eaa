/* The learning curves of the one setting of a report, as a picture of their own. */
#include "fal/report/figures.h"

#include <stdio.h>

#include "section_internal.h"

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

fal_status fal_figure_curves(const fal_report *report, fal_text *svg)
{
    char note[128];
    if (report->setting_count != 1) {
        return fal_fail(FAL_ERR_USAGE,
                        "learning curves: a picture shows one setting, but these are %d (%.200s, %.200s%s)",
                        report->setting_count, report->settings[0].name, report->settings[1].name,
                        report->setting_count > 2 ? ", ..." : "");
    }
    describe(&report->settings[0], note, sizeof note);
    fal_frame_chart chart = fal_curves_chart(fal_report_measure(report), NULL, false);
    chart.notes[0] = note;
    chart.notes[1] = report->settings[0].name;
    return fal_frame_chart_draw(report, &chart, report->settings[0].name, FAL_SVG_FILE, svg);
}
