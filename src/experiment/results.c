/* Writing the results file of a trial (formats.md section 4): built in memory, replaced as a whole. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/clock.h"
#include "fal/base/memory.h"
#include "fal/base/version.h"
#include "fal/nn/gemm.h"
#include "fal/nn/modelfile.h"
#include "results_internal.h"

/* What stands in files that parameters name belongs to the parameters. */
static const struct {
    const char *parameter, *attribute;
    size_t offset; /* of its digest in fal_planned */
} named_files[] = {{"partition", "partition_digest", offsetof(fal_planned, partition_digest)},
                   {"init_model", "init_model_digest", offsetof(fal_planned, init_model_digest)}};
enum { NAMED_FILES = sizeof named_files / sizeof named_files[0] };

static const char *digest_at(const fal_planned *trial, int i) { return (const char *)trial + named_files[i].offset; }

static fal_status put_digests(fal_h5 *file, const char *group, const fal_planned *trial)
{
    for (int i = 0; i < NAMED_FILES; i++) {
        if (digest_at(trial, i)[0] != '\0') {
            FAL_TRY(fal_h5_set_text(file, group, named_files[i].attribute, digest_at(trial, i)));
        }
    }
    return FAL_OK;
}

static fal_status compare_digests(fal_h5 *file, const char *group, const fal_planned *trial, char *differs, size_t size)
{
    for (int i = 0; i < NAMED_FILES && differs[0] == '\0'; i++) {
        char stored[128] = "";
        if (fal_h5_has_attribute(file, group, named_files[i].attribute)) {
            FAL_TRY(fal_h5_get_text(file, group, named_files[i].attribute, stored, sizeof stored));
        }
        if (strcmp(stored, digest_at(trial, i)) != 0) {
            (void)snprintf(differs, size, "content of the file %s = %.120s", named_files[i].parameter,
                           fal_params_text(trial->params, named_files[i].parameter));
        }
    }
    return FAL_OK;
}

fal_status fal_results_put_parameters(fal_h5 *file, const char *group, const fal_planned *trial)
{
    const fal_params *params = trial->params;
    int count = 0;
    const fal_param *table = fal_params_table(&count);
    FAL_TRY(fal_h5_make_group(file, group,
                              "Scientific parameters: together with the dataset and the program's "
                              "version they decide every number in this file"));
    for (int i = 0; i < count; i++) {
        const char *name = table[i].name;
        if (table[i].group != FAL_PARAM_SCIENTIFIC) {
            continue;
        }
        switch (table[i].type) {
        case FAL_PARAM_INT:
            FAL_TRY(fal_h5_set_int(file, group, name, fal_params_int(params, name)));
            break;
        case FAL_PARAM_REAL:
            FAL_TRY(fal_h5_set_real(file, group, name, fal_params_real(params, name)));
            break;
        default:
            FAL_TRY(fal_h5_set_text(file, group, name, fal_params_text(params, name)));
        }
    }
    return put_digests(file, group, trial);
}

/* The stored value as text in the form that fal_params_text has; an attribute that is not there reads as "". */
static fal_status stored_text(fal_h5 *file, const char *group, const fal_param *param, char text[FAL_PARAM_TEXT_MAX])
{
    int64_t whole = 0;
    double number = 0;
    text[0] = '\0';
    if (!fal_h5_has_attribute(file, group, param->name)) {
        return FAL_OK;
    }
    switch (param->type) {
    case FAL_PARAM_INT:
        FAL_TRY(fal_h5_get_int(file, group, param->name, &whole));
        (void)snprintf(text, FAL_PARAM_TEXT_MAX, "%lld", (long long)whole);
        return FAL_OK;
    case FAL_PARAM_REAL:
        FAL_TRY(fal_h5_get_real(file, group, param->name, &number));
        fal_params_format_real(number, text);
        return FAL_OK;
    default:
        return fal_h5_get_text(file, group, param->name, text, FAL_PARAM_TEXT_MAX);
    }
}

