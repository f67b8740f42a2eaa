/* The learning curves as a few lines of text, for the end of a job. */
#include <string.h>

#include "fal/base/memory.h"
#include "fal/plot/sketch.h"

#include "section_internal.h"

enum { MEAN = 5, LABELLED = 9 };

static fal_status add_setting(const fal_report *report, const fal_setting *setting, fal_text *text)
{
    const fal_frame *frame = fal_report_frame(report, "accuracy");
    const size_t n = (size_t)setting->strategy_count;
    const size_t rounds = (size_t)setting->rounds;
    fal_sketch_series *series = NULL;
    double *values = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&series, n, sizeof *series, "sketch"));
    FAL_TRY_GOTO(fal_alloc(&values, 2 * n * rounds, sizeof *values, "sketch"));
    for (size_t s = 0; s < n; s++) {
        int64_t count = 0;
        const int64_t first = fal_report_rows(frame, setting->name, setting->strategies[s], &count);
        double *x = values + 2 * s * rounds;
        double *y = x + rounds;
        for (int64_t i = 0; i < count; i++) {
            x[i] = fal_frame_at(frame, first + i, LABELLED)->real;
            y[i] = fal_frame_at(frame, first + i, MEAN)->real;
        }
        series[s] = (fal_sketch_series){.name = setting->strategies[s], .points = (int)count, .x = x, .y = y};
    }
    const fal_sketch sketch = {
        .x_name = "labelled images, per cent", .y_name = "per cent correct", .series = series, .series_count = (int)n};
    fal_text_add(text, "\n%s\n", setting->name);
    status = fal_sketch_text(&sketch, text);
done:
    fal_free(values);
    fal_free(series);
    return status;
}

fal_status fal_report_sketch(const fal_report *report, fal_text *text)
{
    enum { SETTINGS_SHOWN = 2 };
    for (int k = 0; k < report->setting_count && k < SETTINGS_SHOWN; k++) {
        FAL_TRY(add_setting(report, &report->settings[k], text));
    }
    return fal_text_status(text);
}
