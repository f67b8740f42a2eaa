/* Pictures to the size and channels of a data set, in integers: the same on every machine, for any number of threads.
 */
#ifndef FAL_DATA_RESIZE_H
#define FAL_DATA_RESIZE_H

#include <stdint.h>

#include "fal/base/status.h"

enum { FAL_RESIZE_SIDE_MAX = 16384 };

/** Area average: each pixel of the result is the mean of the area of the picture that it covers, pixels that are
 * covered in part counting by that part; rounded to the nearest grey level, halves up. Larger results repeat pixels and
 * average where they meet. Proportions change where those of the sizes do.
 *
 *  from [h][w][c]; to [to_h][to_w][c], no overlap with from; sides 1 to FAL_RESIZE_SIDE_MAX, c 1 or 3 (asserted).
 *  Source: the box filter of image libraries (Pillow's BOX and OpenCV's INTER_AREA when making smaller). */
fal_status fal_resize_area(const uint8_t *from, int h, int w, int c, uint8_t *to, int to_h, int to_w);

/** Cut the largest centred part with the proportions of to_h : to_w, in place; an odd pixel is left out on the right or
 *  at the bottom. pixels [*h][*w][c]. */
void fal_resize_crop_centre(uint8_t *pixels, int *h, int *w, int c, int to_h, int to_w);

/** Colour to grey, in place: [pixels][3] -> [pixels]; the luma of ITU-R BT.601, (19595 R + 38470 G + 7471 B) / 65536
 *  rounded, as in Pillow's convert("L"). */
void fal_resize_to_grey(uint8_t *pixels, int64_t count);
/** Grey to colour: three equal channels. pixels: `count` values in, room for three times as many, in place. */
void fal_resize_to_colour(uint8_t *pixels, int64_t count);

#endif
