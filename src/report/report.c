/* The report as an object: settings and comparisons, and the frames that follow from learning curves alone. */
#include <string.h>

#include "fal/base/memory.h"

#include "report_internal.h"

/* All strategies, by name. */
static fal_status list_strategies(fal_report *report)
{
    FAL_TRY(fal_alloc(&report->strategies, (size_t)report->found->count, sizeof *report->strategies, "report"));
    for (int k = 0; k < report->setting_count; k++) {
        for (int s = 0; s < report->settings[k].strategy_count; s++) {
            const char *name = report->settings[k].strategies[s];
            int at = 0;
            while (at < report->strategy_count && strcmp(report->strategies[at], name) < 0) {
                at++;
            }
            if (at == report->strategy_count || strcmp(report->strategies[at], name) != 0) {
                memmove(report->strategies + at + 1, report->strategies + at,
                        (size_t)(report->strategy_count - at) * sizeof *report->strategies);
                report->strategies[at] = name;
                report->strategy_count++;
            }
        }
    }
    return FAL_OK;
}

static fal_status compare(fal_report *report)
{
    const fal_summary_options *options = &report->options.summary;
    FAL_TRY(fal_study_create(report->found->curves, report->found->count, &report->settings, &report->setting_count));
    FAL_TRY(fal_alloc(&report->all, (size_t)report->setting_count, sizeof *report->all, "report"));
    for (int i = 0; i < report->setting_count; i++) {
        FAL_TRY(fal_comparison_create(&report->settings[i], options->student,
                                      options->tested ? FAL_STATS_TESTED : FAL_STATS_ALL, &report->all[i]));
    }
    FAL_TRY(fal_ranking_create(report->settings, report->setting_count, &report->ranking));
    return list_strategies(report);
}

fal_status fal_report_create(const fal_collection *found, const fal_report_options *options, fal_report **report)
{
    fal_status status = FAL_OK;
    fal_report *made = NULL;
    FAL_TRY(fal_alloc(&made, 1, sizeof *made, "report"));
    made->found = found;
    made->options = *options;
    FAL_TRY_GOTO(compare(made));
    FAL_TRY_GOTO(fal_frames_accuracy(made));
    FAL_TRY_GOTO(fal_frames_column(made));
    FAL_TRY_GOTO(fal_frames_winning(made));
    FAL_TRY_GOTO(fal_frames_t_scores(made));
    FAL_TRY_GOTO(fal_frames_penalty(made));
    FAL_TRY_GOTO(fal_frames_areas(made));
    FAL_TRY_GOTO(fal_frames_ranks(made));
    *report = made;
    made = NULL;
done:
    fal_report_destroy(made);
    return status;
}

void fal_report_destroy(fal_report *report)
{
    if (report == NULL) {
        return;
    }
    for (int i = 0; i < report->frame_count; i++) {
        fal_frame_destroy(&report->frames[i]);
    }
    for (int64_t i = 0; i < report->file_count; i++) {
        fal_text_destroy(&report->files[i].text);
    }
    fal_free(report->files);
    for (int i = 0; report->all != NULL && i < report->setting_count; i++) {
        fal_comparison_destroy(&report->all[i]);
    }
    fal_text_destroy(&report->verdict);
    fal_text_destroy(&report->contents);
    fal_text_destroy(&report->html);
    for (int i = 0; report->parameters != NULL && i < report->setting_count; i++) {
        fal_free(report->parameters[i].rows);
    }
    fal_free(report->parameters);
    fal_ranking_destroy(&report->ranking);
    fal_free(report->strategies);
    fal_free(report->all);
    fal_study_destroy(report->settings, report->setting_count);
    fal_free(report);
}
