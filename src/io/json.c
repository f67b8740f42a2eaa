/* JSON lists. The file is read whole, texts are unescaped in place, and the values of one element are kept in an array
 * that the next one uses again. */
#include "fal/io/json.h"

#include <stdlib.h>
#include <string.h>

#include "fal/base/input.h"
#include "fal/base/memory.h"

enum { NAMES_SHOWN = 40 };

struct fal_json {
    char *path;
    char *bytes;
    char *at;
    int64_t line;
    bool began, ended;
    fal_json_value *values;
    int64_t count, room;
    int parents[FAL_JSON_DEPTH_MAX]; /* of the value that is read */
    int last[FAL_JSON_DEPTH_MAX];    /* what was read last in each of them, -1: nothing yet */
    int depth;
};

static fal_status refuse(const fal_json *json, const char *what)
{
    return fal_fail(FAL_ERR_INPUT, "%s:%lld: %s", json->path, (long long)json->line, what);
}

static void skip_blanks(fal_json *json)
{
    for (; *json->at == ' ' || *json->at == '\t' || *json->at == '\n' || *json->at == '\r'; json->at++) {
        json->line += *json->at == '\n';
    }
}

fal_status fal_json_open(const char *path, size_t limit, fal_json **json)
{
    fal_json *made = NULL;
    size_t size = 0;
    fal_status status = FAL_OK;
    FAL_TRY(fal_alloc(&made, 1, sizeof *made, "JSON"));
    made->path = strdup(path);
    if (made->path == NULL) {
        status = fal_fail(FAL_ERR_MEMORY, "%s: no memory for a file name", path);
        goto done;
    }
    FAL_TRY_GOTO(fal_input_read_text(path, limit, FAL_ERR_INPUT, &made->bytes, &size));
    made->at = made->bytes;
    made->line = 1;
    skip_blanks(made);
    if (*made->at != '[') {
        status = refuse(made, "is no JSON list: it must begin with [");
        goto done;
    }
    made->at++;
    *json = made;
    made = NULL;
done:
    fal_json_close(made);
    return status;
}

void fal_json_close(fal_json *json)
{
    if (json != NULL) {
        free(json->path);
        fal_free(json->bytes);
        fal_free(json->values);
        fal_free(json);
    }
}

/* ---- texts and numbers ----------------------------------------------------------------------------------------- */

/* Four hexadecimal digits, -1 if they are none. */
static int32_t hex4(const char *p)
{
    int32_t value = 0;
    for (int i = 0; i < 4; i++) {
        const char c = p[i];
        const int digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                 : -1;
        if (digit < 0) {
            return -1;
        }
        value = value * 16 + digit;
    }
    return value;
}

static char *put_utf8(char *to, int32_t code)
{
    if (code < 0x80) {
        *to++ = (char)code;
    } else if (code < 0x800) {
        *to++ = (char)(0xc0 | code >> 6);
        *to++ = (char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        *to++ = (char)(0xe0 | code >> 12);
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
        *to++ = (char)(0x80 | (code & 0x3f));
    } else {
        *to++ = (char)(0xf0 | code >> 18);
        *to++ = (char)(0x80 | (code >> 12 & 0x3f));
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
        *to++ = (char)(0x80 | (code & 0x3f));
    }
    return to;
}

/* \uXXXX at *from; both move on. */
static fal_status take_code(fal_json *json, char **from, char **to)
{
    int32_t code = hex4(*from + 2);
    *from += 6;
    if (code >= 0xd800 && code < 0xdc00 && (*from)[0] == '\\' && (*from)[1] == 'u') {
        const int32_t low = hex4(*from + 2);
        code = low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) : -1;
        *from += 6;
    }
    if (code <= 0 || (code >= 0xd800 && code < 0xe000)) {
        return refuse(json, "a \\u in a text that stands for no character");
    }
    *to = put_utf8(*to, code);
    return FAL_OK;
}

