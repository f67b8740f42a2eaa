/* Curves as plain text for a terminal: a few lines of ASCII. */
#ifndef FAL_PLOT_SKETCH_H
#define FAL_PLOT_SKETCH_H

#include "fal/base/text.h"

typedef struct {
    const char *name;
    int points;
    const double *x, *y; /* [points]; not drawn where one is not finite */
} fal_sketch_series;

enum { FAL_SKETCH_WIDTH = 78, FAL_SKETCH_WIDTH_MAX = 80, FAL_SKETCH_WIDTH_MIN = 30 };

typedef struct {
    const char *x_name, *y_name;     /* one line each; what may not be shown becomes '?' */
    const fal_sketch_series *series; /* [series_count]: the letters a, b, c ... in this order; '*' where several meet */
    int series_count;
    int width;  /* columns, within the limits above; 0: FAL_SKETCH_WIDTH */
    int height; /* lines of the picture itself, 4 to 8; axis and legend (names with their last values) come below; 0: 4
                 */
} fal_sketch;

/** Appends whole lines, none longer than `width` columns. Names are cut where they would not fit. */
fal_status fal_sketch_text(const fal_sketch *sketch, fal_text *text);

#endif
