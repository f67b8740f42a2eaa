/* A waiting trial: its results name the data set, its checkpoint what was chosen, its folders the pictures. */
#include "fal/results/asked.h"

#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/io/file.h"
#include "fal/io/h5.h"
#include "fal/results/names.h"
#include "fal/results/tables.h"

enum { ROUNDS_MOST = 65535, CLIENTS_MOST = 65536 };
static const int64_t queries_most = FAL_IMAGES_MAX;

/* Of /queries and of the query that waits, what is needed here. */
typedef struct {
    int64_t al_round, client, image, label;
} chosen;
#define CHOSEN(name)                                                                                                   \
    {                                                                                                                  \
#name, FAL_COLUMN_INT64, offsetof(chosen, name), "", ""                                                        \
    }
static const fal_column columns[] = {CHOSEN(al_round), CHOSEN(client), CHOSEN(image), CHOSEN(label)};
#undef CHOSEN
enum { COLUMNS = sizeof columns / sizeof columns[0] };
static const fal_table_kind waiting_kind = {"waiting/queries", "", columns, COLUMNS, sizeof(chosen)};
static const fal_table_kind used_kind = {"queries", "", columns, COLUMNS, sizeof(chosen)};

/* ---- the data set ---------------------------------------------------------------------------------------------- */

static fal_status read_data(fal_h5 *file, fal_asked_list *list)
{
    fal_h5_shape partition = {0};
    fal_answers_data *data = &list->data;
    if (fal_h5_has_format(file, "dataset")) {
        return fal_fail(FAL_ERR_INPUT,
                        "%s: is a dataset file, not the results of a trial that waits for labels: --into puts answers "
                        "into a dataset",
                        fal_h5_name(file));
    }
    FAL_TRY(fal_h5_check_format(file, "results", FAL_RESULTS_VERSION));
    FAL_TRY(fal_h5_get_text(file, "/", "dataset", data->name, sizeof data->name));
    FAL_TRY(fal_h5_get_text(file, "/", "dataset_train_images_sha256", data->sha256_train_images,
                            sizeof data->sha256_train_images));
    FAL_TRY(fal_h5_get_text(file, "/", "dataset_train_labels_sha256", data->sha256_train_labels,
                            sizeof data->sha256_train_labels));
    FAL_TRY(fal_h5_shape_of(file, "/partition", &partition));
    if (partition.rank != 1 || partition.dims[0] < 1 || partition.dims[0] > FAL_IMAGES_MAX) {
        return fal_fail(FAL_ERR_INPUT, "%s: /partition is of no data set", fal_h5_name(file));
    }
    data->n_train = partition.dims[0];
    FAL_TRY(fal_alloc(&list->class_names, FAL_CLASSES_MAX, sizeof *list->class_names, "classes"));
    return fal_h5_get_texts(file, "/", "identity_class_names", list->class_names[0], FAL_NAME_MAX, FAL_CLASSES_MAX,
                            &data->classes);
}

/* ---- the query ------------------------------------------------------------------------------------------------- */

static fal_status add(fal_asked_list *list, int32_t *place_of, const fal_asked *asked)
{
    FAL_TRY(fal_grow(&list->rows, list->count, list->count + 1, &list->room, sizeof *list->rows, "questions"));
    place_of[asked->image] = (int32_t)list->count;
    list->rows[list->count++] = *asked;
    return FAL_OK;
}

