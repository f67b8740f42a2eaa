/* A line chart as SVG. Colours: Okabe and Ito, Color Universal Design, 2008. */
#include "fal/plot/chart.h"

#include <math.h>
#include <stdio.h>

#include "fal/base/memory.h"
#include "fal/plot/scale.h"
#include "fal/plot/svg.h"

/* Sizes in pixels. */
enum {
    LEFT = 56,
    TOP = 62,
    PLOT_W = 520,
    PLOT_H = 320,
    BOTTOM = 46,
    MARGIN = 16,
    SAMPLE = 26,
    LINE = 16,
    TICKS = 6,
    NOTES = 2
};
static const double BEYOND = 0.25; /* of the lines' range: how far bands widen the axis on either side */

static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"};
static const char *const dashes[] = {"", " stroke-dasharray=\"7 3\"", " stroke-dasharray=\"2 3\"",
                                     " stroke-dasharray=\"9 3 2 3\""};
enum { COLOURS = sizeof colours / sizeof *colours, DASHES = sizeof dashes / sizeof *dashes };

typedef struct {
    fal_scale x, y;
    int width, height;
    int right, bottom; /* of the area with the lines */
} layout;

static void widen(double *low, double *high, double value)
{
    if (isfinite(value)) {
        *low = value < *low ? value : *low;
        *high = value > *high ? value : *high;
    }
}

static int larger(int a, int b) { return a > b ? a : b; }

static layout plan(const fal_chart *chart)
{
    double x[2] = {INFINITY, -INFINITY};
    double y[2] = {INFINITY, -INFINITY};
    double band[2] = {INFINITY, -INFINITY};
    int name = 0;
    int notes = 0;
    layout l = {.right = LEFT + PLOT_W, .bottom = TOP + PLOT_H};
    for (int s = 0; s < chart->series_count; s++) {
        const fal_chart_series *series = &chart->series[s];
        for (int i = 0; i < series->points; i++) {
            widen(&x[0], &x[1], series->x[i]);
            widen(&y[0], &y[1], series->y[i]);
            if (series->low != NULL) {
                widen(&band[0], &band[1], series->low[i]);
                widen(&band[0], &band[1], series->high[i]);
            }
        }
        name = larger(name, fal_svg_width(series->name, 12));
    }
    /* Wide bands (two seeds) must not press the lines together. */
    const double room = BEYOND * (y[1] - y[0]);
    widen(&y[0], &y[1], fmax(band[0], y[0] - room));
    widen(&y[0], &y[1], fmin(band[1], y[1] + room));
    l.x = fal_scale_make(x[0], x[1], TICKS + 2);
    l.y = fal_scale_make(y[0], y[1], TICKS);
    l.bottom = larger(l.bottom, TOP + LINE * chart->series_count); /* all names must fit */
    l.width = larger(l.right + SAMPLE + name + 24, fal_svg_width(chart->title, 14) + 2 * MARGIN);
    for (; notes < NOTES && chart->notes[notes] != NULL; notes++) {
        l.width = larger(l.width, fal_svg_width(chart->notes[notes], 11) + 2 * MARGIN);
    }
    l.height = l.bottom + BOTTOM + LINE * notes;
    return l;
}

static double place_x(const layout *l, double x) { return fal_scale_place(&l->x, x, LEFT, l->right); }
static double place_y(const layout *l, double y) { return fal_scale_place(&l->y, y, l->bottom, TOP); }

static void add_axes(const fal_chart *chart, const layout *l, fal_text *svg)
{
    for (int i = 0; i < l->y.ticks; i++) {
        const double tick = fal_scale_tick(&l->y, i);
        const double y = place_y(l, tick);
        fal_svg_line(svg, LEFT, y, l->right, y, i == 0 ? "stroke=\"#777\"" : "stroke=\"#e2e2e2\"");
        fal_svg_print(svg, LEFT - 8, (int)(y + 4.5), FAL_SVG_END, "", "%.*f", l->y.decimals, tick);
    }
    for (int i = 0; i < l->x.ticks; i++) {
        const double tick = fal_scale_tick(&l->x, i);
        const double x = place_x(l, tick);
        fal_svg_line(svg, x, l->bottom, x, l->bottom + 4, "stroke=\"#777\"");
        fal_svg_print(svg, (int)(x + 0.5), l->bottom + 17, FAL_SVG_MIDDLE, "", "%.*f", l->x.decimals, tick);
    }
    fal_svg_text(svg, MARGIN, TOP - 16, FAL_SVG_START, "fill=\"#555\"", chart->y_name);
    fal_svg_text(svg, (LEFT + l->right) / 2, l->bottom + 35, FAL_SVG_MIDDLE, "fill=\"#555\"", chart->x_name);
    for (int i = 0; i < NOTES && chart->notes[i] != NULL; i++) {
        fal_svg_text(svg, MARGIN, l->bottom + BOTTOM + 9 + LINE * i, FAL_SVG_START, "fill=\"#555\"", chart->notes[i]);
    }
}

static bool has_band(const fal_chart_series *series, int i)
{
    return isfinite(series->x[i]) && isfinite(series->low[i]) && isfinite(series->high[i]);
}

