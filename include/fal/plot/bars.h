/* Bars: groups (categories) of horizontal bars, one for each series, from a line at zero. */
#ifndef FAL_PLOT_BARS_H
#define FAL_PLOT_BARS_H

#include <stdint.h>

#include "fal/plot/svg.h"

typedef struct {
    const char *name;
    int colour;
    const double *values;     /* [categories] of any sign; not finite: no bar, "-" instead of its number */
    const double *low, *high; /* [categories] the ends of a whisker, none where one is not finite; NULL: none */
    int64_t first_row;        /* of category 0 in bars.source */
} fal_bars_series;

typedef struct {
    const char *title, *value_name;
    const char *label; /* for screen readers; NULL: the title */
    const char *notes[2];
    const char *const *categories; /* [category_count] */
    int category_count;
    const fal_bars_series *series; /* [series_count]; from two on their names stand above */
    int series_count;
    int decimals; /* of the number at the end of each bar */
    const char *source;
} fal_bars;

/** Appends the figure. A bar is <rect class="bar" data-v>, its whisker <path class="whisker" data-v>, its number
 *  <text class="value" data-v>. The figure grows downwards with the number of bars. */
fal_status fal_bars_svg(const fal_bars *bars, fal_svg_use use, fal_text *svg);

#endif
