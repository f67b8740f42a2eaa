/* The checkpoint of a trial (formats.md section 6): whole file, atomically replaced, the previous one kept. */
#include "checkpoint_internal.h"

#include <stdio.h>
#include <string.h>

#include "fal/base/hash.h"
#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/io/file.h"

enum { SECTIONS = (int)(sizeof(fal_sections) / sizeof(double)), ROWS_MAX = 200000000, VECTORS_MAX = 65537 };

void fal_checkpoint_destroy(fal_checkpoint *checkpoint)
{
    fal_free(checkpoint->params);
    fal_free(checkpoint->vector_client);
    fal_free(checkpoint->vector);
    checkpoint->params = NULL;
    checkpoint->vector_client = NULL;
    checkpoint->vector = NULL;
    fal_record_destroy(&checkpoint->record);
}

/* The tables in the order in which they are stored and hashed. */
static void tables_of(const fal_record *record, const fal_table *tables[5])
{
    tables[0] = &record->rounds;
    tables[1] = &record->fl_rounds;
    tables[2] = &record->clients;
    tables[3] = &record->queries;
    tables[4] = &record->starts;
}

/* Those of a trial that waits for labels; *count 0 for others, whose files are as they were before people could be
 * asked. */
static void waiting_tables_of(const fal_record *record, const fal_table *tables[2], int *count)
{
    tables[0] = &record->asking_clients;
    tables[1] = &record->asking;
    *count = record->asking.count > 0 ? 2 : 0;
}

static void hash_table(fal_hash *hash, const fal_table *table)
{
    fal_hash_add(hash, &table->count, sizeof table->count);
    if (table->count > 0) { /* rows are 8-byte fields only: no padding */
        fal_hash_add(hash, table->rows, (size_t)table->count * table->kind->row_size);
    }
}

static fal_status hash_of(const fal_checkpoint *checkpoint, char text[FAL_HASH_TEXT])
{
    fal_hash *hash = NULL;
    const fal_record *record = &checkpoint->record;
    const fal_table *tables[5];
    const fal_table *waiting[2];
    int waiting_count = 0;
    const int64_t place[] = {checkpoint->al_round, checkpoint->fl_done, checkpoint->vectors, checkpoint->sent_bytes};
    FAL_TRY(fal_hash_create(&hash));
    fal_hash_add(hash, place, sizeof place);
    fal_hash_add(hash, &checkpoint->sections, sizeof checkpoint->sections);
    fal_hash_add(hash, &checkpoint->shared, sizeof checkpoint->shared);
    fal_hash_add(hash, checkpoint->params, checkpoint->size * sizeof(float));
    if (checkpoint->vectors > 0) {
        fal_hash_add(hash, checkpoint->vector_client, (size_t)checkpoint->vectors * sizeof(int32_t));
        fal_hash_add(hash, checkpoint->vector, (size_t)checkpoint->vectors * checkpoint->vector_size * sizeof(float));
    }
    tables_of(record, tables);
    for (int i = 0; i < 5; i++) {
        hash_table(hash, tables[i]);
    }
    waiting_tables_of(record, waiting, &waiting_count);
    for (int i = 0; i < waiting_count; i++) {
        hash_table(hash, waiting[i]);
    }
    if (record->rounds.count > 0) {
        fal_hash_add(hash, record->class_accuracy,
                     (size_t)record->rounds.count * (size_t)record->classes * sizeof(double));
    }
    if (record->confusion != NULL) {
        fal_hash_add(hash, record->confusion,
                     (size_t)record->classes * (size_t)record->classes * sizeof *record->confusion);
    }
    if (record->first_round != NULL) {
        fal_hash_add(hash, record->first_round,
                     (size_t)record->clients_count * (size_t)record->classes * sizeof(double));
    }
    fal_hash_finish(hash, text);
    fal_hash_destroy(hash);
    return FAL_OK;
}

