/* The files that a job writes must not be files that it reads: looked at before anything is made. */
#include <stdio.h>
#include <string.h>

#include "fal/base/stop.h"
#include "fal/data/partition.h"
#include "fal/experiment/plan.h"
#include "fal/io/file.h"
#include "fal/io/h5.h"

enum { INI_FILES = 32, INPUTS = 4 + INI_FILES };

/** Results, checkpoints and lock of a trial. */
static fal_status check_trial(const fal_trial_id *trial, const char *const *inputs, int count)
{
    char path[FAL_PATH_MAX];
    FAL_TRY(fal_file_refuse_input(trial->path, inputs, count));
    for (int previous = 0; previous < 2; previous++) {
        fal_name_checkpoint(trial->path, previous != 0, path);
        FAL_TRY(fal_file_refuse_input(path, inputs, count));
    }
    FAL_TRY(fal_name_lock(trial->path, path));
    return fal_file_refuse_input(path, inputs, count);
}

fal_status fal_plan_check_outputs(const fal_plan *plan, const char *dataset)
{
    char ini[INI_FILES][FAL_PARAMS_WHERE];
    for (int i = 0; i < plan->count; i++) {
        const fal_trial_id *trial = &plan->trials[i].id;
        const char *model = fal_params_text(trial->params, "init_model");
        const char *embeddings = fal_params_text(trial->params, "embeddings");
        const char *array = NULL;
        char embeddings_file[FAL_PATH_MAX];
        const char *inputs[INPUTS] = {dataset, model[0] != '\0' ? model : NULL, NULL,
                                      embeddings[0] != '\0' ? embeddings : NULL};
        fal_partition_settings partition = {0};
        int count = 4;
        int files = 0;
        FAL_TRY(fal_stop_between());
        FAL_TRY(fal_partition_parse(fal_params_text(trial->params, "partition"), &partition));
        inputs[2] = partition.kind == FAL_PARTITION_FILE ? partition.file : NULL;
        if (fal_h5_split(embeddings, embeddings_file, sizeof embeddings_file, &array)) {
            inputs[3] = embeddings_file;
        }
        fal_params_files(trial->params, ini, INI_FILES, &files);
        for (int k = 0; k < files; k++) {
            inputs[count++] = ini[k];
        }
        FAL_TRY(check_trial(trial, inputs, count));
    }
    return FAL_OK;
}
