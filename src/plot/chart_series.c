/* What is drawn of a series: band, lines of single seeds, line, marks. */
#include "chart_internal.h"

static const char *joint(bool step, bool first) { return first ? "M" : step ? "H" : "L"; }

/* One point of a path. With steps the old value holds until the new x. */
static void add_point(const fal_chart_layout *l, bool step, bool first, double x, double y, fal_text *svg)
{
    fal_text_add(svg, step && !first ? "%s%.1fV%.1f" : "%s%.1f %.1f", joint(step, first), fal_chart_x(l, x),
                 fal_chart_y(l, y));
}

/* The end of the run of points with a place that begins at `first`. */
static int run_end(const fal_chart_layout *l, const fal_chart_series *series, const double *values, int first)
{
    int end = first;
    while (end < series->points && fal_chart_holds(l, series, values, end)) {
        end++;
    }
    return end;
}

/* One path per run without a gap; a run of one point is a dot where ends are round. */
static void add_runs(const fal_chart *chart, const fal_chart_layout *l, const fal_chart_series *series,
                     const double *values, const char *kind, const char *source, int64_t row, fal_text *svg)
{
    for (int first = 0, end = 0; first<series->points; first = end> first ? end : first + 1) {
        end = run_end(l, series, values, first);
        if (end == first) {
            continue;
        }
        fal_text_add(svg, "<path class=\"%s\"", kind);
        fal_svg_references(svg, source, row + first, row + end - 1);
        fal_text_add(svg, " d=\"");
        for (int i = first; i < end; i++) {
            add_point(l, chart->step, i == first, series->x[i], values[i], svg);
        }
        fal_text_add(svg, "%s\"/>\n", end - first == 1 ? "h0" : "");
    }
}

static bool has_band(const fal_chart_layout *l, const fal_chart_series *series, int i)
{
    return fal_chart_holds(l, series, series->low, i) && fal_chart_holds(l, series, series->high, i);
}

/* Along the upper edge and back along the lower one, for each run of points that have a band. */
static void add_band(const fal_chart *chart, const fal_chart_layout *l, const fal_chart_series *series, fal_text *svg)
{
    for (int first = 0, end = 0; series->low != NULL && first < series->points; first = end) {
        for (end = first; end < series->points && has_band(l, series, end);) {
            end++;
        }
        if (end - first > 1) {
            fal_text_add(svg, "<path class=\"band\"");
            fal_svg_references(svg, chart->source, series->first_row + first, series->first_row + end - 1);
            fal_text_add(svg, " d=\"");
            for (int i = first; i < end; i++) {
                add_point(l, chart->step, i == first, series->x[i], series->high[i], svg);
            }
            for (int i = end - 1; i >= first; i--) {
                const double x = fal_chart_x(l, series->x[i]);
                const double y = fal_chart_y(l, series->low[i]);
                if (chart->step) {
                    fal_text_add(svg, "V%.1fH%.1f", y, x);
                } else {
                    fal_text_add(svg, "L%.1f %.1f", x, y);
                }
            }
            fal_text_add(svg, "Z\"/>\n");
        }
        end += end < series->points;
    }
}

static void add_marks(const fal_chart *chart, const fal_chart_layout *l, const fal_chart_series *series, fal_text *svg)
{
    for (int i = 0; i < series->points; i++) {
        if (fal_chart_holds(l, series, series->y, i)) {
            fal_text_add(svg, "<circle class=\"mark\" cx=\"%.1f\" cy=\"%.1f\" r=\"%s\"", fal_chart_x(l, series->x[i]),
                         fal_chart_y(l, series->y[i]), chart->small ? "2" : "2.6");
            fal_svg_reference(svg, chart->source, series->first_row + i);
            fal_text_add(svg, "><title>");
            fal_svg_escape(svg, series->name);
            fal_text_add(svg, ": %.6g, %.4g</title></circle>\n", series->x[i], series->y[i]);
        }
    }
}

void fal_chart_add_series(const fal_chart *chart, const fal_chart_layout *l, const fal_chart_series *series,
                          fal_text *svg)
{
    if (series->low != NULL || series->thin != NULL) {
        /* An element of its own cuts off what is outside, without a name that two figures of one page could share. */
        const int w = l->right - l->left;
        const int h = l->bottom - l->top;
        fal_text_add(svg, "<svg x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" viewBox=\"%d %d %d %d\">\n", l->left,
                     l->top, w, h, l->left, l->top, w, h);
        add_band(chart, l, series, svg);
        for (int t = 0; series->thin != NULL && t < series->thin_count; t++) {
            const int64_t offset = (int64_t)t * series->points;
            add_runs(chart, l, series, series->thin + offset, "thin", chart->thin_source, series->thin_row + offset,
                     svg);
        }
        fal_svg_end(svg);
    }
    add_runs(chart, l, series, series->y, "line", chart->source, series->first_row, svg);
    if (!series->background && (!chart->plain || series->points == 1)) {
        add_marks(chart, l, series, svg);
    }
}
