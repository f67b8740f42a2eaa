/* Results files and folders of them -> learning curves. */
#include "fal/report/collect.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dirent.h>
#include <sys/stat.h>

#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/io/look.h"
#include "fal/results/names.h"

enum { FIRST_ROOM = 64 };

typedef struct {
    char **paths; /* [count] as they are opened and named in messages */
    char **real;  /* [count] without links, to notice a file that was named twice */
    int count, room;
} file_list;

static void list_destroy(file_list *list)
{
    for (int i = 0; i < list->count; i++) {
        free(list->paths[i]);
        free(list->real[i]);
    }
    fal_free(list->paths);
    fal_free(list->real);
}

static fal_status list_grow(file_list *list)
{
    char **paths = NULL;
    char **real = NULL;
    const int room = list->room == 0 ? FIRST_ROOM : 2 * list->room;
    FAL_TRY(fal_alloc(&paths, (size_t)room, sizeof *paths, "list of files"));
    const fal_status status = fal_alloc(&real, (size_t)room, sizeof *real, "list of files");
    if (status != FAL_OK) {
        fal_free(paths);
        return status;
    }
    if (list->count > 0) {
        memcpy(paths, list->paths, (size_t)list->count * sizeof *paths);
        memcpy(real, list->real, (size_t)list->count * sizeof *real);
    }
    fal_free(list->paths);
    fal_free(list->real);
    list->paths = paths;
    list->real = real;
    list->room = room;
    return FAL_OK;
}

static fal_status list_add(file_list *list, const char *path)
{
    char *real = realpath(path, NULL);
    if (real == NULL) {
        return fal_fail(FAL_ERR_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    }
    for (int i = 0; i < list->count; i++) {
        if (strcmp(list->real[i], real) == 0) {
            free(real);
            return FAL_OK;
        }
    }
    char *copy = strdup(path);
    fal_status status = copy == NULL ? fal_fail(FAL_ERR_MEMORY, "%s: no memory for a file name", path) : FAL_OK;
    if (status == FAL_OK && list->count == FAL_COLLECT_MAX) {
        status = fal_fail(FAL_ERR_USAGE, "%s: more than %d files: make several reports", path, FAL_COLLECT_MAX);
    }
    if (status == FAL_OK && list->count == list->room) {
        status = list_grow(list);
    }
    if (status != FAL_OK) {
        free(copy);
        free(real);
        return status;
    }
    list->paths[list->count] = copy;
    list->real[list->count++] = real;
    return FAL_OK;
}

static int may_hold_results(const struct dirent *entry) { return fal_name_may_be_results(entry->d_name); }

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

/* Warns, and keeps the reason for the report. One stranger in a folder of hundreds of trials, or in the list that a
 * shell made of "*", must not end the report. */
static fal_status note_left_out(fal_collection *collection, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static fal_status note_left_out(fal_collection *collection, const char *format, ...)
{
    fal_text reason = {0};
    va_list arguments;
    va_start(arguments, format);
    fal_text_add_list(&reason, format, arguments);
    va_end(arguments);
    fal_status status = fal_text_status(&reason);
    if (status == FAL_OK) {
        fal_log_warn("%s", reason.chars);
        status = fal_grow(&collection->left_out, collection->left_out_count, collection->left_out_count + 1,
                          &collection->left_out_room, sizeof *collection->left_out, "list of files");
    }
    if (status == FAL_OK) {
        collection->left_out[collection->left_out_count++] = reason.chars;
        return FAL_OK;
    }
    fal_text_destroy(&reason);
    return status;
}

/* What the last failure says, of a file that is no results file. */
static fal_status leave_out(fal_collection *collection, fal_status status, bool alone)
{
    if (status != FAL_ERR_INPUT || alone) { /* of a single file, the reason is the report */
        return status;
    }
    status = note_left_out(collection, "%s: left out", fal_status_message());
    fal_status_clear();
    return status;
}

/* What a folder holds that may be results, by name. */
typedef struct {
    const char *path;
    struct dirent **entries;
} folder;

static fal_status join(const folder *in, int64_t index, fal_text *path)
{
    fal_text_clear(path);
    fal_text_add(path, "%s%s%s", in->path, fal_text_ends_with(in->path, "/") ? "" : "/", in->entries[index]->d_name);
    return fal_text_status(path);
}

/* FAL_ERR_USAGE: a data set, a model, or what else of ours is no results file. */
static fal_status look_for_results(void *context, int64_t index)
{
    fal_text path = {0};
    fal_status status = join(context, index, &path);
    if (status == FAL_OK && fal_curve_is_other_format(path.chars)) {
        status = fal_fail(FAL_ERR_USAGE, "%s: holds no results", path.chars);
    }
    fal_text_destroy(&path);
    return status;
}

/* What cannot be opened is taken into the list: whoever reads it says why. */
static fal_status list_entries(file_list *list, folder *from, int count, fal_collection *collection)
{
    fal_text path = {0};
    fal_look *look = NULL;
    fal_status status = fal_look_begin(from->path, count, look_for_results, from, &look);
    for (int i = 0; i < count && status == FAL_OK; i++) {
        const bool other = fal_look_next(look) == FAL_ERR_USAGE;
        fal_status_clear();
        status = join(from, i, &path);
        if (status == FAL_OK && !other) {
            status = leave_out(collection, list_add(list, path.chars), false);
        }
    }
    fal_look_end(look);
    fal_text_destroy(&path);
    return status;
}

static fal_status list_folder(file_list *list, const char *path, fal_collection *collection)
{
    folder from = {.path = path};
    const int count = scandir(path, &from.entries, may_hold_results, by_name);
    if (count < 0) {
        return fal_fail(FAL_ERR_INPUT, "%s: the folder cannot be read: %s", path, strerror(errno));
    }
    const fal_status status = list_entries(list, &from, count, collection);
    for (int i = 0; i < count; i++) {
        free(from.entries[i]);
    }
    free(from.entries);
    return status;
}

static fal_status list_path(file_list *list, const char *path, fal_collection *collection)
{
    struct stat about;
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode)) {
        return list_folder(list, path, collection);
    }
    return list_add(list, path);
}

