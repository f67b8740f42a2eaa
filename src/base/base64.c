/* Base64: three bytes become four letters of 6 bits each. */
#include "fal/base/base64.h"

void fal_base64_add(fal_text *text, const unsigned char *bytes, size_t count)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    enum { GROUP = 3, PIECE = 4 * 256 }; /* letters that are added at once */
    char piece[PIECE + 1];
    int filled = 0;
    for (size_t i = 0; i < count; i += GROUP) {
        const size_t here = count - i < GROUP ? count - i : GROUP;
        const unsigned first = bytes[i];
        const unsigned second = here > 1 ? bytes[i + 1] : 0;
        const unsigned third = here > 2 ? bytes[i + 2] : 0;
        piece[filled++] = letters[first >> 2];
        piece[filled++] = letters[(first & 3U) << 4 | second >> 4];
        piece[filled++] = here > 1 ? letters[(second & 15U) << 2 | third >> 6] : '=';
        piece[filled++] = here > 2 ? letters[third & 63U] : '=';
        if (filled == PIECE || i + GROUP >= count) {
            piece[filled] = '\0';
            fal_text_add(text, "%s", piece);
            filled = 0;
        }
    }
}