/* What the query that waits asks people; *there: the checkpoint has one. */
static fal_status read_waiting(fal_h5 *file, fal_asked_list *list, int32_t *place_of, bool *there)
{
    fal_table rows;
    fal_table_init(&rows, &waiting_kind);
    fal_status status = FAL_OK;
    *there = fal_h5_has(file, "/waiting/queries");
    if (*there) {
        status = fal_h5_read_table(file, &rows, queries_most);
    }
    for (int64_t i = 0; i < rows.count && status == FAL_OK; i++) {
        const chosen *row = fal_table_row(&rows, i);
        const fal_asked asked = {.image = row->image, .client = row->client, .al_round = row->al_round};
        if (row->image < 0 || row->image >= list->data.n_train || row->client < 0 || row->client >= CLIENTS_MOST ||
            row->al_round < 1 || row->al_round > ROUNDS_MOST) {
            status = fal_fail(FAL_ERR_INPUT, "%s: row %lld of the query that waits is out of range", fal_h5_name(file),
                              (long long)i);
        } else if (row->label == FAL_ANSWER_NONE && place_of[row->image] < 0) {
            status = add(list, place_of, &asked);
        }
        list->al_round = row->al_round;
    }
    fal_table_destroy(&rows);
    return status;
}

/* Images that the trial went on with. */
static fal_status read_used(fal_h5 *file, int64_t n_train, uint8_t *used)
{
    fal_table rows;
    fal_table_init(&rows, &used_kind);
    const fal_status status = fal_h5_read_table(file, &rows, queries_most);
    for (int64_t i = 0; i < rows.count && status == FAL_OK; i++) {
        const chosen *row = fal_table_row(&rows, i);
        if (row->image >= 0 && row->image < n_train) {
            used[row->image] = 1;
        }
    }
    fal_table_destroy(&rows);
    return status;
}

/* Of one checkpoint; what one that cannot be read left behind goes first. */
static fal_status read_one(const char *path, fal_asked_list *list, int32_t *place_of, uint8_t *used, bool *there)
{
    fal_h5 *file = NULL;
    list->count = list->al_round = 0;
    for (int64_t i = 0; i < list->data.n_train; i++) {
        place_of[i] = -1;
        used[i] = 0;
    }
    FAL_TRY(fal_h5_open(path, &file));
    fal_status status = read_waiting(file, list, place_of, there);
    status = status == FAL_OK ? read_used(file, list->data.n_train, used) : status;
    fal_h5_close(file);
    return status;
}

/* The checkpoint, or the one before where that cannot be read, as fal_hpc goes on. */
static fal_status read_checkpoint(const char *results, fal_asked_list *list, int32_t *place_of, uint8_t *used)
{
    fal_status status = FAL_OK;
    bool there = false;
    for (int previous = 0; previous < 2; previous++) {
        char path[FAL_PATH_MAX];
        fal_name_checkpoint(results, previous != 0, path);
        if (!fal_file_exists(path)) {
            continue;
        }
        there = false;
        const fal_status this = read_one(path, list, place_of, used, &there);
        if (this == FAL_OK) {
            fal_status_clear();
            status = FAL_OK;
            break;
        }
        status = this; /* the first message stays */
        if (status != FAL_ERR_INPUT) {
            break;
        }
    }
    if (status == FAL_OK && !there) {
        return fal_fail(FAL_ERR_USAGE, "%s: this trial waits for no labels", results);
    }
    return status;
}

/* ---- the folders ----------------------------------------------------------------------------------------------- */

typedef struct {
    fal_asked_list *list;
    int32_t *place_of;
    const uint8_t *used;
    int64_t al_round, client;
} walk;

/* A picture that was asked about: its hash, and in an earlier round the question itself. */
static fal_status take_picture(walk *w, const char *name)
{
    fal_asked asked = {.client = w->client, .al_round = w->al_round};
    if (!fal_said_find_image(name, &asked.image, asked.sha256) || asked.image >= w->list->data.n_train) {
        return FAL_OK; /* nothing of ours */
    }
    const int32_t place = w->place_of[asked.image];
    if (place >= 0) {
        fal_asked *known = &w->list->rows[place];
        if (known->client == w->client && known->al_round == w->al_round) {
            memcpy(known->sha256, asked.sha256, sizeof known->sha256);
        }
        return FAL_OK;
    }
    asked.used = w->used[asked.image] != 0;
    return add(w->list, w->place_of, &asked);
}

