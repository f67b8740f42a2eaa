/* What is read of pictures without a library: the orientation in EXIF, the markers of a JPEG, the chunks of a PNG.
 * Every step is checked against the end of the bytes; what makes no sense counts as not there. */
#include <string.h>

#include "picture_internal.h"

/* ---- EXIF ------------------------------------------------------------------------------------------------------ */

typedef struct {
    const unsigned char *bytes;
    size_t count;
    bool big_endian;
} tiff_block;

static uint32_t number_at(const tiff_block *block, size_t at, int width)
{
    uint32_t value = 0;
    for (int i = 0; i < width; i++) {
        const int from = block->big_endian ? i : width - 1 - i;
        value = value << 8 | block->bytes[at + (size_t)from];
    }
    return value;
}

int fal_picture_exif_orientation(const unsigned char *tiff, size_t count)
{
    enum { HEAD = 8, ENTRY = 12, TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3 };
    tiff_block block = {tiff, count, false};
    if (count < HEAD || (memcmp(tiff, "II", 2) != 0 && memcmp(tiff, "MM", 2) != 0)) {
        return 1;
    }
    block.big_endian = tiff[0] == 'M';
    const size_t directory = number_at(&block, 4, 4);
    if (number_at(&block, 2, 2) != 42 || directory > count - 2) {
        return 1;
    }
    const size_t entries = number_at(&block, directory, 2);
    for (size_t i = 0; i < entries; i++) {
        const size_t at = directory + 2 + i * ENTRY;
        if (at > count || count - at < ENTRY) {
            break;
        }
        if (number_at(&block, at, 2) == TAG_ORIENTATION) {
            const uint32_t value = number_at(&block, at + 8, 2);
            const bool good = number_at(&block, at + 2, 2) == TYPE_SHORT && number_at(&block, at + 4, 4) == 1;
            return good && value >= 1 && value <= 8 ? (int)value : 1;
        }
    }
    return 1;
}

/* ---- JPEG markers ---------------------------------------------------------------------------------------------- */

enum { SOI = 0xd8, EOI = 0xd9, SOS = 0xda, APP1 = 0xe1, DHT = 0xc4, JPG = 0xc8, DAC = 0xcc, RST0 = 0xd0, TEM = 0x01 };

static bool starts_frame(int marker)
{
    return marker >= 0xc0 && marker <= 0xcf && marker != DHT && marker != JPG && marker != DAC;
}

static bool stands_alone(int marker) { return marker == TEM || (marker >= RST0 && marker <= SOI); }

/** One segment: `body` follows its length. */
static void take_segment(fal_picture_jpeg_marks *marks, int marker, const unsigned char *body, size_t length)
{
    static const unsigned char exif[6] = "Exif\0";
    if (starts_frame(marker) && marks->components == 0 && length >= 6) {
        marks->h = body[1] << 8 | body[2];
        marks->w = body[3] << 8 | body[4];
        marks->components = body[5];
    } else if (marker == APP1 && marks->orientation == 0 && length > sizeof exif &&
               memcmp(body, exif, sizeof exif) == 0) {
        marks->orientation = fal_picture_exif_orientation(body + sizeof exif, length - sizeof exif);
    } else if (marker == SOS) {
        marks->scans++;
    }
}

fal_picture_jpeg_marks fal_picture_walk_jpeg(const unsigned char *bytes, size_t count)
{
    fal_picture_jpeg_marks marks = {0};
    for (size_t at = 2; at < count && !marks.ends;) {
        /* To the next marker: what lies between is a scan's data, in which 0xff is followed by 0 or a restart. */
        const unsigned char *found = memchr(bytes + at, 0xff, count - at);
        at = found != NULL ? (size_t)(found - bytes) + 1 : count;
        if (at >= count || bytes[at] == 0 || bytes[at] == 0xff) {
            continue;
        }
        const int marker = bytes[at++];
        if (marker == EOI) {
            marks.ends = true;
        } else if (!stands_alone(marker)) {
            const size_t length = count - at >= 2 ? (size_t)bytes[at] << 8 | bytes[at + 1] : 0;
            if (length < 2 || length > count - at) {
                break;
            }
            take_segment(&marks, marker, bytes + at + 2, length - 2);
            at += length;
        }
    }
    marks.orientation = marks.orientation == 0 ? 1 : marks.orientation;
    return marks;
}

/* ---- PNG chunks ------------------------------------------------------------------------------------------------ */

fal_picture_png_chunks fal_picture_walk_png(const unsigned char *bytes, size_t count)
{
    enum { SIGNATURE = 8, FRAME = 12, IHDR = 13 };
    const tiff_block file = {bytes, count, true};
    fal_picture_png_chunks found = {.orientation = 1};
    for (size_t at = SIGNATURE; at <= count && count - at >= FRAME;) {
        const size_t length = number_at(&file, at, 4);
        const unsigned char *kind = bytes + at + 4;
        if (length > count - at - FRAME) {
            break;
        }
        if (at == SIGNATURE && memcmp(kind, "IHDR", 4) == 0 && length == IHDR) {
            found.w = number_at(&file, at + 8, 4);
            found.h = number_at(&file, at + 12, 4);
        }
        found.data_bytes += memcmp(kind, "IDAT", 4) == 0 ? length : 0;
        found.animated = found.animated || memcmp(kind, "acTL", 4) == 0;
        if (memcmp(kind, "eXIf", 4) == 0) {
            found.orientation = fal_picture_exif_orientation(kind + 4, length);
        }
        at += length + FRAME;
    }
    return found;
}