static fal_status put_arrays(fal_h5 *file, const fal_checkpoint *checkpoint)
{
    const fal_record *record = &checkpoint->record;
    const fal_h5_shape weights = {FAL_H5_FLOAT, 1, {(int64_t)checkpoint->size}};
    const fal_h5_shape vectors = {FAL_H5_FLOAT, 2, {checkpoint->vectors, (int64_t)checkpoint->vector_size}};
    const fal_h5_shape owners = {FAL_H5_INT32, 1, {checkpoint->vectors}};
    const fal_h5_shape classes = {FAL_H5_DOUBLE, 2, {record->rounds.count, record->classes}};
    const fal_h5_shape sections = {FAL_H5_DOUBLE, 1, {SECTIONS}};
    FAL_TRY(fal_h5_write(file, "/weights", &weights, checkpoint->params,
                         &(fal_h5_about){"Global model, one flat block in the program's own order", "", "float", 0}));
    if (checkpoint->vectors > 0) {
        FAL_TRY(fal_h5_write(file, "/algorithm_state", &vectors, checkpoint->vector,
                             &(fal_h5_about){"State of the FL algorithm", "", "vector,float", 0}));
        FAL_TRY(fal_h5_write(file, "/algorithm_client", &owners, checkpoint->vector_client,
                             &(fal_h5_about){"Client of each state vector; -1: the server's", "", "vector", 0}));
    }
    if (record->rounds.count > 0) {
        FAL_TRY(fal_h5_write(file, "/class_accuracy", &classes, record->class_accuracy,
                             &(fal_h5_about){"As in the results file", "share", "al_round,class", 0}));
    }
    if (record->confusion != NULL) {
        const fal_h5_shape square = {FAL_H5_INT64, 2, {record->classes, record->classes}};
        FAL_TRY(fal_h5_write(file, "/confusion", &square, record->confusion,
                             &(fal_h5_about){"As in the results file", "images", "true_class,predicted_class", true}));
    }
    if (record->first_round != NULL) {
        const fal_h5_shape first = {FAL_H5_DOUBLE, 2, {record->clients_count, record->classes}};
        FAL_TRY(fal_h5_write(file, "/first_round", &first, record->first_round,
                             &(fal_h5_about){"As in the results file", "share", "client,class", 0}));
    }
    return fal_h5_write(file, "/sections", &sections, &checkpoint->sections,
                        &(fal_h5_about){"Time spent in the current AL round", "s", "section", 0});
}

static fal_status put_all(fal_h5 *file, const fal_checkpoint *checkpoint, const fal_trial_id *trial,
                          const fal_dataset *dataset)
{
    char hash[FAL_HASH_TEXT];
    const fal_table *tables[5];
    const fal_table *waiting[2];
    int waiting_count = 0;
    waiting_tables_of(&checkpoint->record, waiting, &waiting_count);
    FAL_TRY(hash_of(checkpoint, hash));
    FAL_TRY(fal_h5_set_text(file, "/", "fal_format", "checkpoint"));
    FAL_TRY(fal_h5_set_int(file, "/", "fal_version",
                           waiting_count > 0 ? FAL_CHECKPOINT_VERSION : FAL_CHECKPOINT_VERSION_NOT_WAITING));
    FAL_TRY(fal_h5_set_text(file, "/", "title", "Checkpoint of a trial: private to fal_hpc; the same command goes on"));
    FAL_TRY(fal_h5_set_text(file, "/", "sha256", hash));
    FAL_TRY(fal_h5_set_int(file, "/", "al_round", checkpoint->al_round));
    FAL_TRY(fal_h5_set_int(file, "/", "fl_rounds_done", checkpoint->fl_done));
    FAL_TRY(fal_h5_set_int(file, "/", "algorithm_vectors", checkpoint->vectors));
    FAL_TRY(fal_h5_set_int(file, "/", "sent_bytes", checkpoint->sent_bytes));
    FAL_TRY(fal_h5_set_real(file, "/", "shared_number", checkpoint->shared));
    FAL_TRY(fal_identity_put(file, trial, dataset));
    FAL_TRY(fal_h5_make_group(file, "/run", "How the trial was run"));
    FAL_TRY(fal_h5_set_text(file, "/run", "kernels", checkpoint->kernels));
    FAL_TRY(put_arrays(file, checkpoint));
    tables_of(&checkpoint->record, tables);
    for (int i = 0; i < 5; i++) {
        FAL_TRY(fal_h5_write_table(file, tables[i]));
    }
    for (int i = 0; i < waiting_count; i++) {
        FAL_TRY(fal_h5_write_table(file, waiting[i]));
    }
    return FAL_OK;
}

