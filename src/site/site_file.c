/* NAME.site.h5: what a site has come to, written as a whole, read without trust. */
#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/io/h5.h"
#include "fal/results/tables.h"
#include "site_internal.h"

enum { STATE_MAX = 1 << 28, ROUND_MAX = 65535 };

void fal_site_state_init(fal_site_state *state)
{
    *state = (fal_site_state){0};
    fal_table_init(&state->queries, &fal_queries_kind);
    fal_table_init(&state->asking, &fal_asking_kind);
}

void fal_site_state_destroy(fal_site_state *state)
{
    fal_table_destroy(&state->queries);
    fal_table_destroy(&state->asking);
    fal_free(state->before);
    fal_free(state->after);
    fal_site_state_init(state);
}

static void add_text(fal_hash *hash, const char *text) { fal_hash_add(hash, text, strlen(text) + 1); }

/* Rows are 8-byte fields only: no padding. */
static void add_table(fal_hash *hash, const fal_table *table)
{
    fal_hash_add(hash, &table->count, sizeof table->count);
    fal_hash_add(hash, table->rows, (size_t)table->count * table->kind->row_size);
}

static fal_status sum_of(const fal_site_state *state, char sha256[FAL_HASH_TEXT])
{
    const int64_t numbers[] = {state->client,     state->first_row,   state->asked_round,  state->settled_round,
                               state->trained_al, state->trained_fl,  state->trained_mark, state->before_mark,
                               state->state_size, state->asked_budget};
    fal_hash *hash = NULL;
    FAL_TRY(fal_hash_create(&hash));
    add_text(hash, state->study);
    add_text(hash, state->study_id);
    add_text(hash, state->name);
    add_text(hash, state->asked_global);
    add_text(hash, state->trained_global);
    fal_hash_add(hash, numbers, sizeof numbers);
    add_table(hash, &state->queries);
    add_table(hash, &state->asking);
    fal_hash_add(hash, state->before, (size_t)state->state_size * sizeof *state->before);
    fal_hash_add(hash, state->after, (size_t)state->state_size * sizeof *state->after);
    fal_hash_finish(hash, sha256);
    fal_hash_destroy(hash);
    return FAL_OK;
}

/* ---- numbers and texts ----------------------------------------------------------------------------------------- */

/* Attributes of the root: whole numbers, least and most. */
#define NUMBERS(X)                                                                                                     \
    X(client, 0, FAL_SITE_STUDY_SITES_MAX - 1)                                                                         \
    X(first_row, 0, FAL_IMAGES_MAX)                                                                                    \
    X(asked_round, 0, ROUND_MAX)                                                                                       \
    X(asked_budget, 0, INT64_MAX)                                                                                      \
    X(settled_round, 0, ROUND_MAX)                                                                                     \
    X(trained_al, 0, ROUND_MAX)                                                                                        \
    X(trained_fl, 0, ROUND_MAX)                                                                                        \
    X(trained_mark, INT64_MIN, INT64_MAX)                                                                              \
    X(before_mark, INT64_MIN, INT64_MAX)                                                                               \
    X(state_size, 0, STATE_MAX)
#define TEXTS(X)                                                                                                       \
    X(study)                                                                                                           \
    X(study_id)                                                                                                        \
    X(name)                                                                                                            \
    X(asked_global)                                                                                                    \
    X(trained_global)

static fal_status put_attributes(fal_h5 *file, const fal_site_state *state)
{
#define PUT(member, least, most) FAL_TRY(fal_h5_set_int(file, "/", #member, state->member));
    NUMBERS(PUT)
#undef PUT
#define PUT(member) FAL_TRY(fal_h5_set_text(file, "/", #member, state->member));
    TEXTS(PUT)
#undef PUT
    return FAL_OK;
}

static fal_status get_number(fal_h5 *file, const char *name, int64_t least, int64_t most, int64_t *value)
{
    FAL_TRY(fal_h5_get_int(file, "/", name, value));
    return *value >= least && *value <= most ? FAL_OK
                                             : fal_fail(FAL_ERR_INPUT, "%s: %s %lld is out of range: damaged",
                                                        fal_h5_name(file), name, (long long)*value);
}