/* Along the upper edge and back along the lower one, for each run of points that have a band. */
static void add_band(const fal_chart_series *series, const layout *l, const char *colour, fal_text *svg)
{
    for (int first = 0, end = 0; series->low != NULL && first < series->points; first = end) {
        for (end = first; end < series->points && has_band(series, end);) {
            end++;
        }
        if (end - first > 1) {
            fal_text_add(svg, "<path fill=\"%s\" fill-opacity=\"0.13\" d=\"", colour);
            for (int i = first; i < end; i++) {
                fal_text_add(svg, "%s%.1f %.1f", i == first ? "M" : "L", place_x(l, series->x[i]),
                             place_y(l, series->high[i]));
            }
            for (int i = end - 1; i >= first; i--) {
                fal_text_add(svg, "L%.1f %.1f", place_x(l, series->x[i]), place_y(l, series->low[i]));
            }
            fal_text_add(svg, "Z\"/>\n");
        }
        end += end < series->points;
    }
}

static void add_line(const fal_chart_series *series, const layout *l, const char *colour, const char *dash,
                     fal_text *svg)
{
    bool drawing = false;
    fal_text_add(svg, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"2\"%s d=\"", colour, dash);
    for (int i = 0; i < series->points; i++) {
        const bool there = isfinite(series->x[i]) && isfinite(series->y[i]);
        if (there) {
            fal_text_add(svg, "%s%.1f %.1f", drawing ? "L" : "M", place_x(l, series->x[i]), place_y(l, series->y[i]));
        }
        drawing = there;
    }
    fal_text_add(svg, "\"/>\n");
    for (int i = 0; i < series->points; i++) {
        if (isfinite(series->x[i]) && isfinite(series->y[i])) {
            fal_text_add(svg, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.6\" fill=\"%s\"><title>", place_x(l, series->x[i]),
                         place_y(l, series->y[i]), colour);
            fal_svg_escape(svg, series->name);
            fal_text_add(svg, ": %.4g, %.4g</title></circle>\n", series->x[i], series->y[i]);
        }
    }
}

/* Where the line of a series ends; at the bottom if it has no point. */
static double last_place(const fal_chart_series *series, const layout *l)
{
    for (int i = series->points - 1; i >= 0; i--) {
        if (isfinite(series->y[i])) {
            return place_y(l, series->y[i]);
        }
    }
    return l->bottom;
}

/* Names in the order in which the lines end, moved apart: down from above, then up from below. */
static void place_names(const fal_chart *chart, const layout *l, int *order, double *y)
{
    const int count = chart->series_count;
    for (int s = 0; s < count; s++) {
        const double own = last_place(&chart->series[s], l);
        int at = s;
        for (; at > 0 && y[at - 1] > own; at--) {
            y[at] = y[at - 1];
            order[at] = order[at - 1];
        }
        y[at] = own;
        order[at] = s;
    }
    for (int i = 1; i < count; i++) {
        y[i] = y[i] < y[i - 1] + LINE ? y[i - 1] + LINE : y[i];
    }
    for (int i = count - 1; i >= 0; i--) {
        const double most = i == count - 1 ? l->bottom : y[i + 1] - LINE;
        y[i] = y[i] > most ? most : y[i];
    }
}

static void add_names(const fal_chart *chart, const layout *l, const int *order, const double *y, fal_text *svg)
{
    for (int i = 0; i < chart->series_count; i++) {
        char attributes[96];
        const int s = order[i];
        (void)snprintf(attributes, sizeof attributes, "stroke=\"%s\" stroke-width=\"2\"%s", colours[s % COLOURS],
                       dashes[s % DASHES]);
        fal_svg_line(svg, l->right + 6, y[i], l->right + SAMPLE, y[i], attributes);
        fal_svg_text(svg, l->right + SAMPLE + 6, (int)(y[i] + 4.5), FAL_SVG_START, "font-size=\"12\"",
                     chart->series[s].name);
    }
}

fal_status fal_chart_svg(const fal_chart *chart, fal_text *svg)
{
    const layout l = plan(chart);
    int *order = NULL;
    double *y = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&order, (size_t)chart->series_count + 1, sizeof *order, "chart"));
    FAL_TRY_GOTO(fal_alloc(&y, (size_t)chart->series_count + 1, sizeof *y, "chart"));
    fal_svg_begin(svg, l.width, l.height, chart->title);
    add_axes(chart, &l, svg);
    /* An element of its own cuts off what is outside, without a name that two pictures of one page could share. */
    fal_text_add(svg, "<svg x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" viewBox=\"%d %d %d %d\">\n", LEFT, TOP, PLOT_W,
                 l.bottom - TOP, LEFT, TOP, PLOT_W, l.bottom - TOP);
    for (int s = 0; s < chart->series_count; s++) {
        add_band(&chart->series[s], &l, colours[s % COLOURS], svg);
    }
    fal_svg_end(svg);
    for (int s = 0; s < chart->series_count; s++) {
        add_line(&chart->series[s], &l, colours[s % COLOURS], dashes[s % DASHES], svg);
    }
    place_names(chart, &l, order, y);
    add_names(chart, &l, order, y, svg);
    fal_svg_end(svg);
    status = fal_text_status(svg);
done:
    fal_free(y);
    fal_free(order);
    return status;
}
