/* Pictures of other people, PNG and JPEG, from bytes in memory to grey levels 0..255.
 *
 * What comes out: grey pictures (also palettes of greys alone) have one channel, all others three. 16-bit values are
 * scaled to 8 bits and rounded. Transparency is composed on black: what lies under it is arbitrary. Pixels are not
 * changed for gamma or colour profiles. The orientation that a camera noted (EXIF, in JPEG and PNG) is applied. JPEG is
 * decoded as libjpeg's default does (accurate inverse transform, smooth upsampling of colour). */
#ifndef FAL_IO_PICTURE_H
#define FAL_IO_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#include "fal/base/status.h"

enum { FAL_PICTURE_SIDE_MAX = 16384 };
/* Bytes of the decoded pixels, and of the file. */
#define FAL_PICTURE_PIXELS_MAX ((size_t)256 << 20)
#define FAL_PICTURE_FILE_MAX ((size_t)128 << 20)

typedef struct {
    int h, w, c;     /* c = 1 or 3 */
    uint8_t *pixels; /* [h][w][c] */
    bool was_16_bit, was_transparent, was_turned;
} fal_picture;

/** What the first bytes say: nothing known, a format that is decoded here, or one that is refused by its name. */
typedef enum { FAL_PICTURE_UNKNOWN, FAL_PICTURE_DECODED, FAL_PICTURE_REFUSED } fal_picture_kind;
enum { FAL_PICTURE_HEAD = 132 }; /* so many bytes suffice */
fal_picture_kind fal_picture_tell(const unsigned char *bytes, size_t count);

/** Decode one picture; *picture is filled anew (release with fal_picture_destroy). `name` is for messages.
 *
 *  Sizes are read from the header and bounded before anything is decoded: sides, bytes, scans of a progressive JPEG.
 *  FAL_ERR_INPUT: damaged or cut short (also where only the end is missing), too large, animated, CMYK, or of another
 *  format, which is named with what to do. FAL_ERR_USAGE: built without the library. */
fal_status fal_picture_decode(const char *name, const unsigned char *bytes, size_t count, fal_picture *picture);
/** The same from a file of at most FAL_PICTURE_FILE_MAX bytes. */
fal_status fal_picture_read(const char *path, fal_picture *picture);
/** The sides that decoding would give, from the header alone; needs no library. FAL_ERR_INPUT as above. */
fal_status fal_picture_measure(const char *name, const unsigned char *bytes, size_t count, int *h, int *w);
/** Also fine for a zeroed struct. */
void fal_picture_destroy(fal_picture *picture);

/** Was the program built with libpng, with libturbojpeg? */
bool fal_picture_has_png(void);
bool fal_picture_has_jpeg(void);

#endif
