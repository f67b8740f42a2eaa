/* The decision at the start of a trial. */
#include "resume_internal.h"

#include <string.h>

#include "fal/base/log.h"
#include "fal/base/text.h"
#include "fal/io/file.h"

/* FAL_OK and *complete if the results file is there, whole, complete and of this trial. */
static fal_status look_at_results(const fal_trial_id *trial, const fal_dataset *dataset, bool *complete)
{
    fal_h5 *file = NULL;
    fal_status status = FAL_OK;
    char differs[256] = "";
    char word[32] = "";
    bool unsaid = false;
    *complete = false;
    if (!fal_file_exists(trial->path)) {
        return FAL_OK;
    }
    FAL_TRY_GOTO(fal_h5_open(trial->path, &file));
    FAL_TRY_GOTO(fal_h5_check_format(file, "results", FAL_RESULTS_VERSION));
    FAL_TRY_GOTO(fal_h5_get_text(file, "/", "status", word, sizeof word));
    FAL_TRY_GOTO(fal_identity_compare(file, trial, dataset, differs, sizeof differs, &unsaid));
    if (differs[0] != '\0') {
        status = fal_fail(FAL_ERR_USAGE,
                          "%s: holds results of another %s: give --name or another --output, or move the file away",
                          trial->path, differs);
        goto done;
    }
    if (unsaid) {
        fal_log_warn_once(FAL_IDENTITY_UNSAID, trial->path);
    }
    *complete = strcmp(word, "complete") == 0;
done:
    fal_h5_close(file);
    return status;
}

static fal_status look_at_checkpoints(const fal_trial_id *trial, const fal_dataset *dataset, fal_checkpoint *checkpoint,
                                      bool *found)
{
    *found = false;
    fal_status first = FAL_OK;
    for (int previous = 0; previous < 2; previous++) {
        char path[FAL_PATH_MAX];
        fal_name_checkpoint(trial->path, previous != 0, path);
        if (!fal_file_exists(path)) {
            continue;
        }
        fal_status status = fal_checkpoint_read(path, trial, dataset, checkpoint);
        if (status == FAL_OK) {
            status = fal_checkpoint_check(path, trial, dataset, checkpoint);
        }
        if (status == FAL_OK) {
            *found = true;
            if (first != FAL_OK) {
                fal_log_warn("%s; going on from the previous checkpoint", fal_status_message());
                fal_status_clear();
            }
            return FAL_OK;
        }
        if (status != FAL_ERR_INPUT) {
            return status;
        }
        first = status; /* its message stays: the first one wins */
    }
    if (first != FAL_OK) {
        char message[FAL_MESSAGE_MAX];
        (void)fal_text_copy(message, sizeof message, fal_status_message());
        fal_status_clear();
        return fal_fail(first, "%s; no other checkpoint can be read: remove the .ckpt files to start this trial anew",
                        message);
    }
    return FAL_OK;
}

void fal_resume_look(const fal_trial_id *trial, const fal_dataset *dataset, fal_checkpoint *checkpoint)
{
    bool found = false;
    (void)look_at_results(trial, dataset, &found);
    fal_status_clear();
    (void)look_at_checkpoints(trial, dataset, checkpoint, &found);
    fal_status_clear();
}

/* What rank 0 found becomes everybody's answer. Collective. */
static fal_status agree_on(const fal_comm *group, fal_status status, bool mine, bool *answer)
{
    FAL_TRY(fal_comm_agree(group, status));
    fal_comm_broadcast(group, &mine, sizeof mine, 0);
    *answer = mine;
    return FAL_OK;
}

fal_status fal_resume_is_complete(const fal_comm *group, const fal_trial_id *trial, const fal_dataset *dataset,
                                  bool *complete)
{
    bool found = false;
    const fal_status status = fal_comm_rank(group) == 0 ? look_at_results(trial, dataset, &found) : FAL_OK;
    return agree_on(group, status, found, complete);
}

fal_status fal_resume_look_for_checkpoint(const fal_comm *group, const fal_trial_id *trial, const fal_dataset *dataset,
                                          fal_checkpoint *checkpoint, bool *found)
{
    bool mine = false;
    const fal_status status =
        fal_comm_rank(group) == 0 ? look_at_checkpoints(trial, dataset, checkpoint, &mine) : FAL_OK;
    return agree_on(group, status, mine, found);
}
