/* A line chart: several series with bands, ticks, and each series' name at the end of its line. */
#ifndef FAL_PLOT_CHART_H
#define FAL_PLOT_CHART_H

#include "fal/base/status.h"
#include "fal/base/text.h"

typedef struct {
    const char *name;
    int points;
    const double *x, *y;      /* [points]; the line has a gap where one of them is not finite */
    const double *low, *high; /* [points] the band around it, not drawn where one is not finite; NULL: no band. The axis
                                 covers all lines; bands that go far beyond these are cut off. */
} fal_chart_series;

typedef struct {
    const char *title, *x_name, *y_name; /* UTF-8, one line, as all texts here; escaped */
    const char *notes[2];                /* lines below the axis; NULL: none */
    const fal_chart_series *series;      /* [series_count] */
    int series_count;
} fal_chart;

/** Appends a whole SVG file. Colours can be told apart by colour-blind readers, and lines differ in their dashes, too;
 *  each point shows its numbers where a program shows titles of elements. */
fal_status fal_chart_svg(const fal_chart *chart, fal_text *svg);

#endif