/* A text from its quote on, unescaped in place: never longer than it was. */
static fal_status take_text(fal_json *json, const char **text)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    char *from = json->at + 1;
    char *to = from;
    *text = from;
    while (*from != '"') {
        if ((unsigned char)*from < 0x20) {
            return refuse(json, *from == '\0' ? "a text that is not closed"
                                              : "an end of line or a control character "
                                                "in a text");
        }
        if (*from != '\\') {
            *to++ = *from++;
            continue;
        }
        const char *letter = from[1] != '\0' ? strchr(letters, from[1]) : NULL;
        if (letter != NULL) {
            *to++ = meanings[letter - letters];
            from += 2;
        } else if (from[1] == 'u') {
            FAL_TRY(take_code(json, &from, &to));
        } else {
            return refuse(json, "a \\ in a text with nothing known behind it");
        }
    }
    json->at = from + 1;
    *to = '\0';
    return FAL_OK;
}

static const char *over_digits(const char *p) { return p + strspn(p, "0123456789"); }

/* The end of a number that begins at p, NULL if it is none. */
static const char *number_end(const char *p)
{
    p += *p == '-';
    const char *end = *p == '0' ? p + 1 : over_digits(p);
    if (end == p) {
        return NULL;
    }
    if (*end == '.') {
        p = end + 1;
        end = over_digits(p);
        if (end == p) {
            return NULL;
        }
    }
    if (*end == 'e' || *end == 'E') {
        p = end + 1 + (end[1] == '+' || end[1] == '-');
        end = over_digits(p);
        if (end == p) {
            return NULL;
        }
    }
    return end;
}

/* ---- values ---------------------------------------------------------------------------------------------------- */

static fal_status add_value(fal_json *json, fal_json_kind kind, const char *name, int *place)
{
    if (json->count >= FAL_JSON_VALUES_MAX) {
        return refuse(json, "an element of the list with more than a million values");
    }
    FAL_TRY(fal_grow(&json->values, json->count, json->count + 1, &json->room, sizeof *json->values, json->path));
    *place = (int)json->count++;
    json->values[*place] =
        (fal_json_value){.kind = kind, .first = -1, .next = -1, .name = name, .text = "", .line = json->line};
    if (json->depth > 0) {
        const int d = json->depth - 1;
        int *link = json->last[d] >= 0 ? &json->values[json->last[d]].next : &json->values[json->parents[d]].first;
        *link = *place;
        json->last[d] = *place;
    }
    return FAL_OK;
}

static fal_status take_scalar(fal_json *json, const char *name)
{
    static const struct {
        const char *word;
        fal_json_kind kind;
    } words[] = {{"null", FAL_JSON_NULL}, {"false", FAL_JSON_FALSE}, {"true", FAL_JSON_TRUE}};
    int place = 0;
    if (*json->at == '"') {
        FAL_TRY(add_value(json, FAL_JSON_TEXT, name, &place));
        return take_text(json, &json->values[place].text);
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const size_t length = strlen(words[i].word);
        if (strncmp(json->at, words[i].word, length) == 0) {
            json->at += length;
            return add_value(json, words[i].kind, name, &place);
        }
    }
    const char *end = number_end(json->at);
    if (end == NULL) {
        return refuse(json, *json->at == '\0' ? "ends in the middle: is it whole?"
                                              : "a value is missing or is none that JSON knows");
    }
    FAL_TRY(add_value(json, FAL_JSON_NUMBER, name, &place));
    /* Moved over the byte before it, which was read (a blank, comma, colon or bracket): that is room for its end. */
    const size_t length = (size_t)(end - json->at);
    memmove(json->at - 1, json->at, length);
    json->at[length - 1] = '\0';
    json->values[place].text = json->at - 1;
    json->at += length;
    return FAL_OK;
}

