/* Which texts may be shown on a terminal: valid UTF-8 without control characters and without characters that nobody
 * sees but that change how the rest is shown (directions, zero width, tags). Names of such a text could pretend to be
 * others, or steer the terminal. */
#include "fal/base/text.h"

/* Controls C0 and C1, then invisible formatting: soft hyphen, directional marks, fillers, zero widths, separators of
 * lines, byte order mark, annotations, tags. */
static const struct {
    uint32_t first, last;
} hidden[] = {{0x0000, 0x001f}, {0x007f, 0x009f},  {0x00ad, 0x00ad}, {0x061c, 0x061c}, {0x115f, 0x1160},
              {0x17b4, 0x17b5}, {0x180b, 0x180f},  {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
              {0x3164, 0x3164}, {0xd800, 0xdfff},  {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff9, 0xfffb},
              {0xfffe, 0xffff}, {0xe0000, 0xe0fff}};

size_t fal_text_character(const char *text, bool *good)
{
    const unsigned char *p = (const unsigned char *)text;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; /* longer forms of small numbers are invalid */
    const size_t wanted = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    uint32_t code = wanted == 1 ? p[0] : p[0] & (0x7fU >> wanted);
    size_t length = 1;
    *good = false;
    if (p[0] >= 0xf8 || (p[0] >= 0x80 && p[0] < 0xc0)) {
        return 1;
    }
    for (; length < wanted && (p[length] & 0xc0) == 0x80; length++) {
        code = code << 6 | (p[length] & 0x3fU);
    }
    *good = length == wanted && code >= least[wanted] && code <= 0x10ffff;
    for (size_t i = 0; *good && i < sizeof hidden / sizeof hidden[0]; i++) {
        *good = code < hidden[i].first || code > hidden[i].last;
    }
    return length;
}

bool fal_text_is_printable(const char *text)
{
    bool good = true;
    for (const char *p = text; good && *p != '\0';) {
        p += fal_text_character(p, &good);
    }
    return good;
}

void fal_text_make_printable(char *text, bool lines)
{
    const char *from = text;
    char *to = text;
    while (*from != '\0') {
        bool good = false;
        const size_t length = fal_text_character(from, &good);
        if (good || (lines && (*from == '\n' || *from == '\t'))) {
            for (size_t i = 0; i < length; i++) {
                *to++ = from[i];
            }
        } else {
            *to++ = '?';
        }
        from += length;
    }
    *to = '\0';
}
