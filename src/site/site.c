/* A site in memory: its images, what was labelled, what the last query lacks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/io/h5.h"
#include "fal/io/sandbox.h"
#include "fal/results/tables.h"
#include "site_internal.h"

enum { LOCK_WAIT = 10 };

fal_status fal_site_name(const char *path, char state_path[FAL_PATH_MAX], char answers_path[FAL_PATH_MAX])
{
    if (!fal_text_ends_with(path, ".h5") || fal_text_ends_with(path, FAL_ENDING_SITE)) {
        return fal_fail(FAL_ERR_USAGE, "%.200s: a site's file is called NAME.h5 (NAME%s lies beside it)", path,
                        FAL_ENDING_SITE);
    }
    FAL_TRY(fal_name_answers(path, answers_path));
    return snprintf(state_path, FAL_PATH_MAX, "%.*s" FAL_ENDING_SITE, (int)strlen(path) - 3, path) < FAL_PATH_MAX
               ? FAL_OK
               : fal_fail(FAL_ERR_USAGE, "%s: the name is too long", path);
}

/* ---- labels ---------------------------------------------------------------------------------------------------- */

/* One AL round's rows: as in a trial, what has a label becomes labelled, for what nobody could tell leaves the pool. */
static fal_status move_pool(fal_site *site, const fal_row_query *rows, int64_t count)
{
    int64_t *images = NULL; /* with a label from the front, those that leave from the back */
    int64_t labelled = 0;
    int64_t dropped = 0;
    FAL_TRY(fal_alloc(&images, (size_t)count, sizeof *images, "queries"));
    for (int64_t i = 0; i < count; i++) {
        if (rows[i].label >= 0) {
            images[labelled++] = rows[i].image;
            site->dataset.train_labels[rows[i].image] = (int16_t)rows[i].label;
        } else if (rows[i].label == FAL_ANSWER_CANNOT_TELL) {
            images[count - ++dropped] = rows[i].image;
        }
    }
    fal_pool_label(&site->pool, images, labelled);
    fal_pool_drop(&site->pool, images + count - dropped, dropped);
    fal_free(images);
    return FAL_OK;
}

static fal_status replay(fal_site *site)
{
    const fal_row_query *rows = (const fal_row_query *)(const void *)site->state.queries.rows;
    const int64_t count = site->state.queries.count;
    for (int64_t first = 0, end = 0; first < count; first = end) {
        for (end = first + 1; end < count && rows[end].al_round == rows[first].al_round;) {
            end++;
        }
        FAL_TRY(move_pool(site, rows + first, end - first));
    }
    return FAL_OK;
}

/* The label of a row of the last query that is known by now. */
static int64_t label_of(const fal_site *site, const fal_row_query *row)
{
    return row->label != FAL_ANSWER_NONE ? row->label : fal_answers_label(&site->answers, row->image);
}