fal_status fal_checkpoint_write(const fal_checkpoint *checkpoint, const fal_trial_id *trial, const fal_dataset *dataset)
{
    fal_h5 *file = NULL;
    char path[FAL_PATH_MAX];
    char previous[FAL_PATH_MAX];
    fal_name_checkpoint(trial->path, false, path);
    fal_name_checkpoint(trial->path, true, previous);
    FAL_TRY(fal_h5_create(&file));
    fal_status status = put_all(file, checkpoint, trial, dataset);
    /* Killed between the two steps, the previous one is still there: resume.c looks at both. */
    if (status == FAL_OK && fal_file_exists(path)) {
        status = fal_file_rename(path, previous);
    }
    if (status == FAL_OK) {
        status = fal_h5_save(file, path);
    }
    fal_h5_close(file);
    return status;
}

static fal_status check_identity(fal_h5 *file, const fal_trial_id *trial, const fal_dataset *dataset)
{
    char differs[256];
    bool unsaid = false;
    FAL_TRY(fal_h5_check_format(file, "checkpoint", FAL_CHECKPOINT_VERSION));
    FAL_TRY(fal_identity_compare(file, trial, dataset, differs, sizeof differs, &unsaid));
    if (differs[0] != '\0') {
        return fal_fail(FAL_ERR_USAGE,
                        "%s: was made with another %s: give --name or another --output to start anew, or bring back "
                        "what it was made with",
                        fal_h5_name(file), differs);
    }
    if (unsaid) {
        fal_log_warn_once(FAL_IDENTITY_UNSAID, fal_h5_name(file));
    }
    return FAL_OK;
}

/* Bits are the same within one instruction set only: a trial that changes it half-way is as good, but no run on one
 * kind of machine repeats its last bits. */
static fal_status compare_kernels(fal_h5 *file, const fal_checkpoint *checkpoint)
{
    char stored[sizeof checkpoint->kernels] = "";
    if (fal_h5_has_attribute(file, "/run", "kernels")) {
        FAL_TRY(fal_h5_get_text(file, "/run", "kernels", stored, sizeof stored));
        if (strcmp(stored, checkpoint->kernels) != 0) {
            fal_log_warn("%s: was made by the kernels \"%.60s\", here they are \"%s\": the result is as good, but no "
                         "other run will have its last bits",
                         fal_h5_name(file), stored, checkpoint->kernels);
        }
    }
    return FAL_OK;
}

static fal_status read_vectors(fal_h5 *file, fal_checkpoint *to)
{
    int64_t vectors = 0;
    FAL_TRY(fal_h5_get_int(file, "/", "algorithm_vectors", &vectors));
    if (vectors < 0 || vectors > VECTORS_MAX) {
        return fal_fail(FAL_ERR_INPUT, "%s: algorithm_vectors is out of range", fal_h5_name(file));
    }
    to->vectors = (int)vectors;
    if (vectors == 0) {
        return FAL_OK;
    }
    const fal_h5_shape shape = {FAL_H5_FLOAT, 2, {vectors, (int64_t)to->vector_size}};
    const fal_h5_shape owners = {FAL_H5_INT32, 1, {vectors}};
    FAL_TRY(fal_alloc(&to->vector, (size_t)vectors, to->vector_size * sizeof(float), "algorithm state"));
    FAL_TRY(fal_alloc(&to->vector_client, (size_t)vectors, sizeof(int32_t), "algorithm state"));
    FAL_TRY(fal_h5_read(file, "/algorithm_state", &shape, to->vector));
    return fal_h5_read(file, "/algorithm_client", &owners, to->vector_client);
}

