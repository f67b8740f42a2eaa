/* A line chart as SVG: its axes, and everything in its order. */
#include "chart_internal.h"

#include <math.h>
#include <stdio.h>

#include "fal/base/memory.h"
#include "layout.h"

static void add_x_axis(const fal_chart *chart, const fal_chart_layout *l, fal_text *svg)
{
    char text[FAL_SCALE_TEXT];
    double free_from = -INFINITY; /* ticks of a logarithmic axis may be narrow: numbers that would meet are left out */
    for (int i = 0; i < l->x.ticks; i++) {
        const double x = fal_chart_x(l, fal_scale_tick(&l->x, i));
        fal_scale_text(&l->x, i, text);
        const double half = fal_svg_width(text, 11) / 2.0 + 2;
        fal_svg_line(svg, x, l->bottom, x, l->bottom + 4, "class=\"axis\"");
        if (x - half >= free_from) {
            fal_svg_text(svg, floor(x + 0.5), l->bottom + 17, FAL_SVG_MIDDLE, "", text);
            free_from = x + half;
        }
    }
    const double middle = (l->left + l->right) / 2.0;
    fal_svg_fitted(svg, middle, l->bottom + (chart->small ? 31 : 35), FAL_SVG_MIDDLE, "class=\"quiet\"", chart->x_name,
                   11, chart->small ? 2 * fal_layout_smaller((int)middle, l->width - (int)middle) : l->right - l->left);
}

static void add_axes(const fal_chart *chart, const fal_chart_layout *l, fal_text *svg)
{
    char text[FAL_SCALE_TEXT];
    for (int i = 0; i < l->y.ticks; i++) {
        const double y = fal_chart_y(l, fal_scale_tick(&l->y, i));
        fal_scale_text(&l->y, i, text);
        fal_svg_line(svg, l->left, y, l->right, y, i == 0 ? "class=\"axis\"" : "class=\"grid\"");
        fal_svg_text(svg, l->left - 6, floor(y + 4.5), FAL_SVG_END, "", text);
    }
    add_x_axis(chart, l, svg);
    fal_svg_fitted(svg, chart->small ? 6 : FAL_LAYOUT_MARGIN, l->top - (chart->small ? 10 : 16), FAL_SVG_START,
                   "class=\"quiet\"", chart->y_name, 11, l->width - 2 * FAL_LAYOUT_MARGIN);
    if (!chart->small) {
        fal_layout_add_notes(svg, chart->notes, l->bottom + FAL_CHART_BOTTOM + 9, l->width);
    }
}

static void begin(const fal_chart *chart, const fal_chart_layout *l, fal_svg_use use, fal_text *svg)
{
    char axes[384];
    (void)snprintf(axes, sizeof axes,
                   "data-x0=\"%.12g\" data-x1=\"%.12g\" data-px0=\"%d\" data-px1=\"%d\"%s "
                   "data-y0=\"%.12g\" data-y1=\"%.12g\" data-py0=\"%d\" data-py1=\"%d\"",
                   l->x.low, l->x.high, l->left, l->right, l->x.log ? " data-xlog=\"1\"" : "", l->y.low, l->y.high,
                   l->bottom, l->top);
    fal_svg_begin(svg, use, l->width, l->height, chart->small ? "" : chart->title,
                  chart->label != NULL ? chart->label : chart->title, axes);
    if (chart->small) {
        fal_text_add(svg, "<g class=\"small\">\n");
        fal_svg_fitted(svg, 6, 15, FAL_SVG_START, "class=\"title\"", chart->title, 13, l->width - 12);
    }
}

static fal_status add_all_series(const fal_chart *chart, const fal_chart_layout *l, fal_text *svg)
{
    double *y = NULL;
    FAL_TRY(fal_alloc(&y, (size_t)chart->series_count + 1, sizeof *y, "chart"));
    fal_status status = fal_chart_place_names(chart, l, y);
    for (int s = 0; status == FAL_OK && s < 2 * chart->series_count; s++) {
        const int at = s % chart->series_count;
        const fal_chart_series *series = &chart->series[at];
        if (series->background == (s < chart->series_count)) { /* those behind first */
            fal_svg_series_begin(svg, series->colour, series->name, series->background ? " back" : "");
            fal_chart_add_series(chart, l, series, svg);
            if (l->name_height > 0) {
                fal_chart_add_name(l, series, y[at], svg);
            }
            fal_svg_series_end(svg);
        }
    }
    fal_free(y);
    return status;
}

fal_status fal_chart_svg(const fal_chart *chart, fal_svg_use use, fal_text *svg)
{
    const fal_chart_layout l = fal_chart_plan(chart);
    begin(chart, &l, use, svg);
    add_axes(chart, &l, svg);
    FAL_TRY(add_all_series(chart, &l, svg));
    fal_text_add(svg, "%s", chart->small ? "</g>\n" : "");
    fal_svg_end(svg);
    return fal_text_status(svg);
}
