/* What fal_report prints and writes. */
#include <string.h>

#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/io/file.h"
#include "fal/report/figures.h"
#include "fal/report/summary.h"
#include "defaults.h"
#include "fal_report.h"
#include "output.h"

fal_status fal_report_check_picture(const fal_report_request *in)
{
    const size_t length = in->picture != NULL ? strlen(in->picture) : 0;
    if (length > 0 && (length < 5 || strcmp(in->picture + length - 4, ".svg") != 0)) {
        return fal_fail(FAL_ERR_USAGE, "--curves %.200s: a picture's name ends in .svg", in->picture);
    }
    if (length > 0) {
        FAL_TRY(fal_file_refuse_input(in->picture, in->paths, in->path_count));
        return fal_output_check_text(in->picture, "<", "SVG picture");
    }
    return FAL_OK;
}

static fal_status add_tables(const fal_collection *found, const fal_report_request *in, fal_text *text)
{
    FAL_TRY(fal_summary_accuracy(found->curves, found->count, text));
    FAL_TRY(fal_summary_winning(found->curves, found->count, &in->summary, text));
    if (in->penalty) {
        FAL_TRY(fal_summary_penalty(found->curves, found->count, &in->summary, text));
    }
    if (in->aulc) {
        FAL_TRY(fal_summary_aulc(found->curves, found->count, text));
        FAL_TRY(fal_summary_aulc_ranks(found->curves, found->count, text));
    }
    return fal_text_status(text);
}

/* The CSVs of what the tables would show, a blank line between them. */
static void add_csv(const fal_report *report, const fal_report_request *in, fal_text *text)
{
    const char *const ids[] = {in->column != NULL ? "column" : "accuracy", in->column != NULL ? NULL : "winning_rate",
                               in->column == NULL && in->penalty ? "penalty" : NULL,
                               in->column == NULL && in->aulc ? "aulc" : NULL,
                               in->column == NULL && in->aulc ? "aulc_ranks" : NULL};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        if (ids[i] != NULL) {
            fal_text_add(text, "%s", i > 0 ? "\n" : "");
            fal_frame_csv(fal_report_frame(report, ids[i]), text);
        }
    }
}

static fal_status print(const fal_collection *found, const fal_report *report, const fal_report_request *in)
{
    fal_status status = FAL_OK;
    fal_text text = {0};
    if (in->json) {
        fal_report_json(report, &text);
    } else if (in->latex) {
        fal_report_latex(report, &text);
    } else if (in->csv) {
        add_csv(report, in, &text);
    } else if (in->column != NULL) {
        FAL_TRY_GOTO(fal_summary_column(found->curves, found->count, in->column, &text));
    } else {
        FAL_TRY_GOTO(add_tables(found, in, &text));
    }
    FAL_TRY_GOTO(fal_text_status(&text));
    fal_log_print(text.chars);
done:
    fal_text_destroy(&text);
    return status;
}

/* The page, and beside it the terminal's tables with the verdict. */
static fal_status write_folder(const fal_collection *found, const fal_report *report, const fal_report_request *in)
{
    fal_status status = FAL_OK;
    fal_text text = {0};
    fal_report_request all = *in;
    all.penalty = all.aulc = true;
    fal_text_add(&text, "%s", fal_report_verdict(report));
    FAL_TRY_GOTO(add_tables(found, &all, &text));
    status = fal_report_write(report, in->folder, in->paths, in->path_count, &text);
done:
    fal_text_destroy(&text);
    return status;
}

static void say_verdict(const fal_report *report, const char *folder)
{
    fal_log_say("%s", "");
    fal_log_print(fal_report_verdict(report));
    fal_log_say("%s", "");
    fal_log_say("report: %s/report.html", folder);
}

static fal_status draw_curves(const fal_report *report, const char *path)
{
    fal_text svg = {0};
    fal_status status = fal_figure_curves(report, &svg);
    if (status == FAL_OK) {
        status = fal_file_replace(path, svg.chars, svg.length);
    }
    fal_text_destroy(&svg);
    return status;
}

fal_status fal_report_put(const fal_collection *found, const fal_collection *baseline, const fal_report_request *in)
{
    fal_status status = FAL_OK;
    fal_report *report = NULL;
    fal_report_default *defaults = NULL;
    fal_report_options options = {
        .summary = in->summary, .column = in->column, .data = in->data, .baseline = baseline, .foreign = true};
    FAL_TRY_GOTO(fal_defaults_take(&defaults, &options.default_count));
    options.defaults = defaults;
    FAL_TRY_GOTO(fal_report_create(found, &options, &report));
    if (in->folder != NULL || in->json || in->latex) {
        FAL_TRY_GOTO(fal_report_fill(report));
    }
    FAL_TRY_GOTO(print(found, report, in));
    if (in->folder != NULL) {
        FAL_TRY_GOTO(write_folder(found, report, in));
        if (!in->json && !in->latex && !in->csv) { /* these are for programs */
            say_verdict(report, in->folder);
        }
    }
    if (in->picture != NULL) {
        FAL_TRY_GOTO(draw_curves(report, in->picture));
    }
done:
    fal_report_destroy(report);
    fal_free(defaults);
    return status;
}
