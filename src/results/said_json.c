/* Answers that Label Studio exports. JSON: an object for each task, with `data` as it was imported and a list of
 * `annotations` (`completions` in its first versions), each with a list `result`. JSON-MIN: an object for each
 * annotation, with the data and the answer as members beside each other. */
#include <stdio.h>

#include "fal/io/json.h"
#include "said_internal.h"

static const size_t export_limit = (size_t)2 << 30;

typedef struct {
    fal_said_list *list;
    fal_json *json;
    char where[FAL_SAID_WHERE];
    int64_t task;
    bool answered; /* some element had the member of the answer */
} export;

static const char *text_of(const fal_json_value *value)
{
    return value != NULL && (value->kind == FAL_JSON_TEXT || value->kind == FAL_JSON_NUMBER) ? value->text : NULL;
}

static fal_status find_text(const export *e, const fal_json_value *in, const char *name, const char **text)
{
    const fal_json_value *found = NULL;
    FAL_TRY(fal_json_find(e->json, in, name, &found));
    *text = text_of(found);
    return FAL_OK;
}

/* What every form has: the picture's name and the client. */
static fal_status read_data(const export *e, const fal_json_value *data, fal_said_texts *texts)
{
    texts->where = e->where;
    texts->place = e->task;
    FAL_TRY(find_text(e, data, "file", &texts->file));
    FAL_TRY(find_text(e, data, "client", &texts->client));
    FAL_TRY(find_text(e, data, texts->file != NULL ? "row" : "image", &texts->image));
    return FAL_OK;
}

/* A number, a text, or an object that describes a person. */
static fal_status read_annotator(const export *e, const fal_json_value *value, const char **name)
{
    static const char *const members[] = {"email", "username", "id"};
    *name = text_of(value);
    for (size_t i = 0; i < sizeof members / sizeof *members && *name == NULL && value != NULL; i++) {
        FAL_TRY(find_text(e, value, members[i], name));
    }
    return FAL_OK;
}

/* The one choice of a list of them; NULL where it is empty. */
static fal_status read_choices(const export *e, const fal_json_value *choices, const char **label)
{
    for (const fal_json_value *c = choices != NULL ? fal_json_first(e->json, choices) : NULL; c != NULL;
         c = fal_json_after(e->json, c)) {
        if (*label != NULL) {
            return fal_fail(FAL_ERR_INPUT, "%s: an answer of more than one class: let people choose a single one",
                            e->where);
        }
        *label = text_of(c);
        if (*label == NULL) {
            return fal_fail(FAL_ERR_INPUT, "%s: a choice that is no text", e->where);
        }
    }
    return FAL_OK;
}

/* ---- JSON ------------------------------------------------------------------------------------------------------ */

static fal_status read_result(const export *e, const fal_json_value *result, const char **label)
{
    bool any = false;
    bool chosen = false;
    for (const fal_json_value *r = result != NULL ? fal_json_first(e->json, result) : NULL; r != NULL;
         r = fal_json_after(e->json, r)) {
        const fal_json_value *value = NULL;
        const fal_json_value *choices = NULL;
        FAL_TRY(fal_json_find(e->json, r, "value", &value));
        FAL_TRY(fal_json_find(e->json, value, "choices", &choices));
        FAL_TRY(read_choices(e, choices, label));
        any = true;
        chosen = chosen || choices != NULL;
    }
    return !any || chosen
               ? FAL_OK
               : fal_fail(FAL_ERR_INPUT, "%s: an answer that is no choice of a class: label with <Choices>", e->where);
}

static fal_status read_annotation(export *e, const fal_json_value *annotation, fal_said_texts texts)
{
    const fal_json_value *result = NULL;
    const fal_json_value *person = NULL;
    const fal_json_value *skipped = NULL;
    FAL_TRY(fal_json_find(e->json, annotation, "was_cancelled", &skipped));
    if (skipped != NULL && skipped->kind == FAL_JSON_TRUE) {
        e->list->open++;
        return FAL_OK;
    }
    FAL_TRY(fal_json_find(e->json, annotation, "result", &result));
    FAL_TRY(fal_json_find(e->json, annotation, "completed_by", &person));
    FAL_TRY(read_annotator(e, person, &texts.annotator));
    FAL_TRY(find_text(e, annotation, "lead_time", &texts.seconds));
    FAL_TRY(read_result(e, result, &texts.label));
    return fal_said_add(e->list, &texts);
}

