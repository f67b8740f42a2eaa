/* The end of a job: tables, curves and verdict of its trials, and the page. */
#include "fal_hpc_end.h"

#include <string.h>

#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/io/file.h"
#include "fal/report/report.h"
#include "fal/report/summary.h"
#include "defaults.h"

/* Several strategies and several seeds: there may be something to count. */
static bool can_be_compared(const fal_collection *found)
{
    bool strategies = false;
    bool seeds = false;
    for (int i = 1; i < found->count; i++) {
        strategies = strategies || strcmp(found->curves[i].strategy, found->curves[0].strategy) != 0;
        seeds = seeds || found->curves[i].seed != found->curves[0].seed;
    }
    return strategies && seeds;
}

static fal_status read_trials(const fal_plan *plan, const fal_params *params, fal_collection *found)
{
    const fal_measure measure =
        strcmp(fal_params_text(params, "measure"), "balanced") == 0 ? FAL_MEASURE_BALANCED : FAL_MEASURE_ACCURACY;
    FAL_TRY(fal_alloc(&found->curves, (size_t)plan->count, sizeof *found->curves, "summary"));
    for (int i = 0; i < plan->count; i++) {
        FAL_TRY(fal_curve_read(plan->trials[i].id.path, measure, &found->curves[i]));
        found->count++;
    }
    return FAL_OK;
}

static fal_status print(const fal_collection *found, const fal_report *report, const fal_summary_options *options)
{
    fal_text text = {0};
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_summary_accuracy(found->curves, found->count, &text));
    FAL_TRY_GOTO(fal_summary_winning(found->curves, found->count, options, &text));
    if (can_be_compared(found)) {
        FAL_TRY_GOTO(fal_summary_penalty(found->curves, found->count, options, &text));
        FAL_TRY_GOTO(fal_report_sketch(report, &text));
        fal_text_add(&text, "\n%s\n", fal_report_verdict(report));
    }
    FAL_TRY_GOTO(fal_text_status(&text));
    fal_log_print(text.chars);
done:
    fal_text_destroy(&text);
    return status;
}

fal_status fal_hpc_conclude(const fal_plan *plan, const fal_params *params)
{
    fal_status status = FAL_OK;
    fal_collection found = {0};
    fal_report *report = NULL;
    fal_report_default *defaults = NULL;
    fal_report_options options = {.summary.student = strcmp(fal_params_text(params, "threshold"), "student") == 0};
    const char *folder = fal_params_text(params, "report");
    FAL_TRY_GOTO(read_trials(plan, params, &found));
    FAL_TRY_GOTO(fal_defaults_take(&defaults, &options.default_count));
    options.defaults = defaults;
    FAL_TRY_GOTO(fal_report_create(&found, &options, &report));
    FAL_TRY_GOTO(fal_report_fill(report));
    FAL_TRY_GOTO(print(&found, report, &options.summary));
    if (folder[0] != '\0') {
        FAL_TRY_GOTO(fal_report_write(report, folder, NULL, 0, NULL));
        fal_log_say("report: %s/report.html", folder);
    }
done:
    fal_report_destroy(report);
    fal_free(defaults);
    fal_collection_destroy(&found);
    return status;
}

fal_status fal_hpc_check_report(const fal_params *params)
{
    const char *folder = fal_params_text(params, "report");
    return folder[0] != '\0' ? fal_file_make_folder(folder) : FAL_OK;
}
