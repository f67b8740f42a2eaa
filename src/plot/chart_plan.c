/* The layout of a line chart: what the axes cover, and how much room names need. */
#include "chart_internal.h"

#include <math.h>

#include "layout.h"

/* Sizes in pixels: of the whole figure where it is small, else of its parts. */
enum {
    TITLE = 30,
    PLOT_W = 520,
    PLOT_H = 320,
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
    l->height = l->bottom + FAL_CHART_BOTTOM + LINE * fal_layout_notes(chart->notes);
}

fal_chart_layout fal_chart_plan(const fal_chart *chart)
{
    fal_chart_layout l = {0};
    scale_axes(chart, &l);
    if (chart->small) {
        plan_small(chart, &l);
    } else {
        plan_large(chart, &l);
    }
    return l;
}
