/* Pictures: told apart by their first bytes, limits, the turn that EXIF asks for. The decoders are files of their own.
 */
#include "fal/io/picture.h"

#include <string.h>

#include "picture_internal.h"

#include "fal/base/memory.h"
#include "fal/io/file.h"

/* ---- which format ---------------------------------------------------------------------------------------------- */

typedef struct {
    size_t at;
    size_t length;
    const char *magic;
    const char *name, *advice; /* of a format that is refused */
} format;

#define TO_PNG "convert it to PNG, e.g. with ImageMagick's mogrify -format png"

static const format formats[] = {
    {0, 8, "\x89PNG\r\n\x1a\n", NULL, NULL},
    {0, 3, "\xff\xd8\xff", NULL, NULL},
    {128, 4, "DICM", "DICOM", "convert it to PNG without patient data, e.g. with DCMTK's dcmj2pnm --write-png"},
    {0, 4, "II*\0", "TIFF", TO_PNG},
    {0, 4, "MM\0*", "TIFF", TO_PNG},
    {0, 4, "II+\0", "BigTIFF", TO_PNG},
    {0, 4, "MM\0+", "BigTIFF", TO_PNG},
    {0, 4, "GIF8", "GIF", TO_PNG},
    {8, 4, "WEBP", "WebP", TO_PNG},
    {4, 4, "ftyp", "HEIC, AVIF or a film", TO_PNG},
    {0, 8, "\0\0\0\x0cjP  ", "JPEG 2000", TO_PNG},
    {0, 4, "\xff\x4f\xff\x51", "JPEG 2000", TO_PNG},
    {0, 4, "8BPS", "a Photoshop picture", TO_PNG},
    {0, 4, "%PDF", "PDF", "export its pictures as PNG"},
    {0, 2, "P1", "PBM", TO_PNG},
    {0, 2, "P2", "PGM", TO_PNG},
    {0, 2, "P3", "PPM", TO_PNG},
    {0, 2, "P4", "PBM", TO_PNG},
    {0, 2, "P5", "PGM", TO_PNG},
    {0, 2, "P6", "PPM", TO_PNG},
    {0, 2, "BM", "BMP", TO_PNG},
};
enum { FORMATS = sizeof formats / sizeof formats[0], PNG = 0, JPEG = 1 };

/** Letters alone are too weak a mark: a text may begin with BM or P1. */
static bool second_look(const format *f, const unsigned char *bytes, size_t count)
{
    if (f->length > 2) {
        return f->at != 8 || memcmp(bytes, "RIFF", 4) == 0;
    }
    if (f->magic[0] == 'P') {
        const bool blank = count > 3 && (bytes[2] == ' ' || (bytes[2] >= '\t' && bytes[2] <= '\r'));
        return blank && (bytes[3] == '#' || (bytes[3] >= '0' && bytes[3] <= '9'));
    }
    return count >= 14 && bytes[6] == 0 && bytes[7] == 0 && bytes[8] == 0 && bytes[9] == 0; /* reserved in BMP */
}

static const format *find_format(const unsigned char *bytes, size_t count)
{
    for (int i = 0; i < FORMATS; i++) {
        const format *f = &formats[i];
        if (count >= f->at + f->length && memcmp(bytes + f->at, f->magic, f->length) == 0 &&
            second_look(f, bytes, count)) {
            return f;
        }
    }
    return NULL;
}

fal_picture_kind fal_picture_tell(const unsigned char *bytes, size_t count)
{
    const format *found = find_format(bytes, count);
    if (found == NULL) {
        return FAL_PICTURE_UNKNOWN;
    }
    return found->name == NULL ? FAL_PICTURE_DECODED : FAL_PICTURE_REFUSED;
}

/* ---- limits and messages --------------------------------------------------------------------------------------- */

fal_status fal_picture_check_size(const char *name, uint64_t h, uint64_t w, int channels)
{
    if (h < 1 || w < 1) {
        return fal_picture_damaged(name, "a side of no pixels");
    }
    if (h > FAL_PICTURE_SIDE_MAX || w > FAL_PICTURE_SIDE_MAX || h * w * (uint64_t)channels > FAL_PICTURE_PIXELS_MAX) {
        return fal_fail(FAL_ERR_INPUT,
                        "%s: %llu x %llu pixels in %d channel%s are more than the %d a side and %zu MiB allowed: "
                        "make it smaller",
                        name, (unsigned long long)h, (unsigned long long)w, channels, channels == 1 ? "" : "s",
                        FAL_PICTURE_SIDE_MAX, FAL_PICTURE_PIXELS_MAX >> 20);
    }
    return FAL_OK;
}

