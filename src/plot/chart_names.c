/* The names at the ends of the lines, moved apart where lines end close to each other; and the legend. */
#include "chart_internal.h"

#include <math.h>

#include "fal/base/memory.h"

enum { LEGEND_WIDTH = 640, LEGEND_LINE = 20, LEGEND_NAME = 180, LEGEND_SAMPLE = 24, LEGEND_GAP = 18 };

/* The last point of a line; -1: it has none. */
static int last_point(const fal_chart_layout *l, const fal_chart_series *series)
{
    int i = series->points - 1;
    while (i >= 0 && !fal_chart_holds(l, series, series->y, i)) {
        i--;
    }
    return i;
}

/* Least squares under the order (pool adjacent violators): names that would lie on each other become a block around the
 * mean of their places. With z = y - number * height, "not on each other" is "z does not fall". */
static void pool(double *z, int count)
{
    for (int end = 1; end < count; end++) {
        for (int first = end; first > 0 && z[first - 1] > z[first];) {
            double sum = 0;
            int block = first - 1;
            while (block > 0 && z[block - 1] == z[first - 1]) {
                block--;
            }
            for (int i = block; i <= end; i++) {
                sum += z[i];
            }
            for (int i = block; i <= end; i++) {
                z[i] = sum / (end + 1 - block);
            }
            first = block;
        }
    }
}

fal_status fal_chart_place_names(const fal_chart *chart, const fal_chart_layout *l, double *y)
{
    int count = 0;     /* lines: a band alone has no name */
    int *order = NULL; /* in which the lines end */
    double *z = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&order, (size_t)chart->series_count + 1, sizeof *order, "chart"));
    FAL_TRY_GOTO(fal_alloc(&z, (size_t)chart->series_count + 1, sizeof *z, "chart"));
    for (int s = 0; s < chart->series_count; s++) {
        const int last = last_point(l, &chart->series[s]);
        if (last < 0) {
            continue;
        }
        int at = count++;
        y[s] = fal_chart_y(l, chart->series[s].y[last]);
        for (; at > 0 && y[order[at - 1]] > y[s]; at--) {
            order[at] = order[at - 1];
        }
        order[at] = s;
    }
    for (int i = 0; i < count; i++) {
        z[i] = y[order[i]] - i * l->name_height;
    }
    pool(z, count);
    const double most = l->bottom - (count - 1) * l->name_height;
    for (int i = 0; i < count; i++) {
        y[order[i]] = fmax(fmin(z[i], most), l->top) + i * l->name_height;
    }
done:
    fal_free(z);
    fal_free(order);
    return status;
}

void fal_chart_add_name(const fal_chart_layout *l, const fal_chart_series *series, double y, fal_text *svg)
{
    const int last = last_point(l, series);
    const bool small = l->name_height < 14;
    const int sample = small ? FAL_CHART_SAMPLE - 18 : FAL_CHART_SAMPLE;
    const int from = small ? 4 : 12;
    if (last < 0) {
        return;
    }
    if (fabs(y - fal_chart_y(l, series->y[last])) > 2) {
        fal_text_add(svg, "<path class=\"lead\" d=\"M%.1f %.1fL%.1f %.1f\"/>\n", fal_chart_x(l, series->x[last]),
                     fal_chart_y(l, series->y[last]), (double)(l->right + from), y);
    }
    fal_svg_line(svg, l->right + from, y, l->right + sample, y, "class=\"line\"");
    fal_svg_fitted(svg, l->right + sample + 4, floor(y + 4.5), FAL_SVG_START,
                   small ? "class=\"tiny\"" : "class=\"name\"", series->name, small ? 10 : 12, l->name_room);
}

static int legend_width(const fal_chart_series *series)
{
    const int name = fal_svg_width(series->name, 12);
    return LEGEND_SAMPLE + 6 + (name < LEGEND_NAME ? name : LEGEND_NAME) + LEGEND_GAP;
}

fal_status fal_chart_legend(const fal_chart *chart, fal_svg_use use, fal_text *svg)
{
    int x = 0;
    int lines = 1;
    for (int s = 0; s < chart->series_count; s++) {
        const int width = legend_width(&chart->series[s]);
        lines += x > 0 && x + width > LEGEND_WIDTH;
        x = x > 0 && x + width > LEGEND_WIDTH ? width : x + width;
    }
    fal_svg_begin(svg, use, LEGEND_WIDTH, lines * LEGEND_LINE, "", "which line is whose", "");
    x = 0;
    int y = LEGEND_LINE / 2;
    for (int s = 0; s < chart->series_count; s++) {
        const fal_chart_series *series = &chart->series[s];
        const int width = legend_width(series);
        if (x > 0 && x + width > LEGEND_WIDTH) {
            x = 0;
            y += LEGEND_LINE;
        }
        fal_svg_series_begin(svg, series->colour, series->name, series->background ? " back" : "");
        if (series->background && series->low != NULL) {
            fal_svg_rect(svg, x, y - 6, LEGEND_SAMPLE, 12, "class=\"band\"");
        }
        fal_svg_line(svg, x, y, x + LEGEND_SAMPLE, y, "class=\"line\"");
        fal_svg_fitted(svg, x + LEGEND_SAMPLE + 6, y + 4, FAL_SVG_START, "class=\"name\"", series->name, 12,
                       LEGEND_NAME);
        fal_svg_series_end(svg);
        x += width;
    }
    fal_svg_end(svg);
    return fal_text_status(svg);
}