static int by_bytes(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

/* visit(w, "FOLDER/NAME", NAME) for all in the folder, which need not be there. */
static fal_status visit_all(walk *w, const char *folder, fal_status (*visit)(walk *, const char *, const char *))
{
    struct dirent **entries = NULL;
    const int count = scandir(folder, &entries, NULL, by_bytes);
    fal_status status = FAL_OK;
    if (count < 0 && errno != ENOENT && errno != ENOTDIR) {
        return fal_fail(FAL_ERR_INPUT, "%s: cannot be read: %s", folder, strerror(errno));
    }
    for (int i = 0; i < count; i++) {
        char path[FAL_PATH_MAX];
        if (status == FAL_OK && entries[i]->d_name[0] != '.' &&
            snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name) < (int)sizeof path) {
            status = visit(w, path, entries[i]->d_name);
        }
        free(entries[i]);
    }
    free(entries);
    return status;
}

/* "round_03", "client_02": the number, -1 for other names. */
static int64_t number_behind(const char *name, const char *word)
{
    int64_t number = -1;
    const size_t length = strlen(word);
    if (strncmp(name, word, length) != 0 || name[length + strspn(name + length, "0123456789")] != '\0' ||
        !fal_text_to_int(name + length, &number)) {
        return -1;
    }
    return number;
}

static fal_status visit_picture(walk *w, const char *path, const char *name)
{
    (void)path;
    return take_picture(w, name);
}

static fal_status visit_client(walk *w, const char *path, const char *name)
{
    char images[FAL_PATH_MAX];
    w->client = number_behind(name, "client_");
    if (w->client < 0 || w->client >= CLIENTS_MOST ||
        snprintf(images, sizeof images, "%s/" FAL_QUERY_IMAGES, path) >= (int)sizeof images) {
        return FAL_OK;
    }
    return visit_all(w, images, visit_picture);
}

static fal_status visit_round(walk *w, const char *path, const char *name)
{
    w->al_round = number_behind(name, "round_");
    return w->al_round < 1 || w->al_round > w->list->al_round ? FAL_OK : visit_all(w, path, visit_client);
}

/* ---- all of it ------------------------------------------------------------------------------------------------- */

static fal_status read_all(const char *results, fal_asked_list *list, int32_t **place_of, uint8_t **used)
{
    fal_h5 *file = NULL;
    char folder[FAL_PATH_MAX];
    FAL_TRY(fal_h5_open(results, &file));
    const fal_status status = read_data(file, list);
    fal_h5_close(file);
    FAL_TRY(status);
    FAL_TRY(fal_alloc(place_of, (size_t)list->data.n_train, sizeof **place_of, "questions"));
    FAL_TRY(fal_alloc(used, (size_t)list->data.n_train, sizeof **used, "questions"));
    FAL_TRY(read_checkpoint(results, list, *place_of, *used));
    const int length = (int)strlen(results) - (int)strlen(".h5");
    if (snprintf(folder, sizeof folder, "%.*s" FAL_ENDING_QUERY_FOLDER, length, results) >= (int)sizeof folder) {
        return fal_fail(FAL_ERR_USAGE, "%.60s...: the path is too long", results);
    }
    walk w = {.list = list, .place_of = *place_of, .used = *used};
    return visit_all(&w, folder, visit_round);
}

fal_status fal_asked_read(const char *results, fal_asked_list *list)
{
    int32_t *place_of = NULL;
    uint8_t *used = NULL;
    if (!fal_text_ends_with(results, ".h5")) {
        return fal_fail(FAL_ERR_USAGE, "%s: give the results file of the trial: NAME.h5", results);
    }
    const fal_status status = read_all(results, list, &place_of, &used);
    fal_free(place_of);
    fal_free(used);
    if (status != FAL_OK) {
        fal_asked_destroy(list);
    }
    return status;
}

void fal_asked_destroy(fal_asked_list *list)
{
    fal_free(list->class_names);
    fal_free(list->rows);
    *list = (fal_asked_list){0};
}