static fal_status get_attributes(fal_h5 *file, fal_site_state *state)
{
#define GET(member, least, most) FAL_TRY(get_number(file, #member, least, most, &state->member));
    NUMBERS(GET)
#undef GET
#define GET(member) FAL_TRY(fal_h5_get_text(file, "/", #member, state->member, sizeof state->member));
    TEXTS(GET)
#undef GET
    return FAL_OK;
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

static fal_status put_all(fal_h5 *file, const fal_site_state *state, const fal_dataset *dataset)
{
    const fal_h5_shape shape = {FAL_H5_FLOAT, 1, {state->state_size}};
    char sha256[FAL_HASH_TEXT];
    FAL_TRY(sum_of(state, sha256));
    FAL_TRY(fal_h5_set_text(file, "/", "fal_format", "site"));
    FAL_TRY(fal_h5_set_int(file, "/", "fal_version", FAL_SITE_VERSION));
    FAL_TRY(fal_h5_set_text(file, "/", "title", "What a site of a study has come to: private to fal_site, stays here"));
    FAL_TRY(fal_h5_set_text(file, "/", "dataset_train_images_sha256", dataset->sha256_train_images));
    FAL_TRY(fal_h5_set_text(file, "/", "dataset_train_labels_sha256", dataset->sha256_train_labels));
    FAL_TRY(put_attributes(file, state));
    FAL_TRY(fal_h5_set_text(file, "/", "sha256", sha256));
    FAL_TRY(fal_h5_write_table(file, &state->queries));
    FAL_TRY(fal_h5_write_table(file, &state->asking));
    if (state->state_size == 0) {
        return FAL_OK;
    }
    FAL_TRY(fal_h5_write(file, "/state_before", &shape, state->before,
                         &(fal_h5_about){"State of the FL algorithm before the last training", "", "float", false}));
    return fal_h5_write(file, "/state_after", &shape, state->after,
                        &(fal_h5_about){"State of the FL algorithm after it", "", "float", false});
}

fal_status fal_site_state_write(const fal_site_state *state, const fal_dataset *dataset, const char *path)
{
    fal_h5 *file = NULL;
    FAL_TRY(fal_h5_create(&file));
    fal_status status = put_all(file, state, dataset);
    if (status == FAL_OK) {
        status = fal_h5_save(file, path);
    }
    fal_h5_close(file);
    return status;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

static fal_status check_dataset(fal_h5 *file, const fal_dataset *dataset)
{
    static const char *const names[] = {"dataset_train_images_sha256", "dataset_train_labels_sha256"};
    const char *const sums[] = {dataset->sha256_train_images, dataset->sha256_train_labels};
    for (int i = 0; i < 2; i++) {
        char stored[FAL_HASH_TEXT];
        FAL_TRY(fal_h5_get_text(file, "/", names[i], stored, sizeof stored));
        if (strcmp(stored, sums[i]) != 0) {
            return fal_fail(FAL_ERR_INPUT,
                            "%s: is about other training %s than %s holds: bring back the file that was made with it",
                            fal_h5_name(file), i == 0 ? "images" : "labels", dataset->path);
        }
    }
    return FAL_OK;
}

/* seen [n_train]: images that left the pool already. */
static fal_status check_rows(fal_h5 *file, const fal_table *table, const fal_dataset *dataset, int64_t last_round,
                             int lowest, uint8_t *seen)
{
    int64_t round = 1;
    for (int64_t i = 0; i < table->count; i++) {
        const fal_row_query *row = fal_table_row(table, i);
        if (row->image < 0 || row->image >= dataset->n_train || seen[row->image] || row->label < lowest ||
            row->label >= dataset->classes || row->al_round < round || row->al_round > last_round) {
            return fal_fail(FAL_ERR_INPUT, "%s: /%s row %lld: image, label or AL round can't be: damaged",
                            fal_h5_name(file), table->kind->name, (long long)i);
        }
        round = row->al_round;
        seen[row->image] = 1;
    }
    return FAL_OK;
}

static fal_status check_tables(fal_h5 *file, const fal_site_state *state, const fal_dataset *dataset)
{
    uint8_t *seen = NULL;
    FAL_TRY(fal_alloc(&seen, (size_t)dataset->n_train, 1, "queries"));
    const bool settled = state->asked_round <= state->settled_round;
    fal_status status = check_rows(file, &state->queries, dataset, settled ? state->settled_round : state->asked_round,
                                   FAL_ANSWER_CANNOT_TELL, seen);
    if (settled) { /* its rows are in queries, too */
        memset(seen, 0, (size_t)dataset->n_train);
    }
    if (status == FAL_OK) {
        status = check_rows(file, &state->asking, dataset, state->asked_round, FAL_ANSWER_NONE, seen);
    }
    fal_free(seen);
    return status;
}

static fal_status get_arrays(fal_h5 *file, fal_site_state *state)
{
    const fal_h5_shape shape = {FAL_H5_FLOAT, 1, {state->state_size}};
    FAL_TRY(fal_alloc(&state->before, (size_t)state->state_size, sizeof *state->before, "state of the site"));
    FAL_TRY(fal_alloc(&state->after, (size_t)state->state_size, sizeof *state->after, "state of the site"));
    if (state->state_size == 0) {
        return FAL_OK;
    }
    FAL_TRY(fal_h5_read(file, "/state_before", &shape, state->before));
    return fal_h5_read(file, "/state_after", &shape, state->after);
}

static fal_status get_all(fal_h5 *file, const fal_dataset *dataset, fal_site_state *state)
{
    char stated[FAL_HASH_TEXT];
    char found[FAL_HASH_TEXT];
    FAL_TRY(fal_h5_check_format(file, "site", FAL_SITE_VERSION));
    FAL_TRY(check_dataset(file, dataset));
    FAL_TRY(get_attributes(file, state));
    FAL_TRY(fal_h5_read_table(file, &state->queries, dataset->n_train));
    FAL_TRY(fal_h5_read_table(file, &state->asking, dataset->n_train));
    FAL_TRY(check_tables(file, state, dataset));
    FAL_TRY(get_arrays(file, state));
    FAL_TRY(fal_h5_get_text(file, "/", "sha256", stated, sizeof stated));
    FAL_TRY(sum_of(state, found));
    return strcmp(stated, found) == 0
               ? FAL_OK
               : fal_fail(FAL_ERR_INPUT, "%s: its checksum is another one: damaged: bring back a copy",
                          fal_h5_name(file));
}

fal_status fal_site_state_read(const char *path, const fal_dataset *dataset, fal_site_state *state)
{
    fal_h5 *file = NULL;
    fal_site_state made;
    fal_site_state_init(&made);
    FAL_TRY(fal_h5_open(path, &file));
    const fal_status status = get_all(file, dataset, &made);
    fal_h5_close(file);
    if (status != FAL_OK) {
        fal_site_state_destroy(&made);
        return status;
    }
    *state = made;
    return FAL_OK;
}
