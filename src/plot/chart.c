/* A line chart as SVG: its layout and axes. */
#include "chart_internal.h"

#include <math.h>
#include <stdio.h>

#include "fal/base/memory.h"

#include "layout.h"

/* Sizes in pixels: of the whole figure where it is small, else of its parts. */
enum {
    TITLE = 30,
    PLOT_W = 520,
    PLOT_H = 320,
    BOTTOM = 46,
    LINE = 16,
    NAME_MAX = 200,
    SMALL_W = 300,
    SMALL_H = 220,
    SMALL_LINE = 11,
    SMALL_NAME_MAX = 84
};
static const double BEYOND = 0.25; /* of the lines' range: how far bands widen the axis on either side */

double fal_chart_x(const fal_chart_layout *l, double x) { return fal_scale_place(&l->x, x, l->left, l->right); }
double fal_chart_y(const fal_chart_layout *l, double y) { return fal_scale_place(&l->y, y, l->bottom, l->top); }

bool fal_chart_holds(const fal_chart_layout *l, const fal_chart_series *series, const double *values, int i)
{
    return fal_scale_holds(&l->x, series->x[i]) && isfinite(values[i]);
}

static void widen(double range[2], double value)
{
    if (isfinite(value)) {
        range[0] = fmin(range[0], value);
        range[1] = fmax(range[1], value);
    }
}

typedef struct {
    double x[2], y[2];
    double beside[2]; /* bands and lines of single seeds */
} ranges;

static void measure(const fal_chart *chart, const fal_chart_series *series, ranges *r)
{
    const fal_scale kind = {.log = chart->log_x};
    for (int i = 0; i < series->points; i++) {
        if (!fal_scale_holds(&kind, series->x[i])) {
            continue;
        }
        widen(r->x, series->x[i]);
        widen(r->y, series->y[i]);
        if (series->low != NULL) {
            widen(r->beside, series->low[i]);
            widen(r->beside, series->high[i]);
        }
        for (int t = 0; series->thin != NULL && t < series->thin_count; t++) {
            widen(r->beside, series->thin[(int64_t)t * series->points + i]);
        }
    }
}

static void scale_axes(const fal_chart *chart, fal_chart_layout *l)
{
    ranges r = {{INFINITY, -INFINITY}, {INFINITY, -INFINITY}, {INFINITY, -INFINITY}};
    for (int s = 0; s < chart->series_count; s++) {
        measure(chart, &chart->series[s], &r);
    }
    /* Wide bands (two seeds) must not press the lines together. */
    const double room = BEYOND * (r.y[1] - r.y[0]);
    widen(r.y, fmax(r.beside[0], r.y[0] - room));
    widen(r.y, fmin(r.beside[1], r.y[1] + room));
    if (chart->x_low < chart->x_high) {
        widen(r.x, chart->x_low);
        widen(r.x, chart->x_high);
    }
    if (chart->y_low < chart->y_high) {
        widen(r.y, chart->y_low);
        widen(r.y, chart->y_high);
    }
    const int ticks = chart->small ? 4 : 6;
    l->x = chart->log_x ? fal_scale_make_log(r.x[0], r.x[1], ticks + 2)
                        : fal_scale_make(r.x[0], r.x[1], chart->small ? ticks : ticks + 2);
    l->y = fal_scale_make(r.y[0], r.y[1], ticks);
}

/* Room for the numbers at the left. */
static int tick_width(const fal_scale *scale)
{
    int width = 0;
    char text[FAL_SCALE_TEXT];
    for (int i = 0; i < scale->ticks; i++) {
        fal_scale_text(scale, i, text);
        width = fal_layout_larger(width, fal_svg_width(text, 11));
    }
    return width;
}

static int widest_name(const fal_chart *chart, int size)
{
    int width = 0;
    for (int s = 0; s < chart->series_count; s++) {
        width = fal_layout_larger(width, fal_svg_width(chart->series[s].name, size));
    }
    return width;
}

static void plan_small(const fal_chart *chart, fal_chart_layout *l)
{
    const int name = widest_name(chart, 10);
    l->width = SMALL_W;
    l->height = SMALL_H;
    l->left = fal_layout_larger(34, tick_width(&l->y) + 12);
    l->top = 42;
    l->bottom = SMALL_H - 38;
    l->right = SMALL_W - 14;
    if (name <= SMALL_NAME_MAX && chart->series_count * SMALL_LINE <= l->bottom - l->top) {
        l->name_height = SMALL_LINE;
        l->name_room = SMALL_NAME_MAX;
        l->right = SMALL_W - FAL_CHART_SAMPLE + 10 - name;
    }
}

static void plan_large(const fal_chart *chart, fal_chart_layout *l)
{
    const int title = *chart->title != '\0' ? TITLE : 0;
    l->name_height = LINE;
    l->name_room = NAME_MAX;
    l->left = fal_layout_larger(56, tick_width(&l->y) + 20);
    l->right = l->left + PLOT_W;
    l->top = 32 + title;
    l->bottom = l->top + fal_layout_larger(PLOT_H, LINE * chart->series_count); /* all names must fit */
    l->width = l->right + FAL_CHART_SAMPLE + fal_layout_smaller(widest_name(chart, 12), NAME_MAX) + 24;
    l->width = fal_layout_width(l->width, chart->title, chart->notes);
    l->height = l->bottom + BOTTOM + LINE * fal_layout_notes(chart->notes);
}

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
                   11, chart->small ? 2 * fal_layout_smaller((int)middle, l->width - (int)middle) : PLOT_W);
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
        fal_layout_add_notes(svg, chart->notes, l->bottom + BOTTOM + 9, l->width);
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
        fal_svg_fitted(svg, 6, 15, FAL_SVG_START, "class=\"title\"", chart->title, 13, SMALL_W - 12);
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
    fal_chart_layout l = {0};
    scale_axes(chart, &l);
    if (chart->small) {
        plan_small(chart, &l);
    } else {
        plan_large(chart, &l);
    }
    begin(chart, &l, use, svg);
    add_axes(chart, &l, svg);
    FAL_TRY(add_all_series(chart, &l, svg));
    fal_text_add(svg, "%s", chart->small ? "</g>\n" : "");
    fal_svg_end(svg);
    return fal_text_status(svg);
}