static int by_number(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

bool fal_site_has_in_pool(const fal_site *site, int64_t image)
{
    const fal_pool *pool = &site->pool;
    return bsearch(&image, pool->unlabelled, (size_t)pool->unlabelled_count, sizeof image, by_number) != NULL;
}

static bool is_late(const fal_site *site, const fal_row_query *row)
{
    return row->al_round <= site->state.settled_round;
}

fal_site_progress fal_site_look(const fal_site *site)
{
    fal_site_progress progress = {0};
    for (int64_t i = 0; i < site->state.asking.count; i++) {
        const fal_row_query *row = fal_table_row(&site->state.asking, i);
        const int64_t label = label_of(site, row);
        progress.late += label != FAL_ANSWER_NONE && is_late(site, row) && fal_site_has_in_pool(site, row->image);
        if (row->al_round < site->state.asked_round) {
            continue;
        }
        progress.known += row->label != FAL_ANSWER_NONE;
        if (row->label == FAL_ANSWER_NONE) {
            progress.asked++;
            progress.classes += label >= 0;
            progress.cannot += label == FAL_ANSWER_CANNOT_TELL;
            progress.open += label == FAL_ANSWER_NONE;
        }
    }
    return progress;
}

/* What came late, or what did not, becomes rows of `queries`; the pool stays. */
static fal_status settle_rows(fal_site *site, bool late, int64_t al_round)
{
    fal_site_state *state = &site->state;
    for (int64_t i = 0; i < state->asking.count; i++) {
        fal_row_query row = *(const fal_row_query *)fal_table_row(&state->asking, i);
        row.label = label_of(site, &row);
        if (row.label != FAL_ANSWER_NONE && is_late(site, &row) == late && fal_site_has_in_pool(site, row.image)) {
            row.al_round = late ? al_round : row.al_round;
            FAL_TRY(fal_table_add(&state->queries, &row));
        }
    }
    return FAL_OK;
}

fal_status fal_site_settle(fal_site *site, int64_t al_round)
{
    fal_table *queries = &site->state.queries;
    const int64_t before = queries->count;
    FAL_TRY(settle_rows(site, false, al_round));
    FAL_TRY(settle_rows(site, true, al_round));
    return queries->count > before ? move_pool(site, fal_table_row(queries, before), queries->count - before) : FAL_OK;
}

/* ---- files ----------------------------------------------------------------------------------------------------- */

fal_status fal_site_save(const fal_site *site)
{
    return fal_site_state_write(&site->state, &site->dataset, site->state_path);
}

/* The other files of a study lie beside a site's own, and travel. */
static fal_status refuse_others(const char *path)
{
    fal_h5 *file = NULL;
    FAL_TRY(fal_h5_open(path, &file));
    const bool study = fal_h5_has_format(file, "study");
    const bool update = fal_h5_has_format(file, "update");
    fal_h5_close(file);
    return study ? fal_fail(FAL_ERR_INPUT, "%s: is a global model (G), not a site's file: it goes with --global", path)
           : update ? fal_fail(FAL_ERR_INPUT, "%s: is an update, not a site's file: it goes to fal_site merge", path)
                    : FAL_OK;
}

static fal_status read_files(fal_site *site)
{
    int32_t *client_of = NULL;
    FAL_TRY(refuse_others(site->path));
    FAL_TRY(fal_dataset_open_pool(site->path, &site->dataset));
    if (!fal_file_exists(site->state_path)) {
        return fal_fail(FAL_ERR_INPUT, "%s: is not there, so %s belongs to no study: fal_site init makes it",
                        site->state_path, site->path);
    }
    FAL_TRY(fal_site_state_read(site->state_path, &site->dataset, &site->state));
    const fal_answers_data data = fal_answers_data_of(&site->dataset);
    FAL_TRY(fal_answers_read(site->answers_path, &data, &site->answers));
    FAL_TRY(fal_alloc(&client_of, (size_t)site->dataset.n_train, sizeof *client_of, "pool"));
    const fal_status status = fal_pool_create(&site->pool, client_of, site->dataset.n_train, 0);
    fal_free(client_of);
    return status == FAL_OK ? replay(site) : status;
}

static void forget(fal_site *site)
{
    fal_pool_destroy(&site->pool);
    fal_answers_destroy(&site->answers);
    fal_site_state_destroy(&site->state);
    fal_dataset_close(&site->dataset);
}

/* In the child: everything is read, the images too, and compared with its checksum. */
static fal_status look(void *context, fal_text *text)
{
    fal_site *site = context;
    (void)text;
    fal_status status = read_files(site);
    if (status == FAL_OK) {
        status = fal_dataset_mark_images(&site->dataset);
    }
    forget(site);
    return status;
}

static fal_status open_site(fal_site *site, const char *path)
{
    fal_text nothing = {0};
    fal_site_state_init(&site->state);
    FAL_TRY(fal_site_name(path, site->state_path, site->answers_path));
    (void)fal_text_copy(site->path, sizeof site->path, path);
    if (fal_file_exists(path)) { /* else reading says so, and leaves no lock file in a folder that is not there */
        FAL_TRY(fal_lock_take(site->state_path, LOCK_WAIT, &site->lock));
    }
    const fal_status status = fal_sandbox_run(path, look, site, &nothing);
    fal_text_destroy(&nothing);
    return status == FAL_OK ? read_files(site) : status;
}

fal_status fal_site_open(const char *path, fal_site **site)
{
    fal_site *made = NULL;
    FAL_TRY(fal_alloc(&made, 1, sizeof *made, "site"));
    const fal_status status = open_site(made, path);
    if (status != FAL_OK) {
        fal_site_close(made);
        return status;
    }
    *site = made;
    return FAL_OK;
}

void fal_site_close(fal_site *site)
{
    if (site == NULL) {
        return;
    }
    forget(site);
    fal_lock_release(site->lock);
    fal_free(site);
}

fal_status fal_site_check_study(const fal_site *site, const fal_site_study *study)
{
    if (strcmp(site->state.study_id, study->id) != 0) {
        return fal_fail(
            FAL_ERR_USAGE,
            "%s: is of the study %s, but %s belongs to %s, or to one with other parameters, classes or sites",
            study->head.path, study->name, site->path, site->state.study);
    }
    return FAL_OK;
}

fal_status fal_site_begin(const char *path, const fal_site_study *study, int client)
{
    fal_dataset *dataset = NULL;
    fal_site_state state;
    char state_path[FAL_PATH_MAX];
    char answers_path[FAL_PATH_MAX];
    fal_site_state_init(&state);
    FAL_TRY(fal_site_name(path, state_path, answers_path));
    FAL_TRY(fal_alloc(&dataset, 1, sizeof *dataset, "site"));
    fal_status status = fal_dataset_open_pool(path, dataset);
    if (status == FAL_OK) {
        (void)fal_text_copy(state.study, sizeof state.study, study->name);
        (void)fal_text_copy(state.study_id, sizeof state.study_id, study->id);
        (void)fal_text_copy(state.name, sizeof state.name, study->sites[client].name);
        state.client = client;
        for (int k = 0; k < client; k++) {
            state.first_row += study->sites[k].images;
        }
        state.state_size = (int64_t)study->state_size;
        status = fal_alloc(&state.before, study->state_size, sizeof *state.before, "site");
    }
    if (status == FAL_OK) {
        status = fal_alloc(&state.after, study->state_size, sizeof *state.after, "site");
    }
    if (status == FAL_OK) {
        status = fal_site_state_write(&state, dataset, state_path);
    }
    fal_site_state_destroy(&state);
    fal_dataset_close(dataset);
    fal_free(dataset);
    return status;
}
