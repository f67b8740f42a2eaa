/* The HDF5 files that a job is going to read, read once before it starts. */
#include <string.h>

#include "fal/base/memory.h"
#include "fal/data/partition.h"
#include "fal/experiment/plan.h"
#include "fal/fed/apart.h"
#include "fal/io/digest.h"
#include "fal/io/file.h"
#include "fal/nn/modelfile.h"
#include "fal/results/answers.h"
#include "fal/results/curve.h"
#include "fal/results/details.h"
#include "resume_internal.h"

/* What a trial makes of a file's contents is its own matter. */
static void pass_over(fal_status status)
{
    if (status != FAL_OK) {
        fal_status_clear();
    }
}

static fal_status look_at_partition(const char *partition, const fal_dataset *dataset)
{
    fal_partition_settings settings = {0};
    int32_t *client_of = NULL;
    FAL_TRY(fal_partition_parse(partition, &settings));
    if (settings.kind != FAL_PARTITION_FILE) {
        return FAL_OK;
    }
    FAL_TRY(fal_alloc(&client_of, (size_t)dataset->n_train, sizeof *client_of, "partition"));
    pass_over(fal_partition_read(settings.file, dataset, dataset->n_train, client_of));
    fal_free(client_of);
    return FAL_OK;
}

static fal_status look_at_model(const char *path, const fal_model *model, const fal_dataset *dataset)
{
    const fal_model_origin origin = fal_identity_origin(dataset);
    fal_origin_difference found;
    float *params = NULL;
    FAL_TRY(fal_alloc(&params, fal_model_size(model), sizeof(float), "weights"));
    pass_over(fal_modelfile_read(path, model, params));
    pass_over(fal_modelfile_compare_file(path, &origin, &found));
    fal_free(params);
    return FAL_OK;
}

/* Results that were there before are read once more at the end of the job, and have a digest on the page. */
static void look_at_results(const char *path)
{
    char digest[65];
    fal_curve curve = {0};
    fal_details details = {0};
    if (fal_file_exists(path)) {
        pass_over(fal_curve_read(path, FAL_MEASURE_BALANCED, &curve));
        pass_over(fal_details_read(path, &details));
        pass_over(fal_digest_file(path, digest));
        fal_details_destroy(&details);
        fal_curve_destroy(&curve);
    }
}

static void look_at_answers(const char *results, const fal_dataset *dataset)
{
    const fal_answers_data data = fal_answers_data_of(dataset);
    char path[FAL_PATH_MAX];
    fal_answers answers = {0};
    if (fal_name_answers(results, path) == FAL_OK && fal_file_exists(path)) {
        pass_over(fal_answers_read(path, &data, &answers));
        fal_answers_destroy(&answers);
    }
    fal_status_clear();
}

static fal_status look_at_checkpoints(const fal_planned *trial, const fal_model *model, const fal_dataset *dataset)
{
    fal_apart *algorithm = NULL; /* for the size of its vectors */
    FAL_TRY(fal_apart_create(model, &trial->settings.fed, &trial->settings.train, -1, &algorithm));
    fal_checkpoint checkpoint = {.size = fal_model_size(model), .vector_size = fal_apart_state_size(algorithm)};
    fal_apart_destroy(algorithm);
    fal_record_init(&checkpoint.record, trial->settings.clients, dataset->classes);
    fal_resume_look(&trial->id, dataset, &checkpoint);
    fal_checkpoint_destroy(&checkpoint);
    return FAL_OK;
}

/* Files that trials share are read for the first of them. */
static fal_status look_at_trial(const fal_planned *trial, const fal_planned *before, const fal_dataset *dataset)
{
    static const char *const shared[] = {"partition", "init_model"};
    bool other[2];
    fal_model *model = NULL;
    for (int i = 0; i < 2; i++) {
        other[i] = before == NULL || strcmp(fal_params_text(trial->id.params, shared[i]),
                                            fal_params_text(before->id.params, shared[i])) != 0;
    }
    FAL_TRY(other[0] ? look_at_partition(fal_params_text(trial->id.params, shared[0]), dataset) : FAL_OK);
    FAL_TRY(fal_model_create(&trial->settings.model, &model));
    fal_status status = FAL_OK;
    if (other[1] && trial->settings.init == FAL_START_FILE) {
        status = look_at_model(trial->settings.init_model, model, dataset);
    }
    status = status == FAL_OK ? look_at_checkpoints(trial, model, dataset) : status;
    fal_model_destroy(model);
    FAL_TRY(status);
    look_at_results(trial->id.path);
    look_at_answers(trial->id.path, dataset);
    return status;
}

fal_status fal_plan_look(fal_plan *plan, const fal_dataset *dataset)
{
    FAL_TRY(fal_plan_read_files(plan, dataset));
    for (int i = 0; i < plan->count; i++) {
        FAL_TRY(look_at_trial(&plan->trials[i], i > 0 ? &plan->trials[i - 1] : NULL, dataset));
    }
    return FAL_OK;
}