/* "name": of a member. */
static fal_status take_name(fal_json *json, const char **name)
{
    skip_blanks(json);
    if (*json->at != '"') {
        return refuse(json, "a member of an object without a name in quotes");
    }
    FAL_TRY(take_text(json, name));
    skip_blanks(json);
    if (*json->at != ':') {
        return refuse(json, "no colon behind a member's name");
    }
    json->at++;
    skip_blanks(json);
    return FAL_OK;
}

static bool in_object(const fal_json *json)
{
    return json->depth > 0 && json->values[json->parents[json->depth - 1]].kind == FAL_JSON_OBJECT;
}

/* A value's beginning: a scalar, or an array or object that is entered. */
static fal_status take_value(fal_json *json)
{
    const char *name = NULL;
    int place = 0;
    if (in_object(json)) {
        FAL_TRY(take_name(json, &name));
    }
    if (*json->at != '[' && *json->at != '{') {
        return take_scalar(json, name);
    }
    if (json->depth == FAL_JSON_DEPTH_MAX) {
        return refuse(json, "brackets are nested too deeply");
    }
    FAL_TRY(add_value(json, *json->at == '[' ? FAL_JSON_ARRAY : FAL_JSON_OBJECT, name, &place));
    json->at++;
    json->parents[json->depth] = place;
    json->last[json->depth++] = -1;
    return FAL_OK;
}

/* Behind a value: leave the arrays and objects that end here; *more: a value follows. */
static fal_status take_ends(fal_json *json, bool *more)
{
    for (*more = false; json->depth > 0 && !*more;) {
        const int d = json->depth - 1;
        const char closing = in_object(json) ? '}' : ']';
        skip_blanks(json);
        if (*json->at == closing) {
            json->at++;
            json->depth--;
        } else if (json->last[d] < 0) {
            *more = true; /* the first in it */
        } else if (*json->at == ',') {
            json->at++;
            skip_blanks(json);
            *more = true;
        } else {
            return refuse(json, *json->at == '\0' ? "ends in the middle: is it whole?"
                                                  : "neither a comma nor a closing bracket behind a value");
        }
    }
    return FAL_OK;
}

fal_status fal_json_next(fal_json *json, const fal_json_value **element)
{
    bool more = true;
    *element = NULL;
    json->count = 0;
    json->depth = 0;
    if (json->ended) {
        return FAL_OK;
    }
    skip_blanks(json);
    if (*json->at == ']') {
        json->at++;
        skip_blanks(json);
        json->ended = true;
        return *json->at == '\0' ? FAL_OK : refuse(json, "something stands behind the end of the list");
    }
    if (json->began) {
        if (*json->at != ',') {
            return refuse(json, *json->at == '\0' ? "ends in the middle: is it whole?"
                                                  : "neither a comma nor ] behind an element of the list");
        }
        json->at++;
        skip_blanks(json);
    }
    json->began = true;
    while (more) {
        FAL_TRY(take_value(json));
        FAL_TRY(take_ends(json, &more));
    }
    *element = &json->values[0];
    return FAL_OK;
}

/* ---- looking at it --------------------------------------------------------------------------------------------- */

const fal_json_value *fal_json_first(const fal_json *json, const fal_json_value *value)
{
    return value->first >= 0 ? &json->values[value->first] : NULL;
}

const fal_json_value *fal_json_after(const fal_json *json, const fal_json_value *value)
{
    return value->next >= 0 ? &json->values[value->next] : NULL;
}

fal_status fal_json_find(const fal_json *json, const fal_json_value *value, const char *name,
                         const fal_json_value **found)
{
    *found = NULL;
    if (value == NULL || value->kind != FAL_JSON_OBJECT) {
        return FAL_OK;
    }
    for (const fal_json_value *v = fal_json_first(json, value); v != NULL; v = fal_json_after(json, v)) {
        if (strcmp(v->name, name) != 0) {
            continue;
        }
        if (*found != NULL) {
            return fal_fail(FAL_ERR_INPUT, "%s:%lld: the member %.*s stands twice", json->path, (long long)v->line,
                            NAMES_SHOWN, name);
        }
        *found = v;
    }
    return FAL_OK;
}