fal_status fal_picture_damaged(const char *name, const char *reason)
{
    return fal_fail(FAL_ERR_INPUT, "%s: the picture is damaged (%.120s): copy it again, or leave it out", name, reason);
}

/* ---- the turn -------------------------------------------------------------------------------------------------- */

enum { FIRST_THAT_SWAPS = 5 }; /* of the orientations: height and width */

/** EXIF's orientations are combinations of three steps, in this order. */
static void steps_of(int orientation, bool *swap_axes, bool *flip_rows, bool *flip_columns)
{
    *swap_axes = orientation >= FIRST_THAT_SWAPS;
    *flip_rows = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
    *flip_columns = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
}

static fal_status turn(const char *name, fal_picture *picture, int orientation)
{
    bool swap_axes = false;
    bool flip_rows = false;
    bool flip_columns = false;
    uint8_t *turned = NULL;
    const size_t c = (size_t)picture->c;
    steps_of(orientation, &swap_axes, &flip_rows, &flip_columns);
    const int h = swap_axes ? picture->w : picture->h;
    const int w = swap_axes ? picture->h : picture->w;
    FAL_TRY(fal_alloc(&turned, (size_t)h * (size_t)w, c, name));
    uint8_t *to = turned;
    for (int y = 0; y < h; y++) {
        const int row = flip_rows ? h - 1 - y : y;
        for (int x = 0; x < w; x++) {
            const int column = flip_columns ? w - 1 - x : x;
            const size_t from = swap_axes ? (size_t)column * (size_t)picture->w + (size_t)row
                                          : (size_t)row * (size_t)picture->w + (size_t)column;
            memcpy(to, picture->pixels + from * c, c);
            to += c;
        }
    }
    fal_free(picture->pixels);
    picture->pixels = turned;
    picture->h = h;
    picture->w = w;
    picture->was_turned = true;
    return FAL_OK;
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

/** One of the two formats that are decoded, else the message that says what it is. */
static fal_status know_format(const char *name, const unsigned char *bytes, size_t count, bool *png)
{
    const format *found = find_format(bytes, count);
    if (count == 0) {
        return fal_fail(FAL_ERR_INPUT, "%s: is empty: copy it again, or leave it out", name);
    }
    if (found == NULL) {
        return fal_fail(FAL_ERR_INPUT, "%s: is neither PNG nor JPEG, whatever its name says: leave it out", name);
    }
    if (found->name != NULL) {
        return fal_fail(FAL_ERR_INPUT, "%s: is %s, which is not read here: %s", name, found->name, found->advice);
    }
    *png = found == &formats[PNG];
    return FAL_OK;
}

fal_status fal_picture_decode(const char *name, const unsigned char *bytes, size_t count, fal_picture *picture)
{
    const fal_picture_file file = {name, bytes, count};
    bool png = false;
    int orientation = 1;
    memset(picture, 0, sizeof *picture);
    FAL_TRY(know_format(name, bytes, count, &png));
    fal_status status = png ? fal_picture_decode_png(&file, picture, &orientation)
                            : fal_picture_decode_jpeg(&file, picture, &orientation);
    if (status == FAL_OK && orientation != 1) {
        status = turn(name, picture, orientation);
    }
    if (status != FAL_OK) {
        fal_picture_destroy(picture);
    }
    return status;
}

fal_status fal_picture_measure(const char *name, const unsigned char *bytes, size_t count, int *h, int *w)
{
    bool png = false;
    FAL_TRY(know_format(name, bytes, count, &png));
    const fal_picture_png_chunks chunks = png ? fal_picture_walk_png(bytes, count) : (fal_picture_png_chunks){0};
    const fal_picture_jpeg_marks marks = png ? (fal_picture_jpeg_marks){0} : fal_picture_walk_jpeg(bytes, count);
    const uint64_t high = png ? chunks.h : (uint64_t)marks.h;
    const uint64_t wide = png ? chunks.w : (uint64_t)marks.w;
    const bool swap = (png ? chunks.orientation : marks.orientation) >= FIRST_THAT_SWAPS;
    FAL_TRY(fal_picture_check_size(name, high, wide, 1));
    *h = (int)(swap ? wide : high);
    *w = (int)(swap ? high : wide);
    return FAL_OK;
}

fal_status fal_picture_read(const char *path, fal_picture *picture)
{
    char *bytes = NULL;
    size_t count = 0;
    memset(picture, 0, sizeof *picture);
    FAL_TRY(fal_file_read(path, FAL_PICTURE_FILE_MAX, &bytes, &count));
    const fal_status status = fal_picture_decode(path, (const unsigned char *)bytes, count, picture);
    fal_free(bytes);
    return status;
}

void fal_picture_destroy(fal_picture *picture)
{
    fal_free(picture->pixels);
    memset(picture, 0, sizeof *picture);
}
