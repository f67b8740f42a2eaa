/* Text: a growing string, strict number parsing, the nearest name for an error message. */
#ifndef FAL_BASE_TEXT_H
#define FAL_BASE_TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "fal/base/status.h"

/** A growing string. Start with {0}; `chars` is NULL until something was added. */
typedef struct {
    char *chars;
    size_t length;
    size_t capacity;
    bool failed; /* there was no memory: nothing is added any more */
} fal_text;

/** Errors stick: add as often as you like, and ask fal_text_status once before the text is used. */
void fal_text_add(fal_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void fal_text_add_list(fal_text *text, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));
/** FAL_ERR_MEMORY if any addition since the start (or fal_text_clear) found no memory. */
fal_status fal_text_status(const fal_text *text);
void fal_text_clear(fal_text *text);
void fal_text_destroy(fal_text *text);

/** The whole of `text` as a number, blanks around it allowed; false if anything else is there or it does not fit. */
bool fal_text_to_int(const char *text, int64_t *value);
/** Decimal, also "inf" and "infinity"; never NaN or -0. */
bool fal_text_to_real(const char *text, double *value);

/** Copy with an end mark; false (and a shortened copy) if it does not fit. */
bool fal_text_copy(char *to, size_t size, const char *from);

bool fal_text_ends_with(const char *text, const char *ending);

/** Remove blanks at both ends, in place; returns the new start. */
char *fal_text_trim(char *text);

/** May the text be shown as it is? Valid UTF-8 on one line: no control characters (C0, C1), no marks of direction, zero
 *  width or byte order, nothing else that is invisible. Letters of any script are fine. What people name (classes,
 *  labels, folders) is accepted by this and nothing else. */
bool fal_text_is_printable(const char *text);
/** The bytes of the first character, at least 1, of a text that is not empty; *good: it is valid UTF-8 and may be
 * shown. Bytes that are none count alone, what is cut off counts as one. */
size_t fal_text_character(const char *text, bool *good);
/** In place: each character (or byte that is none) that may not be shown becomes '?', so the text only gets shorter;
 *  with `lines`, ends of lines and tabs stay. */
void fal_text_make_printable(char *text, bool lines);

/** Appends `plain` with each line that is longer than `width` characters broken at blanks, where it has any. */
void fal_text_wrap(fal_text *text, const char *plain, int width);

/** Number of edits (insert, delete, replace, swap neighbours) between two names of up to 64 characters. */
int fal_text_distance(const char *a, const char *b);
/** The name nearest to `wrong`, or NULL if none is near enough to be meant. */
const char *fal_text_nearest(const char *wrong, const char *const *names, size_t count);
/** What `wrong` may have meant, as text: the nearest name, or those few that share most of its words (with '_' or '-'
 *  between them), each between `before` and `after`: "--fl_rounds or --al_rounds". False: nothing, "". */
enum { FAL_TEXT_SUGGESTION = 320 };
bool fal_text_suggest(const char *wrong, const char *const *names, size_t count, const char *before, const char *after,
                      char text[FAL_TEXT_SUGGESTION]);

#endif