/* Curves of one setting are compared with each other, so they must be of the same data: those of other data than the
 * first of the setting are left out. */
static bool is_of_other_data(const fal_collection *collection, const fal_curve *curve)
{
    for (int i = 0; i < collection->count && curve->data[0] != '\0'; i++) {
        const fal_curve *other = &collection->curves[i];
        if (other->data[0] != '\0' && strcmp(other->setting, curve->setting) == 0) {
            return strcmp(other->data, curve->data) != 0;
        }
    }
    return false;
}

static const fal_curve *same_trial(const fal_collection *collection, const fal_curve *curve)
{
    for (int i = 0; i < collection->count; i++) {
        const fal_curve *other = &collection->curves[i];
        if (other->seed == curve->seed && strcmp(other->strategy, curve->strategy) == 0 &&
            strcmp(other->setting, curve->setting) == 0) {
            return other;
        }
    }
    return NULL;
}

/* Keeps the curve at the end of the collection, or says why not and frees it. */
static fal_status take(fal_collection *collection, fal_curve *curve, bool partial)
{
    fal_status status = FAL_OK;
    const fal_curve *same = same_trial(collection, curve);
    if (is_of_other_data(collection, curve)) {
        status = note_left_out(collection, "%s: of other data than the results of the same setting before it: left out",
                               curve->path);
    } else if (curve->rounds < 1 || (strcmp(curve->status, "complete") != 0 && !partial)) {
        status = note_left_out(collection, "%s: %s after %d AL rounds: left out%s", curve->path, curve->status,
                               curve->rounds, curve->rounds > 0 ? "; --partial takes it in" : "");
    } else if (same != NULL) {
        status = note_left_out(collection, "%s: strategy %s with seed %lld of the same setting is in %s, too: left out",
                               curve->path, curve->strategy, (long long)curve->seed, same->path);
    } else {
        collection->count++;
        return FAL_OK;
    }
    fal_curve_destroy(curve);
    return status;
}

/* A list of files, and what is read of each. */
typedef struct {
    const file_list *list;
    fal_measure measure;
} reading;

static fal_status look_at_curve(void *context, int64_t index)
{
    const reading *this = context;
    fal_curve curve = {0};
    const fal_status status = fal_curve_read(this->list->paths[index], this->measure, &curve);
    fal_curve_destroy(&curve);
    return status;
}

static fal_status read_all(const reading *this, fal_look *look, bool partial, fal_collection *collection)
{
    for (int i = 0; i < this->list->count; i++) {
        fal_curve *curve = &collection->curves[collection->count];
        fal_status status = fal_look_next(look);
        if (status == FAL_OK) {
            status = fal_curve_read(this->list->paths[i], this->measure, curve);
        }
        if (status == FAL_OK) {
            FAL_TRY(take(collection, curve, partial));
        } else {
            FAL_TRY(leave_out(collection, status, this->list->count == 1));
        }
    }
    return FAL_OK;
}

fal_status fal_collect(const char *const *paths, int path_count, bool partial, fal_measure measure,
                       fal_collection *collection)
{
    fal_status status = FAL_OK;
    file_list list = {0};
    fal_collection made = {0};
    fal_look *look = NULL;
    reading what = {.list = &list, .measure = measure};
    for (int i = 0; i < path_count; i++) {
        status = list_path(&list, paths[i], &made);
        FAL_TRY_GOTO(leave_out(&made, status, path_count == 1));
    }
    FAL_TRY_GOTO(fal_alloc(&made.curves, (size_t)list.count, sizeof *made.curves, "learning curves"));
    FAL_TRY_GOTO(fal_look_begin("results", list.count, look_at_curve, &what, &look));
    FAL_TRY_GOTO(read_all(&what, look, partial, &made));
    if (made.count == 0) {
        status = fal_fail(FAL_ERR_INPUT, "%s: no finished trial found in %d file%s", path_count > 0 ? paths[0] : ".",
                          list.count, list.count == 1 ? "" : "s");
        goto done;
    }
    *collection = made;
    made = (fal_collection){0};
done:
    fal_look_end(look);
    fal_collection_destroy(&made);
    list_destroy(&list);
    return status;
}

void fal_collection_destroy(fal_collection *collection)
{
    for (int i = 0; i < collection->count; i++) {
        fal_curve_destroy(&collection->curves[i]);
    }
    for (int64_t i = 0; i < collection->left_out_count; i++) {
        free(collection->left_out[i]); /* the characters of a text */
    }
    fal_free(collection->left_out);
    fal_free(collection->curves);
    *collection = (fal_collection){0};
}
