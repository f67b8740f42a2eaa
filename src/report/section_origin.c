/* Where it comes from: parameters, trials and their files, what was left out. */
#include <string.h>

#include "categories_internal.h"
#include "section_internal.h"

static const fal_frame_column parameters[] = {
    {"parameter", FAL_FRAME_TEXT, 0, "scientific parameter (docs/parameters.md)"},
    {"value", FAL_FRAME_TEXT, 0, "value"},
    {"settings", FAL_FRAME_INT, 0, "that have it"},
    {"varies", FAL_FRAME_INT, 0, "1: not the same in all settings"},
};

/* One row for each value that occurs: of parameter i of setting k, at its first appearance. */
static void put_value(fal_report *report, fal_frame *frame, const fal_categories *all, int k, int i)
{
    const fal_detail *own = &report->parameters[k].rows[i];
    int64_t holders = 0;
    for (int other = 0; other < report->setting_count; other++) {
        const bool same = strcmp(fal_report_parameter(report, other, own->name), own->value) == 0;
        if (same && other < k) {
            return;
        }
        holders += same;
    }
    bool varies = false;
    for (int v = 0; v < all->varying_count; v++) {
        varies = varies || strcmp(all->varying[v], own->name) == 0;
    }
    fal_frame_put_text(frame, own->name);
    fal_frame_put_text(frame, own->value);
    fal_frame_put_int(frame, holders);
    fal_frame_put_int(frame, varies);
}

static fal_status add_parameters(fal_report *report)
{
    static const int which[] = {0, 1, 2, 3, -1};
    fal_categories all = {0};
    fal_view view = {0};
    fal_status status = FAL_OK;
    fal_frame *frame = FAL_REPORT_FRAME(report, "parameters", "Parameters", parameters);
    FAL_TRY(fal_categories_create(report, &all));
    for (int k = 0; k < report->setting_count; k++) {
        for (int i = 0; i < report->parameters[k].count; i++) {
            put_value(report, frame, &all, k, i);
        }
    }
    FAL_TRY_GOTO(fal_frame_status(frame));
    fal_section_open(report, NULL, false, "Parameters (%d differ between settings)", all.varying_count);
    FAL_TRY_GOTO(fal_view_of_frame(&view, "Parameters", frame, 0, frame->row_count, which, 2));
    FAL_TRY_GOTO(fal_section_table(report, &view, NULL));
    fal_section_close(report);
done:
    fal_view_destroy(&view);
    fal_categories_destroy(&all);
    return status;
}

static fal_status add_all(fal_report *report, const char *id, const char *caption, const int *which, int fixed)
{
    const fal_frame *frame = fal_report_frame(report, id);
    fal_view view;
    FAL_TRY(fal_view_of_frame(&view, caption, frame, 0, frame->row_count, which, fixed));
    if (fixed > 1) {
        fal_view_about(&view, 1, -1, 0);
    }
    fal_text_add(&report->html, "<div class=\"texts\">\n");
    const fal_status status = fal_section_table(report, &view, NULL);
    fal_text_add(&report->html, "</div>\n");
    fal_view_destroy(&view);
    return status;
}

fal_status fal_section_origin(fal_report *report)
{
    static const int trials[] = {0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19, 18, 3, -1};
    static const int of_many[] = {0, 1, 2, 5, 6, 7, 8, 11, 19, 18, -1};
    static const int left[] = {0, -1};
    enum { TRIALS_OPEN = 60 };
    const fal_frame *frame = fal_report_frame(report, "trials");
    const fal_frame *out = fal_report_frame(report, "left_out");
    fal_section_begin(report, "origin", "Where it comes from");
    fal_section_say(
        report,
        "%lld trials; %lld files were left out, of %lld only the learning curve is taken. Equal digests mean "
        "equal science, bit by bit, which takes equal kernels.",
        (long long)frame->row_count, (long long)report->found->left_out_count,
        (long long)(out->row_count - report->found->left_out_count));
    if (out->row_count > 0) {
        FAL_TRY(add_all(report, "left_out", "Left out, or taken in part", left, 1));
    }
    FAL_TRY(add_parameters(report));
    const bool few = frame->row_count <= TRIALS_OPEN;
    fal_section_open(report, NULL, few, "Trials");
    FAL_TRY(add_all(report, "trials",
                    few ? "Trials" : "Trials (files, losses, machines and versions are in trials.csv)",
                    few ? trials : of_many, 2));
    fal_section_close(report);
    fal_section_end(report);
    return fal_text_status(&report->html);
}
