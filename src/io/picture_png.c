/* PNG through libpng. Its errors come by longjmp: each setjmp stands in a function of its own that calls nothing but
 * libpng and keeps nothing in its locals, so that no frame of ours is jumped over.
 *
 * All chunks that say nothing about pixels are ignored unread, so a bomb in a text or profile has no effect; animation
 * and orientation are found by a walk over the chunks before. */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <png.h>

#include "picture_internal.h"

#include "fal/base/memory.h"

typedef struct {
    const fal_picture_file *file;
    size_t at; /* next byte that libpng gets */
    char reason[128];
    png_structp png;
    png_infop info;
    /* As rows come out of libpng: 8 bits, palettes and bits expanded. */
    uint32_t h, w;
    int channels; /* 1 to 4; 2 and 4: with alpha */
    int passes;
    bool is_16_bit, is_grey;
    uint8_t *wide; /* [h][w][channels] */
} reader;

bool fal_picture_has_png(void) { return true; }

/* ---- libpng's callbacks ---------------------------------------------------------------------------------------- */

static _Noreturn void on_error(png_structp png, png_const_charp message)
{
    reader *r = png_get_error_ptr(png);
    (void)snprintf(r->reason, sizeof r->reason, "%s", message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static void on_read(png_structp png, png_bytep to, size_t count)
{
    reader *r = png_get_io_ptr(png);
    if (count > r->file->count - r->at) {
        png_error(png, "it ends too early");
    }
    memcpy(to, r->file->bytes + r->at, count);
    r->at += count;
}

/* ---- calls of libpng ------------------------------------------------------------------------------------------- */

/** A palette of greys alone is a grey picture that some program has packed. */
static bool is_grey(png_structp png, png_infop info)
{
    png_colorp palette = NULL;
    int entries = 0;
    bool grey = true;
    if (png_get_color_type(png, info) != PNG_COLOR_TYPE_PALETTE) {
        return (png_get_color_type(png, info) & PNG_COLOR_MASK_COLOR) == 0;
    }
    (void)png_get_PLTE(png, info, &palette, &entries);
    for (int i = 0; i < entries; i++) {
        grey = grey && palette[i].red == palette[i].green && palette[i].red == palette[i].blue;
    }
    return grey;
}

static bool read_head(reader *r)
{
    if (setjmp(png_jmpbuf(r->png)) != 0) {
        return false;
    }
    png_set_read_fn(r->png, r, on_read);
    png_set_user_limits(r->png, FAL_PICTURE_SIDE_MAX, FAL_PICTURE_SIDE_MAX);
    png_set_keep_unknown_chunks(r->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_read_info(r->png, r->info);
    r->is_16_bit = png_get_bit_depth(r->png, r->info) == 16;
    r->is_grey = is_grey(r->png, r->info);
    png_set_expand(r->png);
    png_set_scale_16(r->png);
    r->passes = png_set_interlace_handling(r->png);
    png_read_update_info(r->png, r->info);
    r->h = png_get_image_height(r->png, r->info);
    r->w = png_get_image_width(r->png, r->info);
    r->channels = png_get_channels(r->png, r->info);
    return true;
}

static bool read_rows(reader *r)
{
    if (setjmp(png_jmpbuf(r->png)) != 0) {
        return false;
    }
    const size_t row_bytes = (size_t)r->w * (size_t)r->channels;
    for (int pass = 0; pass < r->passes; pass++) {
        for (size_t y = 0; y < r->h; y++) {
            png_read_row(r->png, r->wide + y * row_bytes, NULL);
        }
    }
    png_read_end(r->png, NULL);
    return true;
}

/* ---- pixels ---------------------------------------------------------------------------------------------------- */

/** From libpng's channels to ours, in place: every pixel moves to where it is or before. */
static void compact(reader *r, fal_picture *picture)
{
    const size_t pixels = (size_t)r->h * r->w;
    const int step = r->channels;
    const int colours = step >= 3 ? 3 : 1;
    const int c = r->is_grey ? 1 : 3;
    const uint8_t *from = r->wide;
    uint8_t *to = r->wide;
    for (size_t i = 0; i < pixels; i++, from += step, to += c) {
        const unsigned alpha = step == colours ? 255U : from[colours];
        picture->was_transparent = picture->was_transparent || alpha != 255U;
        for (int k = 0; k < c; k++) {
            to[k] = (uint8_t)((from[k] * alpha + 127U) / 255U);
        }
    }
    picture->h = (int)r->h;
    picture->w = (int)r->w;
    picture->c = c;
    picture->was_16_bit = r->is_16_bit;
    picture->pixels = r->wide;
    r->wide = NULL;
}

/** libpng would unpack what comes after the last row, a thousand times its size, only to throw it away. */
static fal_status check_data(const fal_picture_file *file, const fal_picture_png_chunks *chunks)
{
    enum { VALUES = 8, FILTERS = 16, SLACK = 1 << 16 }; /* bytes of a pixel; of a row in all passes; of any stream */
    const size_t most = (size_t)chunks->h * ((size_t)chunks->w * VALUES + FILTERS);
    if (chunks->data_bytes > most + most / 8 + SLACK) {
        return fal_picture_damaged(file->name, "it holds more data than its size allows");
    }
    return FAL_OK;
}

fal_status fal_picture_decode_png(const fal_picture_file *file, fal_picture *picture, int *orientation)
{
    reader r = {.file = file};
    fal_status status = FAL_OK;
    const fal_picture_png_chunks chunks = fal_picture_walk_png(file->bytes, file->count);
    *orientation = chunks.orientation;
    if (chunks.animated) {
        return fal_fail(FAL_ERR_INPUT, "%s: is an animated PNG: save one picture of it", file->name);
    }
    if (chunks.h > 0) { /* before libpng, whose message is shorter */
        FAL_TRY(fal_picture_check_size(file->name, chunks.h, chunks.w, 1));
        FAL_TRY(check_data(file, &chunks));
    }
    r.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &r, on_error, on_warning);
    r.info = r.png != NULL ? png_create_info_struct(r.png) : NULL;
    if (r.info == NULL) {
        status = fal_fail(FAL_ERR_MEMORY, "%s: libpng has no memory", file->name);
        goto done;
    }
    if (!read_head(&r)) {
        status = fal_picture_damaged(file->name, r.reason);
        goto done;
    }
    FAL_TRY_GOTO(fal_picture_check_size(file->name, r.h, r.w, r.is_grey ? 1 : 3));
    FAL_TRY_GOTO(fal_alloc(&r.wide, (size_t)r.h * r.w, (size_t)r.channels, file->name));
    if (!read_rows(&r)) {
        status = fal_picture_damaged(file->name, r.reason);
        goto done;
    }
    compact(&r, picture);
done:
    fal_free(r.wide);
    if (r.png != NULL) {
        png_destroy_read_struct(&r.png, &r.info, NULL);
    }
    return status;
}
