/* fal_site predict: what the model of a study says about a site's images. */
#include "fal/base/log.h"
#include "fal/base/text.h"
#include "fal/io/file.h"
#include "fal/site/predict.h"
#include "fal_site_command.h"
#include "output.h"

typedef struct {
    const char *global, *output;
    fal_site_machine machine;
} request;

static const fal_option options[] = {
    {"global", "G.h5", "the G whose model is asked", FAL_OPTION_TO_TEXT(request, global)},
    {"output", "FILE.csv", "the table to write: stays here, it has the files' names",
     FAL_OPTION_TO_TEXT(request, output), .letter = 'o'},
    FAL_SITE_MACHINE_OPTIONS(request)};

static fal_status predict(const request *in, fal_site *site, const fal_site_study *study)
{
    fal_text csv = {0};
    fal_site_prediction found;
    fal_status status = fal_site_predict(site, study, (fal_kernels)in->machine.kernels, &csv, &found);
    if (status == FAL_OK) {
        status = fal_file_replace(in->output, csv.chars, csv.length);
    }
    if (status == FAL_OK) {
        fal_log_say("%s: %lld images", in->output, (long long)found.images);
    }
    if (status == FAL_OK && found.test > 0) {
        fal_log_say("test accuracy %.2f %% (%lld of %lld)", 100.0 * (double)found.right / (double)found.test,
                    (long long)found.right, (long long)found.test);
    }
    fal_text_destroy(&csv);
    return status;
}

static fal_status run(fal_command_call *call)
{
    const request *in = call->request;
    const char *path = NULL;
    fal_site_study *study = NULL;
    fal_site *site = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_site_one_file(call, "predict", "the site's file", &path));
    FAL_TRY_GOTO(fal_site_need_global(in->global));
    if (in->output == NULL || !fal_text_ends_with(in->output, ".csv")) {
        status = fal_fail(FAL_ERR_USAGE, "--output: name the table to write, -o predictions.csv");
        goto done;
    }
    FAL_TRY_GOTO(fal_output_check_text(in->output, FAL_SITE_PREDICT_HEAD, "table of fal_site predict"));
    FAL_TRY_GOTO(fal_site_open_both(path, in->global, &in->machine, &site, &study));
    status = predict(in, site, study);
done:
    fal_site_close(site);
    fal_site_study_destroy(study);
    return status;
}

const fal_command fal_site_predict_command = {.name = "predict",
                                              .usage = "NAME.h5 --global G.h5 -o predictions.csv",
                                              .help = "site: what the model says about its images",
                                              .options = options,
                                              .option_count = sizeof options / sizeof *options,
                                              .request_size = sizeof(request),
                                              .run = run};
