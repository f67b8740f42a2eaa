/* The list of what people handed in, and what every form of it has in common: images, classes, annotators. */
#include "fal/results/said.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fal/base/memory.h"
#include "fal/plot/label.h"
#include "said_internal.h"

enum { ROW_DIGITS = 6, ROW_DIGITS_MOST = 12, CLIENTS_MOST = 65536 };
static const char picture_begin[] = "train_";
static const double seconds_most = 1e9;

/* ---- names ----------------------------------------------------------------------------------------------------- */

static bool is_hash(const char *text) { return strspn(text, "0123456789abcdef") >= FAL_QUERY_DIGITS; }

bool fal_said_find_image(const char *text, int64_t *image, char sha256[FAL_QUERY_DIGITS + 1])
{
    const char *back = strrchr(text, '\\');
    const char *slash = strrchr(text, '/');
    const char *p = slash != NULL && (back == NULL || slash > back) ? slash : back != NULL ? back : text;
    while ((p = strstr(p, picture_begin)) != NULL) {
        p += sizeof picture_begin - 1;
        const size_t digits = strspn(p, "0123456789");
        const char *hash = p + digits + 1;
        if (digits >= ROW_DIGITS && digits <= ROW_DIGITS_MOST && p[digits] == '_' && is_hash(hash)) {
            *image = strtoll(p, NULL, 10);
            memcpy(sha256, hash, FAL_QUERY_DIGITS);
            sha256[FAL_QUERY_DIGITS] = '\0';
            return true;
        }
    }
    return false;
}

const char *fal_said_label_name(const fal_said_list *list, int label)
{
    return label >= 0 ? list->class_names[label] : "can't tell";
}

void fal_said_where(const fal_said_list *list, const fal_said *said, char where[FAL_SAID_WHERE])
{
    const char *path = list->files[said->file].path;
    switch (list->files[said->file].form) {
    case FAL_SAID_LINES:
        (void)snprintf(where, FAL_SAID_WHERE, "%.600s:%lld", path, (long long)said->place);
        break;
    case FAL_SAID_TASKS:
        (void)snprintf(where, FAL_SAID_WHERE, "%.600s: task %lld", path, (long long)said->place);
        break;
    case FAL_SAID_PICTURES:
        (void)snprintf(where, FAL_SAID_WHERE, "%.630s", list->paths.chars + said->place);
        break;
    }
}

/* ---- classes --------------------------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b, void *names)
{
    const char(*of)[FAL_NAME_MAX] = names;
    return strcmp(of[*(const int *)a], of[*(const int *)b]);
}

static fal_status order_classes(fal_said_list *list)
{
    if (list->order != NULL) {
        return FAL_OK;
    }
    FAL_TRY(fal_alloc(&list->order, (size_t)list->classes, sizeof *list->order, "classes"));
    for (int i = 0; i < list->classes; i++) {
        list->order[i] = i;
    }
    qsort_r(list->order, (size_t)list->classes, sizeof *list->order, by_name, (void *)list->class_names);
    return FAL_OK;
}

/* -1: no class is called so. */
static int find_class(const fal_said_list *list, const char *name)
{
    int low = 0;
    int high = list->classes;
    while (low < high) {
        const int middle = (low + high) / 2;
        const int order = strcmp(name, list->class_names[list->order[middle]]);
        if (order == 0) {
            return list->order[middle];
        }
        high = order < 0 ? middle : high;
        low = order < 0 ? low : middle + 1;
    }
    return -1;
}

static const char *nearest_class(const fal_said_list *list, const char *wrong)
{
    const char *names[FAL_CLASSES_MAX];
    for (int i = 0; i < list->classes; i++) {
        names[i] = list->class_names[i];
        if (strcasecmp(wrong, names[i]) == 0) {
            return names[i];
        }
    }
    return fal_text_nearest(wrong, names, (size_t)list->classes);
}

fal_status fal_said_label(fal_said_list *list, const char *where, const char *text, int *label)
{
    int64_t number = -1;
    *label = find_class(list, text);
    if (*label >= 0) {
        return FAL_OK;
    }
    for (int w = 0; w < FAL_LABEL_CANNOT_WORDS; w++) {
        if (strcmp(text, fal_label_cannot_words[w]) == 0) {
            *label = FAL_ANSWER_CANNOT_TELL;
            return FAL_OK;
        }
    }
    if (fal_text_to_int(text, &number)) {
        if (number >= 0 && number < list->classes) {
            *label = (int)number;
            return FAL_OK;
        }
        return fal_fail(FAL_ERR_INPUT, "%s: label %.40s: there is no such class: names, or numbers from 0 to %d", where,
                        text, list->classes - 1);
    }
    const char *nearest = nearest_class(list, text);
    return fal_fail(FAL_ERR_INPUT, "%s: label %.63s: no class is called so%s%s", where, text,
                    nearest != NULL ? ": did you mean " : ", and \"can't tell\" is ?", nearest != NULL ? nearest : "");
}

