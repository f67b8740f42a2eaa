/* A line chart in parts: its layout, what is drawn of each series, the names at the lines. */
#ifndef FAL_PLOT_CHART_INTERNAL_H
#define FAL_PLOT_CHART_INTERNAL_H

#include "fal/plot/chart.h"
#include "fal/plot/scale.h"

typedef struct {
    fal_scale x, y;
    int width, height;
    int left, top, right, bottom; /* of the area with the lines */
    int name_height;              /* of a name at the end of a line; 0: none are written */
    int name_room;
} fal_chart_layout;

enum {
    FAL_CHART_SAMPLE = 36, /* from the right edge to the end of the line beside a name */
    FAL_CHART_BOTTOM = 46  /* below the area, without notes */
};

fal_chart_layout fal_chart_plan(const fal_chart *chart);

double fal_chart_x(const fal_chart_layout *layout, double x);
double fal_chart_y(const fal_chart_layout *layout, double y);
/** Has point i of a row of values a place? */
bool fal_chart_holds(const fal_chart_layout *layout, const fal_chart_series *series, const double *values, int i);

/** Everything of a series except its name. */
void fal_chart_add_series(const fal_chart *chart, const fal_chart_layout *layout, const fal_chart_series *series,
                          fal_text *svg);

/** Where each series' name stands, y [series_count], so that none lies on another. */
fal_status fal_chart_place_names(const fal_chart *chart, const fal_chart_layout *layout, double *y);
void fal_chart_add_name(const fal_chart_layout *layout, const fal_chart_series *series, double y, fal_text *svg);

#endif
