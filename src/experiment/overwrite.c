/* The files that a job writes must not be files that it reads: looked at before anything is made. */
#include <stdio.h>
#include <string.h>

#include "checkpoint_internal.h"
#include "fal/data/partition.h"
#include "fal/experiment/plan.h"
#include "fal/io/file.h"

enum { INI_FILES = 32, INPUTS = 3 + INI_FILES };

/** Results, checkpoints and lock of a trial. */
static fal_status check_trial(const fal_planned *trial, const char *const *inputs, int count)
{
    char path[FAL_PATH_MAX];
    FAL_TRY(fal_file_refuse_input(trial->path, inputs, count));
    for (int previous = 0; previous < 2; previous++) {
        fal_checkpoint_path(trial->path, previous, path);
        FAL_TRY(fal_file_refuse_input(path, inputs, count));
    }
    if (snprintf(path, sizeof path, "%s.lock", trial->path) >= (int)sizeof path) {
        return fal_fail(FAL_ERR_USAGE, "%s: the name is too long", trial->path);
    }
    return fal_file_refuse_input(path, inputs, count);
}

fal_status fal_plan_check_outputs(const fal_plan *plan, const char *dataset)
{
    char ini[INI_FILES][FAL_PARAMS_WHERE];
    for (int i = 0; i < plan->count; i++) {
        const fal_planned *trial = &plan->trials[i];
        const char *model = fal_params_text(trial->params, "init_model");
        const char *inputs[INPUTS] = {dataset, model[0] != '\0' ? model : NULL};
        fal_partition_settings partition = {0};
        int count = 3;
        int files = 0;
        FAL_TRY(fal_partition_parse(fal_params_text(trial->params, "partition"), &partition));
        inputs[2] = partition.kind == FAL_PARTITION_FILE ? partition.file : NULL;
        fal_params_files(trial->params, ini, INI_FILES, &files);
        for (int k = 0; k < files; k++) {
            inputs[count++] = ini[k];
        }
        FAL_TRY(check_trial(trial, inputs, count));
    }
    return FAL_OK;
}
