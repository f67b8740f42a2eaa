/* Class by class: how well the last global models tell each, what was bought of it, and what they take it for. */
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/plot/heat.h"

#include "section_internal.h"

/* Columns of "classes" and "confusion". */
enum { CLASS = 2, NAME = 3, SENSITIVITY = 5, HELD_PERCENT = 8, LABELLED_PERCENT = 9, C_TRUE = 2, C_PERCENT = 5 };
enum { SETTINGS_DRAWN = 4, CELLS_DRAWN = 400 };

/* Rows classes; what the clients hold, then for each strategy sensitivity, then what it bought. */
static fal_status add_table(fal_report *report, const fal_setting *setting, int number)
{
    const fal_frame *frame = fal_report_frame(report, "classes");
    const int n = setting->strategy_count;
    int64_t all = 0;
    int64_t count = 0;
    char name[64];
    fal_view view;
    const int64_t start = fal_report_rows(frame, setting->name, NULL, &all);
    if (start < 0) {
        fal_section_say(report, "These results do not say how classes were told.");
        return FAL_OK;
    }
    (void)fal_report_rows(frame, setting->name, fal_frame_at(frame, start, 1)->text, &count);
    FAL_TRY(fal_view_create(&view,
                            "Sensitivity: per cent of a class's test images that are told, mean over seeds; and "
                            "the class's share of labels",
                            (int)count + 1, 3 + 2 * n, 2));
    fal_view_text(&view, 0, 0, "class");
    fal_view_text(&view, 0, 1, "name");
    fal_view_text(&view, 0, 2, "held %%");
    for (int s = 0; s < n; s++) {
        int64_t rows = 0;
        const int64_t first = fal_report_rows(frame, setting->name, setting->strategies[s], &rows);
        fal_view_text(&view, 0, 3 + s, "%s", setting->strategies[s]);
        fal_view_text(&view, 0, 3 + n + s, "%s: labels %%", setting->strategies[s]);
        for (int64_t c = 0; c < rows && c < count; c++) {
            const int row = (int)c + 1;
            fal_view_number(&view, row, 0, frame, first + c, CLASS, -1);
            fal_view_text(&view, row, 1, "%s", fal_frame_at(frame, first + c, NAME)->text);
            fal_view_number(&view, row, 2, frame, first + c, HELD_PERCENT, -1);
            fal_view_number(&view, row, 3 + s, frame, first + c, SENSITIVITY, -1);
            fal_view_number(&view, row, 3 + n + s, frame, first + c, LABELLED_PERCENT, -1);
        }
    }
    for (int r = 1; r <= (int)count; r++) {
        fal_view_mark(&view, r, true, 3, 2 + n, false);
    }
    (void)snprintf(name, sizeof name, "classes_%d", number);
    const fal_status status = fal_section_table(report, &view, name);
    fal_view_destroy(&view);
    return status;
}

static fal_status add_confusion(fal_report *report, const fal_setting *setting, const char *strategy, const char *name)
{
    const fal_frame *frame = fal_report_frame(report, "confusion");
    int64_t count = 0;
    double *values = NULL;
    char title[128];
    const int64_t first = fal_report_rows(frame, setting->name, strategy, &count);
    if (first < 0 || count > CELLS_DRAWN || frame->aside) {
        return FAL_OK;
    }
    const int classes = (int)fal_frame_at(frame, first + count - 1, C_TRUE)->integer + 1;
    FAL_TRY(fal_alloc(&values, (size_t)count, sizeof *values, "confusion"));
    for (int64_t i = 0; i < count; i++) {
        values[i] = fal_frame_at(frame, first + i, C_PERCENT)->real;
    }
    (void)snprintf(title, sizeof title, "Confusion of %.80s", strategy);
    const fal_heat heat = {.title = title,
                           .note = "per cent of the true class's test images, all seeds",
                           .row_name = "true",
                           .column_name = "predicted",
                           .values = values,
                           .low = 0,
                           .high = 100,
                           .rows = classes,
                           .columns = classes,
                           .source = "confusion.5",
                           .first_row = first};
    const fal_status status = fal_section_figure(report, fal_draw_heat, &heat, setting->name, name, true);
    fal_free(values);
    return status;
}

fal_status fal_section_classes(fal_report *report)
{
    fal_section_begin(report, "classes", "Classes");
    fal_section_say(report,
                    "Of the global models after the last AL round. Where classes differ much in number, accuracy "
                    "hides how the rare ones fare: compare by --measure balanced, the mean of these columns.");
    const bool tables = !fal_report_frame(report, "classes")->aside;
    if (!tables) {
        fal_section_say(report, "Too long for this page: classes.csv and confusion.csv have it.");
    }
    for (int k = 0; k < report->setting_count && tables; k++) {
        const fal_setting *setting = &report->settings[k];
        fal_section_open(report, setting->name, report->setting_count == 1, "%s", setting->name);
        FAL_TRY(add_table(report, setting, k + 1));
        fal_section_grid(report, true);
        for (int s = 0; s < setting->strategy_count && k < SETTINGS_DRAWN; s++) {
            char name[64];
            (void)snprintf(name, sizeof name, "confusion_%d_%d", k + 1, s + 1);
            FAL_TRY(add_confusion(report, setting, setting->strategies[s], name));
        }
        fal_section_grid(report, false);
        fal_section_close(report);
    }
    fal_section_end(report);
    return fal_text_status(&report->html);
}
