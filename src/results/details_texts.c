/* Class names and attributes of a results file as texts that can be shown. */
#include "details_internal.h"

#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/params.h"
#include "fal/base/text.h"
#include "fal/data/dataset.h"

enum { ATTRIBUTES_MAX = 1000, TEXT_ROOM = 65536 };

/* ---- class names ----------------------------------------------------------------------------------------------- */

fal_status fal_details_read_class_names(fal_h5 *file, fal_details *details)
{
    enum { NAME = sizeof details->class_names[0] };
    static const char attribute[] = "identity_class_names";
    int count = 0;
    if (details->classes == 0) {
        return FAL_OK;
    }
    FAL_TRY(fal_alloc(&details->class_names, (size_t)details->classes, NAME, "class names"));
    if (!fal_h5_has_attribute(file, "/", attribute)) {
        for (int c = 0; c < details->classes; c++) {
            (void)snprintf(details->class_names[c], NAME, "%d", c);
        }
        return FAL_OK;
    }
    FAL_TRY(fal_h5_get_texts(file, "/", attribute, details->class_names[0], NAME, details->classes, &count));
    if (count != details->classes) {
        return fal_fail(FAL_ERR_INPUT, "%s: attribute %s has %d names, but the arrays have %d classes",
                        fal_h5_name(file), attribute, count, details->classes);
    }
    for (int c = 0; c < count; c++) {
        fal_text_make_printable(details->class_names[c], false);
    }
    return FAL_OK;
}

/* ---- attributes ------------------------------------------------------------------------------------------------ */

typedef struct {
    fal_h5 *file;
    const char *group;
    fal_detail *list;
    int count;
    int64_t room;
    char *text; /* [TEXT_ROOM] one value before it is cut */
} reader;

/* Printable, and cut between characters; what was cut ends with dots. */
static void put(char *to, size_t size, char *text)
{
    static const char dots[] = "...";
    fal_text_make_printable(text, false);
    if (fal_text_copy(to, size, text)) {
        return;
    }
    size_t end = size - sizeof dots;
    while (end > 0 && ((unsigned char)text[end] & 0xC0U) == 0x80U) { /* within a character */
        end--;
    }
    memcpy(to + end, dots, sizeof dots);
}

static fal_status value_of(const reader *r, const char *name)
{
    fal_h5_kind kind = FAL_H5_ATTRIBUTE_OTHER;
    int64_t whole = 0;
    double number = 0;
    r->text[0] = '\0';
    FAL_TRY(fal_h5_attribute_kind(r->file, r->group, name, &kind));
    switch (kind) {
    case FAL_H5_ATTRIBUTE_TEXT:
        return fal_h5_get_text(r->file, r->group, name, r->text, TEXT_ROOM);
    case FAL_H5_ATTRIBUTE_INT:
        FAL_TRY(fal_h5_get_int(r->file, r->group, name, &whole));
        (void)snprintf(r->text, TEXT_ROOM, "%lld", (long long)whole);
        return FAL_OK;
    case FAL_H5_ATTRIBUTE_REAL:
        FAL_TRY(fal_h5_get_real(r->file, r->group, name, &number));
        fal_params_format_real(number, r->text);
        return FAL_OK;
    default:
        return fal_fail(FAL_ERR_INPUT, "%s: attribute %.100s of %s is neither a text nor a number",
                        fal_h5_name(r->file), name, r->group);
    }
}

static fal_status add(void *context, const char *name)
{
    reader *r = context;
    char *shown = NULL;
    fal_detail *to = NULL;
    if (strcmp(name, "description") == 0) {
        return FAL_OK;
    }
    if (r->count == ATTRIBUTES_MAX) {
        return fal_fail(FAL_ERR_INPUT, "%s: %s has more than %d attributes", fal_h5_name(r->file), r->group,
                        ATTRIBUTES_MAX);
    }
    FAL_TRY(fal_grow(&r->list, r->count, r->count + 1, &r->room, sizeof *r->list, "attributes"));
    to = &r->list[r->count];
    FAL_TRY(value_of(r, name));
    put(to->value, sizeof to->value, r->text);
    FAL_TRY(fal_alloc(&shown, strlen(name) + 1, 1, "attributes"));
    memcpy(shown, name, strlen(name));
    put(to->name, sizeof to->name, shown);
    fal_free(shown);
    r->count++;
    return FAL_OK;
}

fal_status fal_details_read_attributes(fal_h5 *file, const char *group, fal_detail **list, int *count)
{
    reader r = {.file = file, .group = group};
    fal_status status = FAL_OK;
    if (!fal_h5_has(file, group)) {
        return FAL_OK;
    }
    FAL_TRY_GOTO(fal_alloc(&r.text, TEXT_ROOM, 1, "attributes"));
    FAL_TRY_GOTO(fal_h5_visit_attributes(file, group, add, &r));
    *list = r.list;
    *count = r.count;
    r.list = NULL;
done:
    fal_free(r.text);
    fal_free(r.list);
    return status;
}
