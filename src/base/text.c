/* Text: a growing string, strict number parsing, the nearest name for an error message. */
#include "fal/base/text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Room for `wanted` bytes in all; false and text->failed if there is no memory. */
static bool grow(fal_text *text, size_t wanted)
{
    if (wanted <= text->capacity) {
        return true;
    }
    const size_t capacity = wanted < 128 ? 256 : 2 * wanted;
    char *grown = realloc(text->chars, capacity);
    if (grown == NULL) {
        text->failed = true;
        return false;
    }
    text->chars = grown;
    text->capacity = capacity;
    return true;
}

void fal_text_add_list(fal_text *text, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    const int needed = text->failed ? -1 : vsnprintf(NULL, 0, format, arguments);
    text->failed = needed < 0;
    if (needed >= 0 && grow(text, text->length + (size_t)needed + 1)) {
        (void)vsnprintf(text->chars + text->length, text->capacity - text->length, format, again);
        text->length += (size_t)needed;
    }
    va_end(again);
}

void fal_text_add(fal_text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fal_text_add_list(text, format, arguments);
    va_end(arguments);
}

fal_status fal_text_status(const fal_text *text)
{
    return text->failed ? fal_fail(FAL_ERR_MEMORY, "no memory for a text of more than %zu bytes", text->length)
                        : FAL_OK;
}

void fal_text_clear(fal_text *text)
{
    text->length = 0;
    text->failed = false;
    if (text->chars != NULL) {
        text->chars[0] = '\0';
    }
}

void fal_text_destroy(fal_text *text)
{
    free(text->chars);
    *text = (fal_text){0};
}

static bool only_blanks(const char *text)
{
    while (isspace((unsigned char)*text)) {
        text++;
    }
    return *text == '\0';
}

bool fal_text_to_int(const char *text, int64_t *value)
{
    char *end = NULL;
    errno = 0;
    const long long parsed = strtoll(text, &end, 10);
    if (end == text || errno != 0 || !only_blanks(end)) {
        return false;
    }
    *value = parsed;
    return true;
}

/* "0x1p-3": strtod takes it, people don't mean it. */
static bool is_hexadecimal(const char *text)
{
    while (isspace((unsigned char)*text)) {
        text++;
    }
    text += *text == '-' || *text == '+';
    return text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
}

bool fal_text_to_real(const char *text, double *value)
{
    char *end = NULL;
    errno = 0;
    const double parsed = strtod(text, &end);
    if (end == text || (errno != 0 && parsed != 0.0) || isnan(parsed) || !only_blanks(end) || is_hexadecimal(text)) {
        return false;
    }
    *value = parsed == 0.0 ? 0.0 : parsed; /* one zero, as there is one text of it */
    return true;
}

bool fal_text_copy(char *to, size_t size, const char *from)
{
    const size_t length = strlen(from);
    const size_t kept = length < size ? length : size - 1;
    memcpy(to, from, kept);
    to[kept] = '\0';
    return kept == length;
}

bool fal_text_ends_with(const char *text, const char *ending)
{
    const size_t length = strlen(text);
    const size_t tail = strlen(ending);
    return length >= tail && strcmp(text + length - tail, ending) == 0;
}

char *fal_text_trim(char *text)
{
    while (isspace((unsigned char)*text)) {
        text++;
    }
    char *end = text + strlen(text);
    while (end > text && isspace((unsigned char)end[-1])) {
        end--;
    }
    *end = '\0';
    return text;
}

static int least(int a, int b) { return a < b ? a : b; }

int fal_text_distance(const char *a, const char *b)
{
    enum { LIMIT = 64 };
    int rows[3][LIMIT + 1];
    const int la = (int)strnlen(a, LIMIT);
    const int lb = (int)strnlen(b, LIMIT);
    for (int j = 0; j <= lb; j++) {
        rows[0][j] = j;
    }
    for (int i = 1; i <= la; i++) {
        int *row = rows[i % 3];
        const int *above = rows[(i - 1) % 3];
        row[0] = i;
        for (int j = 1; j <= lb; j++) {
            row[j] = least(least(above[j] + 1, row[j - 1] + 1), above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = least(row[j], rows[(i - 2) % 3][j - 2] + 1);
            }
        }
    }
    return rows[la % 3][lb];
}

const char *fal_text_nearest(const char *wrong, const char *const *names, size_t count)
{
    const char *best = NULL;
    int best_distance = 2 + (int)strlen(wrong) / 4;
    for (size_t i = 0; i < count; i++) {
        const int distance = fal_text_distance(wrong, names[i]);
        if (distance < best_distance) {
            best_distance = distance;
            best = names[i];
        }
    }
    return best;
}
