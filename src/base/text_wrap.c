/* Lines that are too long for a terminal, broken between words. */
#include <string.h>

#include "fal/base/text.h"

/* Bytes of the first piece of a line of `length` bytes: up to the last blank within `width` characters, or the first
 * one after; all of it if it fits or has no blank. Blanks at the beginning are no place to break. */
static size_t piece(const char *line, size_t length, int width)
{
    size_t blank = 0;
    size_t at = strspn(line, " ");
    int characters = (int)at;
    while (at < length) {
        if (line[at] == ' ') {
            blank = at;
        }
        if (characters >= width && blank > 0) {
            return blank;
        }
        bool good = false;
        at += fal_text_character(line + at, &good);
        characters++;
    }
    return length;
}

void fal_text_wrap(fal_text *text, const char *plain, int width)
{
    while (*plain != '\0') {
        const size_t length = strcspn(plain, "\n");
        size_t done = 0;
        while (done < length) {
            const size_t bytes = piece(plain + done, length - done, width);
            fal_text_add(text, "%.*s", (int)bytes, plain + done);
            done += bytes;
            if (done < length) {
                fal_text_add(text, "\n");
                done += strspn(plain + done, " ");
            }
        }
        plain += length;
        if (*plain == '\n') {
            fal_text_add(text, "\n");
            plain++;
        }
    }
}
