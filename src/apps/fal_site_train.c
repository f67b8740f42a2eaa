/* fal_site train: a site's part of an FL round. */
#include <math.h>
#include <string.h>

#include "fal/base/log.h"
#include "fal/base/text.h"
#include "fal/io/file.h"
#include "fal/site/train.h"
#include "fal_site_command.h"
#include "output.h"

typedef struct {
    const char *global, *output;
    double answers_needed;
    fal_site_machine machine;
} request;

static fal_status take_needed(void *to, const char *name, const char *value)
{
    request *in = to;
    if (strcmp(value, "all") == 0) {
        in->answers_needed = INFINITY;
        return FAL_OK;
    }
    if (!fal_text_to_real(value, &in->answers_needed) || !isfinite(in->answers_needed) || in->answers_needed < 0 ||
        (in->answers_needed >= 1 && in->answers_needed != floor(in->answers_needed))) {
        return fal_fail(FAL_ERR_USAGE, "--%s %.40s: must be all, a whole number of answers, or a share of them below 1",
                        name, value);
    }
    return FAL_OK;
}

static const fal_option options[] = {
    {"global", "G.h5", "the G that came last", FAL_OPTION_TO_TEXT(request, global)},
    {"output", "UPDATE.h5", "the update to write, which goes back to whoever coordinates",
     FAL_OPTION_TO_TEXT(request, output), .letter = 'o'},
    {"answers-needed", "all|N|SHARE",
     "so many questions of the AL round must have answers before it is trained on;\nwhat has none stays in the pool",
     "all", FAL_OPTION_TO(take_needed)},
    FAL_SITE_MACHINE_OPTIONS(request)};

/* The state goes first: killed in between, the same command gives the same update. */
static fal_status finish(const request *in, const fal_site *site, const fal_site_study *study,
                         const fal_site_training *training)
{
    const fal_update *update = &training->update;
    FAL_TRY(fal_site_save(site));
    if (!training->takes_part) {
        fal_log_say("site %s was not drawn for FL round %lld of AL round %lld: there is nothing to send",
                    site->state.name, (long long)study->fl_done + 1, (long long)study->al_round);
        return FAL_OK;
    }
    FAL_TRY(fal_update_write(update, study, in->output));
    fal_log_say("%s: site %s, AL round %lld, FL round %lld of %d%s: %lld labelled images", in->output, site->state.name,
                (long long)update->al_round, (long long)update->fl_round, study->settings.fl_rounds,
                training->repeated ? ", once more" : "", (long long)update->images);
    return FAL_OK;
}

static fal_status run(fal_command_call *call)
{
    const request *in = call->request;
    const char *path = NULL;
    fal_site_study *study = NULL;
    fal_site *site = NULL;
    fal_site_training training = {0};
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_site_one_file(call, "train", "the site's file", &path));
    FAL_TRY_GOTO(fal_site_need_global(in->global));
    FAL_TRY_GOTO(fal_output_check(in->output, "update", "update of fal_site",
                                  "name the update to write, -o "
                                  "NAME.update.h5"));
    const char *const inputs[] = {path, in->global};
    FAL_TRY_GOTO(fal_file_refuse_input(in->output, inputs, 2));
    FAL_TRY_GOTO(fal_site_open_both(path, in->global, &in->machine, &site, &study));
    FAL_TRY_GOTO(fal_site_train(site, study, in->answers_needed, (fal_kernels)in->machine.kernels, &training));
    status = finish(in, site, study, &training);
done:
    fal_update_destroy(&training.update);
    fal_site_close(site);
    fal_site_study_destroy(study);
    return status;
}

const fal_command fal_site_train_command = {.name = "train",
                                            .usage = "NAME.h5 --global G.h5 -o NAME.update.h5",
                                            .help = "site: one FL round's local training; only the update leaves",
                                            .options = options,
                                            .option_count = sizeof options / sizeof *options,
                                            .request_size = sizeof(request),
                                            .run = run};
