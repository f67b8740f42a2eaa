/* fal_site merge: what the sites sent becomes the next G. */
#include "fal/base/log.h"
#include "fal/io/file.h"
#include "fal/site/merge.h"
#include "fal_site_command.h"
#include "output.h"

typedef struct {
    const char *global, *output;
    fal_merge_options how;
} request;

static const fal_option options[] = {
    {"global", "G.h5", "the G that the sites trained from", FAL_OPTION_TO_TEXT(request, global)},
    {"output", "G.h5", "the next G, which goes to every site", FAL_OPTION_TO_TEXT(request, output), .letter = 'o'},
    {"partial", NULL, "go on without the sites that are missing", FAL_OPTION_TO_FLAG(request, how.partial)},
    {"alone", NULL, "one site alone may have images: the next G, which all get, is its update then",
     FAL_OPTION_TO_FLAG(request, how.alone)},
    {"mixed-kernels", NULL, "sites may have trained with different instruction sets",
     FAL_OPTION_TO_FLAG(request, how.mixed_kernels)}};

static void say(const request *in, const fal_site_study *study, const fal_merge_report *report)
{
    fal_text sites = {0};
    char place[FAL_SITE_STUDY_PLACE];
    fal_site_study_place(study, place);
    for (int64_t i = 0; i < study->merged.count; i++) {
        const fal_row_merged *row = fal_table_row(&study->merged, i);
        if (row->fl_round == study->fl_done) {
            fal_text_add(&sites, "%s%s %lld", sites.length > 0 ? ", " : "", study->sites[row->client].name,
                         (long long)row->images);
        }
    }
    fal_log_say("%s: %s%s; labelled images: %s", in->output, place, fal_site_study_is_final(study) ? ", final" : "",
                sites.chars != NULL ? sites.chars : "none");
    if (report->missing.length > 0) {
        fal_log_say("without %s", report->missing.chars);
    }
    fal_text_destroy(&sites);
}

static fal_status run(fal_command_call *call)
{
    const request *in = call->request;
    fal_site_study *study = NULL;
    fal_site_study *there = NULL;
    fal_merge_report report = {0};
    fal_status status = FAL_OK;
    if (call->file_count == 0) {
        return fal_fail(FAL_ERR_USAGE, "merge: give the updates of the sites: fal_site merge *.update.h5 --global G.h5 "
                                       "-o NEXT.h5");
    }
    FAL_TRY_GOTO(fal_site_need_global(in->global));
    FAL_TRY_GOTO(fal_output_check(in->output, "study", "study of fal_site", "name the next G, -o NEXT.h5"));
    FAL_TRY_GOTO(fal_file_refuse_input(in->output, &in->global, 1));
    FAL_TRY_GOTO(fal_file_refuse_input(in->output, call->files, call->file_count));
    FAL_TRY_GOTO(fal_site_open_output(in->output, &there));
    FAL_TRY_GOTO(fal_site_study_open(in->global, &study));
    status = fal_site_study_merge(study, call->files, call->file_count, &in->how, &report);
    fal_site_show_lines(report.files.chars, false);
    FAL_TRY_GOTO(status);
    FAL_TRY_GOTO(fal_site_check_output(in->output, there, study));
    FAL_TRY_GOTO(fal_site_study_write(study, in->output));
    fal_site_show_lines(report.warnings.chars, true);
    say(in, study, &report);
done:
    fal_merge_report_destroy(&report);
    fal_site_study_destroy(there);
    fal_site_study_destroy(study);
    return status;
}

const fal_command fal_site_merge_command = {.name = "merge",
                                            .usage = "UPDATE.h5... --global G.h5 -o NEXT.h5",
                                            .help = "coordinator: the updates of an FL round become the next G",
                                            .options = options,
                                            .option_count = sizeof options / sizeof *options,
                                            .request_size = sizeof(request),
                                            .run = run};
