/* Dots with intervals, a row each, against a line at zero (forest plot). */
#ifndef FAL_PLOT_FOREST_H
#define FAL_PLOT_FOREST_H

#include <stdint.h>

#include "fal/plot/svg.h"

typedef struct {
    const char *name;
    int colour;
    double estimate, low, high; /* each may be not finite: not drawn */
    double thin_low, thin_high; /* a second, wider or narrower interval as a thin line; drawn if thin_low < thin_high */
} fal_forest_row;

typedef struct {
    const char *title, *x_name;
    const char *label; /* for screen readers; NULL: the title */
    const char *notes[2];
    const char *below, *above;  /* what lies left and right of zero ("worse than random"); NULL: not said */
    const fal_forest_row *rows; /* [row_count] */
    int row_count;
    double band;        /* a grey band of -band..band: what does not matter; 0: none */
    int decimals;       /* of the numbers at the right */
    const char *source; /* row i is first_row + i of it */
    int64_t first_row;
} fal_forest;

/** Appends the figure. A row is <path class="interval" data-v>, <path class="wide" data-v>, <circle
 * class="mark" data-v> and <text class="value" data-v> "estimate [low, high]". */
fal_status fal_forest_svg(const fal_forest *forest, fal_svg_use use, fal_text *svg);

#endif
