/* PNG files without libpng. For small pictures that people look at. */
#ifndef FAL_IO_PNG_WRITE_H
#define FAL_IO_PNG_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "fal/base/status.h"

/** The whole file in *bytes (fal_free), pixels in stored blocks, not compressed.
 *
 *  pixels  [h][w][c], c = 1 (grey) or 3 (RGB); sides of at least 1, together below 1 GiB (asserted)
 *  The file is the pixels, h bytes and about 0.01 % more. */
fal_status fal_png_encode(const uint8_t *pixels, int h, int w, int c, unsigned char **bytes, size_t *count);
/** The same, filtered and compressed with zlib: the pixels are the same everywhere, the bytes depend on zlib. For what
 * is carried inside a page. */
fal_status fal_png_pack(const uint8_t *pixels, int h, int w, int c, unsigned char **bytes, size_t *count);

#endif
