/* fal_site start: a new study, or its next AL round. */
#include "fal/base/log.h"
#include "fal/io/file.h"
#include "fal_site_command.h"
#include "output.h"

typedef struct {
    const char *after, *init_model, *output;
} request;

static const fal_option options[] = {
    {"after", "G.h5", "begin the AL round that follows this final G, instead of a study",
     FAL_OPTION_TO_TEXT(request, after)},
    {"init-model", "FILE",
     "with --after, init = file: the model file that the study began with,\nif it does not lie here under its old name",
     FAL_OPTION_TO_TEXT(request, init_model)},
    {"output", "G0.h5", "the G to write, which goes to every site", FAL_OPTION_TO_TEXT(request, output),
     .letter = 'o'}};

static void explain(void)
{
    fal_log_print("\nstudy.ini: name, sites (north:500, south:300: training images; in this order they are the "
                  "clients 0, 1, ...),\nclasses, image (28x28x1), mean, std, and what differs from the defaults of "
                  "fal_hpc, e.g. strategy = logo.\n");
}

static fal_status make(const request *in, const fal_command_call *call, fal_site_study **study)
{
    const char *ini = NULL;
    if (in->after == NULL) {
        if (in->init_model != NULL) {
            return fal_fail(FAL_ERR_USAGE,
                            "--init-model goes with --after: a new study has it in study.ini (init_model)");
        }
        FAL_TRY(fal_site_one_file(call, "start", "study.ini, or --after G.h5", &ini));
        FAL_TRY(fal_file_refuse_input(in->output, &ini, 1));
        return fal_site_study_make(ini, study);
    }
    if (call->file_count > 0) {
        return fal_fail(FAL_ERR_USAGE, "%s: a study's parameters are in its G: leave it out with --after",
                        call->files[0]);
    }
    const char *const inputs[] = {in->after, in->init_model};
    FAL_TRY(fal_file_refuse_input(in->output, inputs, 2));
    FAL_TRY(fal_site_study_open(in->after, study));
    return fal_site_study_next(*study, in->init_model);
}

static fal_status run(fal_command_call *call)
{
    const request *in = call->request;
    fal_site_study *study = NULL;
    fal_site_study *there = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_output_check(in->output, "study", "study of fal_site", "name the G to write, -o G0.h5"));
    FAL_TRY_GOTO(fal_site_open_output(in->output, &there));
    FAL_TRY_GOTO(make(in, call, &study));
    FAL_TRY_GOTO(fal_site_check_output(in->output, there, study));
    FAL_TRY_GOTO(fal_site_study_write(study, in->output));
    fal_log_say("%s: study %s, %d sites with %lld images, %s, %s; AL round %lld of at most %lld, %d FL rounds each",
                in->output, study->name, study->clients, (long long)fal_site_study_images(study),
                fal_strategy_name(study->settings.strategy), study->settings.fed.algorithm, (long long)study->al_round,
                (long long)study->settings.al_rounds, study->settings.fl_rounds);
done:
    fal_site_study_destroy(there);
    fal_site_study_destroy(study);
    return status;
}

const fal_command fal_site_start_command = {.name = "start",
                                            .usage = "study.ini -o G0.h5",
                                            .help = "coordinator: begin a study, or with --after its next AL round",
                                            .explain = explain,
                                            .options = options,
                                            .option_count = sizeof options / sizeof *options,
                                            .request_size = sizeof(request),
                                            .run = run};