static fal_status read_all(fal_h5 *file, fal_checkpoint *to)
{
    fal_record *record = &to->record;
    fal_table *tables[5];
    const fal_h5_shape weights = {FAL_H5_FLOAT, 1, {(int64_t)to->size}};
    const fal_h5_shape sections = {FAL_H5_DOUBLE, 1, {SECTIONS}};
    FAL_TRY(fal_h5_get_int(file, "/", "al_round", &to->al_round));
    FAL_TRY(fal_h5_get_int(file, "/", "fl_rounds_done", &to->fl_done));
    FAL_TRY(fal_h5_get_int(file, "/", "sent_bytes", &to->sent_bytes));
    FAL_TRY(fal_h5_get_real(file, "/", "shared_number", &to->shared));
    FAL_TRY(fal_alloc(&to->params, to->size, sizeof(float), "weights"));
    FAL_TRY(fal_h5_read(file, "/weights", &weights, to->params));
    FAL_TRY(fal_h5_read(file, "/sections", &sections, &to->sections));
    FAL_TRY(read_vectors(file, to));
    tables_of(record, (const fal_table **)tables);
    for (int i = 0; i < 5; i++) {
        FAL_TRY(fal_h5_read_table(file, tables[i], ROWS_MAX));
    }
    if (fal_h5_has(file, "/waiting/queries")) {
        FAL_TRY(fal_h5_read_table(file, &record->asking_clients, ROWS_MAX));
        FAL_TRY(fal_h5_read_table(file, &record->asking, ROWS_MAX));
    }
    if (record->rounds.count > 0) {
        const fal_h5_shape classes = {FAL_H5_DOUBLE, 2, {record->rounds.count, record->classes}};
        FAL_TRY(fal_alloc(&record->class_accuracy, (size_t)(record->rounds.count * record->classes), sizeof(double),
                          "class accuracies"));
        FAL_TRY(fal_h5_read(file, "/class_accuracy", &classes, record->class_accuracy));
    }
    if (fal_h5_has(file, "/confusion")) {
        const fal_h5_shape square = {FAL_H5_INT64, 2, {record->classes, record->classes}};
        FAL_TRY(fal_alloc(&record->confusion, (size_t)record->classes * (size_t)record->classes,
                          sizeof *record->confusion, "confusion of classes"));
        FAL_TRY(fal_h5_read(file, "/confusion", &square, record->confusion));
    }
    if (fal_h5_has(file, "/first_round")) {
        const fal_h5_shape first = {FAL_H5_DOUBLE, 2, {record->clients_count, record->classes}};
        FAL_TRY(fal_alloc(&record->first_round, (size_t)record->clients_count * (size_t)record->classes, sizeof(double),
                          "first-round accuracies"));
        FAL_TRY(fal_h5_read(file, "/first_round", &first, record->first_round));
    }
    return FAL_OK;
}

fal_status fal_checkpoint_read(const char *path, const fal_trial_id *trial, const fal_dataset *dataset,
                               fal_checkpoint *checkpoint)
{
    fal_h5 *file = NULL;
    fal_status status = FAL_OK;
    char stored[FAL_HASH_TEXT];
    char computed[FAL_HASH_TEXT];
    fal_checkpoint made = {.size = checkpoint->size, .vector_size = checkpoint->vector_size};
    fal_record_init(&made.record, checkpoint->record.clients_count, checkpoint->record.classes);
    FAL_TRY_GOTO(fal_h5_open(path, &file));
    FAL_TRY_GOTO(check_identity(file, trial, dataset));
    FAL_TRY_GOTO(fal_h5_get_text(file, "/", "sha256", stored, sizeof stored));
    FAL_TRY_GOTO(read_all(file, &made));
    FAL_TRY_GOTO(hash_of(&made, computed));
    if (strcmp(stored, computed) != 0) {
        status = fal_fail(FAL_ERR_INPUT, "%s: damaged: its SHA-256 is not the one it states", path);
        goto done;
    }
    FAL_TRY_GOTO(compare_kernels(file, checkpoint));
    memcpy(made.kernels, checkpoint->kernels, sizeof made.kernels);
    fal_checkpoint_destroy(checkpoint);
    *checkpoint = made;
    made = (fal_checkpoint){0};
    fal_record_init(&made.record, 0, 0);
done:
    fal_h5_close(file);
    fal_checkpoint_destroy(&made);
    return status;
}

fal_status fal_checkpoint_remove(const char *results)
{
    char path[FAL_PATH_MAX];
    for (int previous = 0; previous < 2; previous++) {
        fal_name_checkpoint(results, previous != 0, path);
        FAL_TRY(fal_file_remove(path));
    }
    return FAL_OK;
}