/* ---- rows ------------------------------------------------------------------------------------------------------ */

fal_status fal_said_begin_file(fal_said_list *list, const char *path, fal_said_form form)
{
    FAL_TRY(order_classes(list));
    FAL_TRY(fal_grow(&list->files, list->file_count, list->file_count + 1, &list->file_room, sizeof *list->files,
                     "files of answers"));
    list->files[list->file_count].path = path;
    list->files[list->file_count++].form = form;
    return FAL_OK;
}

static fal_status find_annotator(fal_said_list *list, const char *where, const char *name, int *number)
{
    for (int64_t i = list->annotator_count - 1; i >= 0; i--) {
        if (strcmp(list->annotators[i], name) == 0) {
            *number = (int)i;
            return FAL_OK;
        }
    }
    if (strlen(name) >= FAL_ANNOTATOR_SIZE || !fal_text_is_printable(name)) {
        return fal_fail(FAL_ERR_INPUT, "%s: annotator %.40s: must have at most %d bytes and no invisible characters",
                        where, fal_text_is_printable(name) ? name : "?", FAL_ANNOTATOR_SIZE - 1);
    }
    if (list->annotator_count == FAL_ANNOTATORS_MAX) {
        return fal_fail(FAL_ERR_INPUT, "%s: annotator %s: there are more than %d", where, name, FAL_ANNOTATORS_MAX);
    }
    FAL_TRY(fal_grow(&list->annotators, list->annotator_count, list->annotator_count + 1, &list->annotator_room,
                     sizeof *list->annotators, "annotators"));
    (void)fal_text_copy(list->annotators[list->annotator_count], FAL_ANNOTATOR_SIZE, name);
    *number = (int)list->annotator_count++;
    return FAL_OK;
}

static bool is_there(const char *text) { return text != NULL && text[0] != '\0'; }

/* Where name and number are both there, they must agree: columns that were sorted apart are noticed. */
static fal_status find_image(const fal_said_list *list, const fal_said_texts *texts, fal_said *said)
{
    int64_t row = -1;
    const bool numbered = is_there(texts->image) && fal_text_to_int(texts->image, &row);
    if (is_there(texts->file)) {
        if (!fal_said_find_image(texts->file, &said->image, said->sha256)) {
            return fal_fail(FAL_ERR_INPUT, "%s: file %.80s: is no picture of a query: train_ROW_HASH.png", texts->where,
                            texts->file);
        }
        if (numbered && row != said->image) {
            return fal_fail(FAL_ERR_INPUT, "%s: image is %lld, but file is %.80s: were columns sorted apart?",
                            texts->where, (long long)row, texts->file);
        }
        return FAL_OK;
    }
    if (is_there(texts->image) && fal_said_find_image(texts->image, &said->image, said->sha256)) {
        return FAL_OK;
    }
    if (list->by_row && numbered && row >= 0) {
        said->image = row;
        return FAL_OK;
    }
    return fal_fail(FAL_ERR_INPUT, "%s: does not say which image: file must be the name of a picture of the query",
                    texts->where);
}

fal_status fal_said_add(fal_said_list *list, const fal_said_texts *texts)
{
    fal_said said = {.client = -1, .seconds = NAN, .file = (int)list->file_count - 1, .place = texts->place};
    if (!is_there(texts->label)) {
        list->open++;
        return FAL_OK;
    }
    FAL_TRY(find_image(list, texts, &said));
    FAL_TRY(fal_said_label(list, texts->where, texts->label, &said.label));
    FAL_TRY(find_annotator(list, texts->where, is_there(texts->annotator) ? texts->annotator : list->nobody,
                           &said.annotator));
    if (is_there(texts->client) &&
        (!fal_text_to_int(texts->client, &said.client) || said.client < 0 || said.client >= CLIENTS_MOST)) {
        return fal_fail(FAL_ERR_INPUT, "%s: client %.40s: must be a whole number from 0", texts->where, texts->client);
    }
    if (is_there(texts->seconds) &&
        (!fal_text_to_real(texts->seconds, &said.seconds) || said.seconds < 0 || said.seconds > seconds_most)) {
        return fal_fail(FAL_ERR_INPUT, "%s: seconds %.40s: must be a number from 0", texts->where, texts->seconds);
    }
    FAL_TRY(fal_grow(&list->rows, list->count, list->count + 1, &list->room, sizeof *list->rows, "answers"));
    list->rows[list->count++] = said;
    return FAL_OK;
}

void fal_said_destroy(fal_said_list *list)
{
    fal_free(list->rows);
    fal_free(list->annotators);
    fal_free(list->files);
    fal_free(list->order);
    fal_text_destroy(&list->paths);
    *list = (fal_said_list){0};
}
