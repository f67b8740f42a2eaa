/* What sections of the page are made of: headings, paragraphs, tables, figures. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"

#include "section_internal.h"

void fal_section_begin(fal_report *report, const char *id, const char *title)
{
    fal_text_add(&report->contents, "<li><a href=\"#%s\">%s</a></li>\n", id, title);
    fal_text_add(&report->html, "<section id=\"%s\">\n<h2>%s</h2>\n", id, title);
}

void fal_section_end(fal_report *report) { fal_text_add(&report->html, "</section>\n"); }

void fal_section_say(fal_report *report, const char *format, ...)
{
    fal_text plain = {0};
    va_list arguments;
    va_start(arguments, format);
    fal_text_add_list(&plain, format, arguments);
    va_end(arguments);
    fal_text_add(&report->html, "<p>");
    fal_svg_escape(&report->html, plain.chars != NULL ? plain.chars : "");
    fal_text_add(&report->html, "</p>\n");
    report->html.failed = report->html.failed || plain.failed;
    fal_text_destroy(&plain);
}

static void add_setting(fal_report *report, const char *setting)
{
    if (setting != NULL) {
        fal_text_add(&report->html, " data-setting=\"");
        fal_svg_escape(&report->html, setting);
        fal_text_add(&report->html, "\"");
    }
}

void fal_section_open(fal_report *report, const char *setting, bool open, const char *format, ...)
{
    char summary[1400];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(summary, sizeof summary, format, arguments);
    va_end(arguments);
    fal_text_add(&report->html, "<details%s", open ? " open" : "");
    add_setting(report, setting);
    fal_text_add(&report->html, "><summary>");
    fal_svg_escape(&report->html, summary);
    fal_text_add(&report->html, "</summary>\n");
}

void fal_section_close(fal_report *report) { fal_text_add(&report->html, "</details>\n"); }

void fal_section_grid(fal_report *report, bool begin)
{
    fal_text_add(&report->html, begin ? "<div class=\"grid\">\n" : "</div>\n");
}

/* A file beside the page, to be filled before the next one is made; *text stays NULL without a name. */
static fal_status new_file(fal_report *report, const char *folder, const char *name, const char *ending,
                           fal_text **text)
{
    if (name == NULL) {
        return FAL_OK;
    }
    FAL_TRY(fal_grow(&report->files, report->file_count, report->file_count + 1, &report->file_room,
                     sizeof *report->files, "files of the report"));
    fal_report_file *file = &report->files[report->file_count++];
    (void)snprintf(file->name, sizeof file->name, "%s/%s.%s", folder, name, ending);
    *text = &file->text;
    return FAL_OK;
}

fal_status fal_section_table(fal_report *report, const fal_view *view, const char *name)
{
    fal_text *latex = NULL;
    FAL_TRY(new_file(report, "tex", name, "tex", &latex));
    if (latex != NULL) {
        FAL_TRY(fal_view_latex(view, latex));
    }
    return fal_view_html(view, &report->html);
}

fal_status fal_section_rows(fal_report *report, const char *id, const char *setting, const char *caption,
                            const int *which, int fixed, const char *name)
{
    const fal_frame *frame = fal_report_frame(report, id);
    int64_t count = 0;
    fal_view view;
    const int64_t first = fal_report_rows(frame, setting, NULL, &count);
    if (first < 0) {
        return FAL_OK;
    }
    FAL_TRY(fal_view_of_frame(&view, caption, frame, first, count, which, fixed));
    fal_view_about(&view, 0, fixed > 1 ? 1 : -1, -1);
    const fal_status status = fal_section_table(report, &view, name);
    fal_view_destroy(&view);
    return status;
}

fal_status fal_section_figure(fal_report *report, fal_draw draw, const void *figure, const char *setting,
                              const char *name, bool broad)
{
    fal_text_add(&report->html, "<figure%s", broad ? " class=\"broad\" tabindex=\"0\"" : "");
    add_setting(report, setting);
    fal_text_add(&report->html, ">\n");
    FAL_TRY(draw(figure, FAL_SVG_INLINE, &report->html));
    fal_text_add(&report->html, "</figure>\n");
    fal_text *file = NULL;
    FAL_TRY(new_file(report, "svg", name, "svg", &file));
    return file != NULL ? draw(figure, FAL_SVG_FILE, file) : fal_text_status(&report->html);
}

int fal_report_colour(const fal_report *report, const char *strategy)
{
    for (int i = 0; i < report->strategy_count; i++) {
        if (strcmp(report->strategies[i], strategy) == 0) {
            return i;
        }
    }
    return report->strategy_count;
}

static bool is_row_of(const fal_frame *frame, int64_t row, const char *first, const char *second)
{
    return (first == NULL || strcmp(fal_frame_at(frame, row, 0)->text, first) == 0) &&
           (second == NULL || strcmp(fal_frame_at(frame, row, 1)->text, second) == 0);
}

int64_t fal_report_rows(const fal_frame *frame, const char *first, const char *second, int64_t *count)
{
    int64_t at = 0;
    *count = 0;
    while (at < frame->row_count && !is_row_of(frame, at, first, second)) {
        at++;
    }
    while (at + *count < frame->row_count && is_row_of(frame, at + *count, first, second)) {
        (*count)++;
    }
    return *count > 0 ? at : -1;
}
