/* Writing the results file of a trial (formats.md section 4): built in memory, replaced as a whole. */
#include "fal/results/write.h"

#include <math.h>

#include "fal/base/clock.h"
#include "fal/base/memory.h"
#include "fal/base/version.h"
#include "fal/nn/gemm.h"
#include "fal/nn/modelfile.h"

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
    return isnan(results->shared) ? FAL_OK : fal_h5_set_real(file, "/", "shared_number", results->shared);
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

/* What the digest leaves out, since files of version 0.1.0 lack it: it follows from the model and the class accuracies.
 */
static fal_status put_measures(fal_h5 *file, const fal_record *record)
{
    const int64_t rounds = record->rounds.count;
    const fal_h5_shape line = {FAL_H5_DOUBLE, 1, {rounds}};
    const fal_h5_shape square = {FAL_H5_INT64, 2, {record->classes, record->classes}};
    double *balanced = NULL;
    FAL_TRY(fal_alloc(&balanced, (size_t)rounds, sizeof *balanced, "balanced accuracies"));
    for (int64_t r = 0; r < rounds; r++) {
        balanced[r] = fal_balanced_accuracy(record->class_accuracy + r * record->classes, record->classes);
    }
    const fal_status status =
        fal_h5_write(file, "/balanced_accuracy", &line, balanced,
                     &(fal_h5_about){"Mean of /class_accuracy over the classes that have test images: of the AL "
                                     "round's last FL round, while test_accuracy is a mean over its last 5",
                                     "share", "al_round", 0});
    fal_free(balanced);
    if (status != FAL_OK || record->confusion == NULL || rounds == 0) {
        return status;
    }
    return fal_h5_write(file, "/confusion", &square, record->confusion,
                        &(fal_h5_about){"Test images by true and predicted class, by the global model after the last "
                                        "FL round of the last AL round in /rounds",
                                        "images", "true_class,predicted_class", true});
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

static fal_status put_site_table(fal_h5 *file, const fal_dataset *dataset)
{
    fal_table sites;
    fal_table_init(&sites, &fal_sites_kind);
    fal_status status = FAL_OK;
    for (int k = 0; k < dataset->sites && status == FAL_OK; k++) {
        const fal_dataset_file *site = &dataset->files[k];
        const fal_row_site row = {
            .client = k, .first_row = site->first, .images = site->n_train, .test_images = site->n_test};
        status = fal_table_add(&sites, &row);
    }
    status = status == FAL_OK ? fal_h5_write_table(file, &sites) : status;
    fal_table_destroy(&sites);
    return status;
}

/* Where each site has its file: what its people need to find their images. Beside /queries, whose columns are those of
 * every trial. */
static fal_status put_sites(fal_h5 *file, const fal_dataset *dataset, const fal_table *queries)
{
    const fal_h5_shape shape = {FAL_H5_INT64, 1, {queries->count}};
    int64_t *rows = NULL;
    if (dataset->files == NULL) {
        return FAL_OK;
    }
    FAL_TRY(put_site_table(file, dataset));
    FAL_TRY(fal_alloc(&rows, (size_t)queries->count, sizeof *rows, "rows of sites"));
    for (int64_t i = 0; i < queries->count; i++) {
        const fal_row_query *query = fal_table_row(queries, i);
        rows[i] = query->image - dataset->files[query->client].first;
    }
    const fal_status status = fal_h5_write(
        file, "/site_rows", &shape, rows,
        &(fal_h5_about){"Row of the image in the site's own file, for each row of /queries", "", "query", true});
    fal_free(rows);
    return status;
}

static fal_status put_all(fal_h5 *file, const fal_results *results, const char *status)
{
    const fal_record *record = results->record;
    FAL_TRY(put_root(file, results, status));
    FAL_TRY(fal_identity_put(file, results->trial, results->dataset));
    FAL_TRY(put_run(file, results));
    FAL_TRY(fal_h5_write_table(file, &record->rounds));
    FAL_TRY(fal_h5_write_table(file, &record->fl_rounds));
    FAL_TRY(fal_h5_write_table(file, &record->clients));
    FAL_TRY(fal_h5_write_table(file, &record->queries));
    FAL_TRY(put_sites(file, results->dataset, &record->queries));
    FAL_TRY(put_counts(file, results));
    FAL_TRY(put_measures(file, record));
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
