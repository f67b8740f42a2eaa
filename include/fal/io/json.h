/* JSON that other programs export: a list, read one element at a time, so that a file of any length takes little beside
 * its own bytes. Strict (RFC 8259): no comments, no commas too many, nothing behind the end; NUL characters and halves
 * of surrogate pairs are refused. Depth, values of one element and bytes are bounded. All failures are FAL_ERR_INPUT
 * and name file and line.
 *
 *     FAL_TRY(fal_json_open(path, limit, &json));
 *     FAL_TRY_GOTO(fal_json_next(json, &element));
 *     while (element != NULL) {
 *         ... FAL_TRY_GOTO(fal_json_find(json, element, "data", &data)) ...
 *         FAL_TRY_GOTO(fal_json_next(json, &element));
 *     }
 */
#ifndef FAL_IO_JSON_H
#define FAL_IO_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "fal/base/status.h"

enum { FAL_JSON_DEPTH_MAX = 64, FAL_JSON_VALUES_MAX = 1 << 20 /* of one element */ };

typedef struct fal_json fal_json;

typedef enum {
    FAL_JSON_NULL,
    FAL_JSON_FALSE,
    FAL_JSON_TRUE,
    FAL_JSON_NUMBER,
    FAL_JSON_TEXT,
    FAL_JSON_ARRAY,
    FAL_JSON_OBJECT
} fal_json_kind;

typedef struct {
    fal_json_kind kind;
    int first, next;  /* what it holds and what follows it: for fal_json_first and fal_json_after */
    const char *name; /* as a member of an object; else NULL */
    const char *text; /* of a text, unescaped; of a number, as it is written; else "" */
    int64_t line;
} fal_json_value;

/** Read the file (at most `limit` bytes) into memory; release with fal_json_close. It must hold a list. */
fal_status fal_json_open(const char *path, size_t limit, fal_json **json);
void fal_json_close(fal_json *json);

/** Go to the next element of the list; *element is NULL after the last. What the element before held is gone, but its
 * texts stay until fal_json_close. */
fal_status fal_json_next(fal_json *json, const fal_json_value **element);
/** The first value in an array or object, and the one after a value; NULL if there is none. */
const fal_json_value *fal_json_first(const fal_json *json, const fal_json_value *value);
const fal_json_value *fal_json_after(const fal_json *json, const fal_json_value *value);
/** *found: the member of that name, NULL if there is none, or `value` is NULL or no object; refused if it stands twice.
 */
fal_status fal_json_find(const fal_json *json, const fal_json_value *value, const char *name,
                         const fal_json_value **found);

#endif