fal_status fal_results_compare_parameters(fal_h5 *file, const char *group, const fal_planned *trial, char *differs,
                                          size_t size)
{
    const fal_params *params = trial->params;
    int count = 0;
    const fal_param *table = fal_params_table(&count);
    differs[0] = '\0';
    for (int i = 0; i < count && differs[0] == '\0'; i++) {
        char stored[FAL_PARAM_TEXT_MAX];
        if (table[i].group != FAL_PARAM_SCIENTIFIC) {
            continue;
        }
        FAL_TRY(stored_text(file, group, &table[i], stored));
        char now[FAL_PARAM_TEXT_MAX];
        if (table[i].type == FAL_PARAM_INT) {
            (void)snprintf(now, sizeof now, "%lld", (long long)fal_params_int(params, table[i].name));
        } else {
            (void)snprintf(now, sizeof now, "%s", fal_params_text(params, table[i].name));
        }
        if (strcmp(stored, now) != 0) {
            (void)snprintf(differs, size, "%s (there %.80s, now %.80s)", table[i].name, stored, now);
        }
    }
    return compare_digests(file, group, trial, differs, size);
}

typedef struct {
    const char *name;
    const char *value;
} named_text;

static fal_status put_texts(fal_h5 *file, const char *path, const named_text *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        FAL_TRY(fal_h5_set_text(file, path, texts[i].name, texts[i].value));
    }
    return FAL_OK;
}

fal_status fal_results_put_dataset(fal_h5 *file, const fal_dataset *dataset)
{
    const named_text texts[] = {{"dataset", dataset->name},
                                {"dataset_train_images_sha256", dataset->sha256_train_images},
                                {"dataset_train_labels_sha256", dataset->sha256_train_labels},
                                {"dataset_test_images_sha256", dataset->sha256_test_images},
                                {"dataset_test_labels_sha256", dataset->sha256_test_labels}};
    return put_texts(file, "/", texts, sizeof texts / sizeof texts[0]);
}

fal_status fal_results_same_dataset(fal_h5 *file, const fal_dataset *dataset, bool *same)
{
    const named_text texts[] = {{"dataset_train_images_sha256", dataset->sha256_train_images},
                                {"dataset_train_labels_sha256", dataset->sha256_train_labels},
                                {"dataset_test_images_sha256", dataset->sha256_test_images},
                                {"dataset_test_labels_sha256", dataset->sha256_test_labels}};
    *same = true;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char stored[128];
        FAL_TRY(fal_h5_get_text(file, "/", texts[i].name, stored, sizeof stored));
        *same = *same && strcmp(stored, texts[i].value) == 0;
    }
    return FAL_OK;
}

static fal_status put_root(fal_h5 *file, const fal_results *results, const char *status)
{
    const named_text texts[] = {
        {"fal_format", "results"},
        {"title", "Results of one federated active-learning trial"},
        {"status", status},
        {"strategy", results->trial->strategy},
        {"setting", results->trial->setting},
    };
    FAL_TRY(put_texts(file, "/", texts, sizeof texts / sizeof texts[0]));
    FAL_TRY(fal_h5_set_int(file, "/", "fal_version", FAL_RESULTS_VERSION));
    FAL_TRY(fal_h5_set_int(file, "/", "seed", results->trial->seed));
    if (!isnan(results->shared)) {
        FAL_TRY(fal_h5_set_real(file, "/", "shared_number", results->shared));
    }
    return fal_results_put_dataset(file, results->dataset);
}

static fal_status put_run(fal_h5 *file, const fal_results *results)
{
    char now[FAL_CLOCK_TEXT];
    const fal_run_info *run = results->run;
    fal_clock_now_text(now);
    const named_text texts[] = {
        {"command_line", run->command},
        {"program_version", fal_version()},
        {"git_commit", fal_version_commit()},
        {"compiler", fal_version_compiler()},
        {"compiler_flags", fal_version_flags()},
        {"kernels", run->kernels},
        {"mpi", run->mpi},
        {"hdf5", fal_h5_library()},
        {"blas", fal_gemm_library()},
        {"hosts", run->hosts},
        {"first_start", run->started},
        {"last_written", now},
    };
    FAL_TRY(fal_h5_make_group(file, "/run", "How the trial was run; nothing here enters the digest"));
    FAL_TRY(put_texts(file, "/run", texts, sizeof texts / sizeof texts[0]));
    FAL_TRY(fal_h5_set_int(file, "/run", "ranks", run->ranks));
    FAL_TRY(fal_h5_set_int(file, "/run", "threads_per_rank", run->threads));
    return fal_h5_write_table(file, &results->record->starts);
}

