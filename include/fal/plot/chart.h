/* A line chart: several series with bands, lines of single seeds, ticks, and each series' name at the end of its line.
 */
#ifndef FAL_PLOT_CHART_H
#define FAL_PLOT_CHART_H

#include <stdint.h>

#include "fal/plot/svg.h"

typedef struct {
    const char *name;
    int colour; /* and dash: the same for one strategy everywhere on a page */
    int points;
    const double *x, *y;      /* [points]; the line has a gap where one of them is not finite */
    const double *low, *high; /* [points] the band around it, not drawn where one is not finite; NULL: no band. The axis
                                 covers all lines; bands that go far beyond these are cut off. */
    const double *thin; /* [thin_count][points] faint lines (single seeds) over the same x; NULL: none. They may be
                           cut off, too. */
    int thin_count;
    bool background;   /* grey, behind all others, without marks: a spread to compare with (random's) */
    int64_t first_row; /* of point 0 in chart.source */
    int64_t thin_row;  /* of thin[0][0] in chart.thin_source, which has thin_count * points rows */
} fal_chart_series;

typedef struct {
    const char *title, *x_name, *y_name; /* UTF-8, one line, as all texts here; escaped */
    const char *label;                   /* for screen readers; NULL: the title */
    const char *notes[2];                /* lines below the axis; NULL: none */
    const fal_chart_series *series;      /* [series_count] */
    int series_count;
    bool log_x; /* points without a positive x are gaps */
    bool step;  /* a value holds until the next x */
    bool small; /* 300 x 220, one of many side by side: no notes, and names at the lines only if they all fit: the page
                   has a legend */
    bool plain; /* no marks where there is a line: one of so many that each must be small */
    double x_low, x_high, y_low, y_high; /* the axis covers at least this (small multiples share it); both 0: what the
                                            values need */
    const char *source, *thin_source;    /* see svg.h */
} fal_chart;

/** Appends the figure. Lines differ in colour and dashes; each point shows its numbers where a program shows titles of
 *  elements. Each point is <circle class="mark" data-v>, each run of a line <path class="line" data-rows>, of a thin
 * line <path class="thin" data-rows>, of a band <path class="band" data-rows>: high from left to right, then low back.
 */
fal_status fal_chart_svg(const fal_chart *chart, fal_svg_use use, fal_text *svg);
/** The names alone, with a piece of line each, for several charts with the same series. */
fal_status fal_chart_legend(const fal_chart *chart, fal_svg_use use, fal_text *svg);

#endif
