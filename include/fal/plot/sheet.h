/* A sheet of small images, side by side in one picture with a caption. */
#ifndef FAL_PLOT_SHEET_H
#define FAL_PLOT_SHEET_H

#include <stdint.h>

#include "fal/plot/svg.h"

enum { FAL_SHEET_IMAGES_MAX = 40, FAL_SHEET_COLUMNS = 10 };

typedef struct {
    const char *title;        /* the caption: a strategy's name, for one */
    const char *label;        /* for screen readers; NULL: the title */
    int colour;               /* of the series that the sheet belongs to */
    const uint8_t *images;    /* [count][h][w][c], c = 1 or 3 */
    int count, h, w, c;       /* count 0..FAL_SHEET_IMAGES_MAX; h and w at least 1 */
    int columns;              /* 0: FAL_SHEET_COLUMNS */
    const char *const *names; /* [count] tooltips (classes); NULL: none */
    const char *source;       /* image i is row first_row + i of it */
    int64_t first_row;
} fal_sheet;

/** All images as one, *pixels [*h][*w][c] (fal_free), rows and columns of images with a pixel of the mean grey between
 *  them; places without an image, too. Of an empty sheet one pixel. */
fal_status fal_sheet_tile(const fal_sheet *sheet, uint8_t **pixels, int *h, int *w);
/** Appends the figure around these pixels as a PNG file in memory (fal_png_pack). Each image is covered by <rect
 *  class="place" data-v> with its name. */
fal_status fal_sheet_svg(const fal_sheet *sheet, const unsigned char *picture, size_t picture_size, fal_svg_use use,
                         fal_text *svg);

#endif