static fal_status put_counts(fal_h5 *file, const fal_results *results)
{
    const fal_record *record = results->record;
    const int64_t rounds = record->rounds.count;
    const fal_h5_shape plane = {FAL_H5_INT64, 2, {record->clients_count, record->classes}};
    const fal_h5_shape cube = {FAL_H5_INT64, 3, {rounds, record->clients_count, record->classes}};
    const fal_h5_shape image = {FAL_H5_INT32, 1, {results->dataset->n_train}};
    const fal_h5_shape classes = {FAL_H5_DOUBLE, 2, {rounds, record->classes}};
    int64_t *counts = NULL;
    FAL_TRY(fal_h5_write(file, "/pool_counts", &plane, results->pool_counts,
                         &(fal_h5_about){"Images of each class that each client holds", "images", "client,class", 0}));
    FAL_TRY(fal_h5_write(file, "/partition", &image, results->client_of,
                         &(fal_h5_about){"Client that holds the training image; -1: not used", "", "image", true}));
    FAL_TRY(
        fal_h5_write(file, "/class_accuracy", &classes, record->class_accuracy,
                     &(fal_h5_about){"Accuracy of G per class after the AL round's last FL round; NaN: no test image",
                                     "share", "al_round,class", 0}));
    FAL_TRY(fal_record_counts(record, rounds, false, &counts));
    fal_status status = fal_h5_write(
        file, "/query_counts", &cube, counts,
        &(fal_h5_about){"Images of each class labelled in the AL round", "images", "al_round,client,class", 0});
    fal_free(counts);
    if (status == FAL_OK) {
        FAL_TRY(fal_record_counts(record, rounds, true, &counts));
        status = fal_h5_write(file, "/labelled_counts", &cube, counts,
                              &(fal_h5_about){"Labelled images of each class after the AL round's labels are in",
                                              "images", "al_round,client,class", 0});
        fal_free(counts);
    }
    return status;
}

/* Figure 3: how well the first local-only models and the first global model know each class. */
static fal_status put_first_round(fal_h5 *file, const fal_record *record)
{
    const fal_h5_shape local = {FAL_H5_DOUBLE, 2, {record->clients_count, record->classes}};
    const fal_h5_shape global = {FAL_H5_DOUBLE, 1, {record->classes}};
    if (record->first_round == NULL) {
        return FAL_OK;
    }
    FAL_TRY(fal_h5_write(file, "/first_round/local_only_class_accuracy", &local, record->first_round,
                         &(fal_h5_about){"Test accuracy per class of each client's first local-only model; NaN: none",
                                         "share", "client,class", 0}));
    return fal_h5_write(
        file, "/first_round/global_class_accuracy", &global, record->class_accuracy,
        &(fal_h5_about){"Test accuracy per class of the global model after AL round 1", "share", "class", 0});
}

static fal_status put_all(fal_h5 *file, const fal_results *results, const char *status)
{
    const fal_record *record = results->record;
    FAL_TRY(put_root(file, results, status));
    FAL_TRY(fal_results_put_parameters(file, "/parameters", results->trial));
    FAL_TRY(put_run(file, results));
    FAL_TRY(fal_h5_write_table(file, &record->rounds));
    FAL_TRY(fal_h5_write_table(file, &record->fl_rounds));
    FAL_TRY(fal_h5_write_table(file, &record->clients));
    FAL_TRY(fal_h5_write_table(file, &record->queries));
    FAL_TRY(put_counts(file, results));
    FAL_TRY(put_first_round(file, record));
    return fal_modelfile_put(file, "/model", results->model, results->params, results->dataset->mean,
                             results->dataset->std);
}

fal_status fal_results_write(const fal_results *results, const char *status)
{
    fal_h5 *file = NULL;
    FAL_TRY(fal_h5_create(&file));
    fal_status outcome = put_all(file, results, status);
    if (outcome == FAL_OK) {
        outcome = fal_h5_save(file, results->trial->path);
    }
    fal_h5_close(file);
    return outcome;
}