static fal_status read_task(export *e, const fal_json_value *task, const fal_json_value *annotations)
{
    const fal_json_value *data = NULL;
    fal_said_texts texts = {0};
    e->answered = true;
    FAL_TRY(fal_json_find(e->json, task, "data", &data));
    FAL_TRY(read_data(e, data, &texts));
    const fal_json_value *a = fal_json_first(e->json, annotations);
    e->list->open += a == NULL;
    for (; a != NULL; a = fal_json_after(e->json, a)) {
        FAL_TRY(read_annotation(e, a, texts));
    }
    return FAL_OK;
}

/* ---- JSON-MIN -------------------------------------------------------------------------------------------------- */

static fal_status read_short(export *e, const fal_json_value *task)
{
    const fal_json_value *answer = NULL;
    const fal_json_value *choices = NULL;
    const fal_json_value *person = NULL;
    fal_said_texts texts = {0};
    FAL_TRY(read_data(e, task, &texts));
    FAL_TRY(fal_json_find(e->json, task, "label", &answer));
    if (answer == NULL) {
        FAL_TRY(fal_json_find(e->json, task, "choice", &answer));
    }
    e->answered = e->answered || answer != NULL;
    texts.label = text_of(answer);
    FAL_TRY(fal_json_find(e->json, answer, "choices", &choices));
    FAL_TRY(read_choices(e, choices, &texts.label));
    if (answer != NULL && answer->kind == FAL_JSON_ARRAY) {
        FAL_TRY(read_choices(e, answer, &texts.label));
    }
    FAL_TRY(fal_json_find(e->json, task, "annotator", &person));
    FAL_TRY(read_annotator(e, person, &texts.annotator));
    FAL_TRY(find_text(e, task, "lead_time", &texts.seconds));
    return fal_said_add(e->list, &texts);
}

/* ---- both ------------------------------------------------------------------------------------------------------ */

static fal_status read_element(export *e, const fal_json_value *task)
{
    const fal_json_value *annotations = NULL;
    (void)snprintf(e->where, sizeof e->where, "%.600s: task %lld", e->list->files[e->list->file_count - 1].path,
                   (long long)++e->task);
    if (task->kind != FAL_JSON_OBJECT) {
        return fal_fail(FAL_ERR_INPUT, "%s: is no object: is this an export of Label Studio?", e->where);
    }
    FAL_TRY(fal_json_find(e->json, task, "annotations", &annotations));
    if (annotations == NULL) {
        FAL_TRY(fal_json_find(e->json, task, "completions", &annotations));
    }
    return annotations != NULL && annotations->kind == FAL_JSON_ARRAY ? read_task(e, task, annotations)
                                                                      : read_short(e, task);
}

fal_status fal_said_read_json(fal_said_list *list, const char *path)
{
    export e = {.list = list};
    const fal_json_value *task = NULL;
    fal_status status = FAL_OK;
    FAL_TRY(fal_said_begin_file(list, path, FAL_SAID_TASKS));
    FAL_TRY(fal_json_open(path, export_limit, &e.json));
    FAL_TRY_GOTO(fal_json_next(e.json, &task));
    while (task != NULL) {
        FAL_TRY_GOTO(read_element(&e, task));
        FAL_TRY_GOTO(fal_json_next(e.json, &task));
    }
    if (e.task > 0 && !e.answered) {
        status = fal_fail(FAL_ERR_INPUT,
                          "%s: no task has a member label or choice (JSON-MIN), or annotations (JSON): "
                          "call the control of the labelling interface label",
                          path);
    }
done:
    fal_json_close(e.json);
    return status;
}
