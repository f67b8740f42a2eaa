/* Bars as SVG. */
#include "fal/plot/bars.h"

#include <math.h>
#include <stdio.h>

#include "layout.h"

/* Sizes in pixels. */
enum {
    BAR = 12,
    STEP = 15, /* from a bar to the next of its category */
    GAP = 9,   /* between categories */
    PLOT_W = 420,
    NAME_MAX = 200,
    VALUE_GAP = 5,
    AXIS = 42,
    TICKS = 7,
    KEY_LINE = 18,
    KEY_NAME = 180
};

typedef struct {
    fal_scale x;
    int left, right, top, bottom;
    int width, height;
    int group; /* height of a category */
} layout;

static void widen(double range[2], double value)
{
    if (isfinite(value)) {
        range[0] = fmin(range[0], value);
        range[1] = fmax(range[1], value);
    }
}

static bool has_whisker(const fal_bars_series *series, int i)
{
    return series->low != NULL && isfinite(series->low[i]) && isfinite(series->high[i]) && isfinite(series->values[i]);
}

static int key_width(const fal_bars_series *series)
{
    return 14 + 5 + fal_layout_smaller(fal_svg_width(series->name, 12), KEY_NAME) + 18;
}

/* Walks over the names above the bars: where each stands, and how many lines there are. */
static int next_key(const fal_bars *bars, int s, int *x, int *line)
{
    const int width = key_width(&bars->series[s]);
    if (*x > 0 && *x + width > PLOT_W + NAME_MAX) {
        *x = 0;
        ++*line;
    }
    const int at = *x;
    *x += width;
    return at;
}

static int key_lines(const fal_bars *bars)
{
    int x = 0;
    int line = 0;
    for (int s = 0; s < bars->series_count; s++) {
        (void)next_key(bars, s, &x, &line);
    }
    return bars->series_count > 1 ? line + 1 : 0;
}

static layout plan(const fal_bars *bars)
{
    layout l = {.top = *bars->title != '\0' ? FAL_LAYOUT_TITLE : 8};
    double range[2] = {0, 0};
    int name = 0;
    int value = 0;
    for (int c = 0; c < bars->category_count; c++) {
        name = fal_layout_larger(name, fal_svg_width(bars->categories[c], 12));
        for (int s = 0; s < bars->series_count; s++) {
            const fal_bars_series *series = &bars->series[s];
            char text[FAL_LAYOUT_NUMBER];
            widen(range, series->values[c]);
            if (has_whisker(series, c)) {
                widen(range, series->low[c]);
                widen(range, series->high[c]);
            }
            fal_layout_number(series->values[c], bars->decimals, text);
            value = fal_layout_larger(value, fal_svg_width(text, 11));
        }
    }
    l.x = fal_scale_make(range[0], range[1], TICKS);
    l.group = STEP * bars->series_count + GAP;
    l.top += KEY_LINE * key_lines(bars);
    l.left = FAL_LAYOUT_MARGIN + fal_layout_smaller(name, NAME_MAX) + 10 + (range[0] < 0 ? value + VALUE_GAP : 0);
    l.right = l.left + PLOT_W;
    l.bottom = l.top + l.group * bars->category_count + GAP / 2;
    l.width = fal_layout_width(l.right + value + VALUE_GAP + FAL_LAYOUT_MARGIN, bars->title, bars->notes);
    l.height = l.bottom + AXIS + FAL_LAYOUT_LINE * fal_layout_notes(bars->notes);
    return l;
}

static double place(const layout *l, double x) { return fal_scale_place(&l->x, x, l->left, l->right); }

static void add_title(const fal_bars *bars, const fal_bars_series *series, int c, const char *value, fal_text *svg)
{
    char ends[2][FAL_LAYOUT_NUMBER];
    fal_text_add(svg, "<title>");
    fal_svg_escape(svg, bars->categories[c]);
    fal_text_add(svg, ", ");
    fal_svg_escape(svg, series->name);
    fal_text_add(svg, ": %s", value);
    if (has_whisker(series, c)) {
        fal_layout_number(series->low[c], bars->decimals, ends[0]);
        fal_layout_number(series->high[c], bars->decimals, ends[1]);
        fal_text_add(svg, " [%s, %s]", ends[0], ends[1]);
    }
    fal_text_add(svg, "</title>");
}

static void add_whisker(const layout *l, double low, double high, double y, fal_text *svg)
{
    fal_text_add(svg, " d=\"M%.1f %.1fV%.1fM%.1f %.1fH%.1fM%.1f %.1fV%.1f\"/>\n", place(l, low), y - 3, y + 3,
                 place(l, low), y, place(l, high), place(l, high), y - 3, y + 3);
}

static void add_bar(const fal_bars *bars, const layout *l, int s, int c, fal_text *svg)
{
    const fal_bars_series *series = &bars->series[s];
    const double value = series->values[c];
    const double y = l->top + GAP / 2.0 + l->group * c + STEP * s;
    const int64_t row = series->first_row + c;
    double ends[2] = {0, 0}; /* of everything that is drawn, zero included */
    char text[FAL_LAYOUT_NUMBER];
    fal_layout_number(value, bars->decimals, text);
    if (isfinite(value)) {
        const double from = place(l, fmin(value, 0));
        fal_text_add(svg, "<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\"", from, y,
                     place(l, fmax(value, 0)) - from, BAR);
        fal_svg_reference(svg, bars->source, row);
        fal_text_add(svg, ">");
        add_title(bars, series, c, text, svg);
        fal_text_add(svg, "</rect>\n");
        widen(ends, value);
    }
    if (has_whisker(series, c)) {
        fal_text_add(svg, "<path class=\"whisker\"");
        fal_svg_reference(svg, bars->source, row);
        add_whisker(l, series->low[c], series->high[c], y + BAR / 2.0, svg);
        widen(ends, series->low[c]);
        widen(ends, series->high[c]);
    }
    const bool left = isfinite(value) && value < 0;
    fal_text_add(svg, "<text class=\"value\" x=\"%.1f\" y=\"%.1f\"%s",
                 left ? place(l, ends[0]) - VALUE_GAP : place(l, ends[1]) + VALUE_GAP, y + BAR / 2.0 + 4,
                 left ? " text-anchor=\"end\"" : "");
    fal_svg_reference(svg, bars->source, row);
    fal_text_add(svg, ">%s</text>\n", text);
}

/* The names above, each beside a piece of its bars. */
static void add_key(const fal_bars *bars, int s, int x, int y, fal_text *svg)
{
    fal_svg_rect(svg, FAL_LAYOUT_MARGIN + x, y - 9, 14, 10, "class=\"bar\"");
    fal_svg_fitted(svg, FAL_LAYOUT_MARGIN + x + 19, y, FAL_SVG_START, "class=\"name\"", bars->series[s].name, 12,
                   KEY_NAME);
}

fal_status fal_bars_svg(const fal_bars *bars, fal_svg_use use, fal_text *svg)
{
    const layout l = plan(bars);
    const int lines = key_lines(bars);
    char axis[FAL_LAYOUT_AXIS];
    int x = 0;
    int line = 0;
    fal_layout_x_attributes(&l.x, l.left, l.right, axis);
    fal_svg_begin(svg, use, l.width, l.height, bars->title, bars->label, axis);
    fal_layout_add_x_axis(svg, &l.x, l.left, l.right, l.top, l.bottom, bars->value_name);
    for (int c = 0; c < bars->category_count; c++) {
        fal_svg_fitted(svg, FAL_LAYOUT_MARGIN, l.top + GAP / 2.0 + l.group * c + (l.group - GAP) / 2.0 + 3,
                       FAL_SVG_START, "class=\"name\"", bars->categories[c], 12, NAME_MAX);
    }
    for (int s = 0; s < bars->series_count; s++) {
        fal_svg_series_begin(svg, bars->series[s].colour, bars->series[s].name, "");
        if (lines > 0) {
            const int at = next_key(bars, s, &x, &line);
            add_key(bars, s, at, l.top - KEY_LINE * (lines - line) + 10, svg);
        }
        for (int c = 0; c < bars->category_count; c++) {
            add_bar(bars, &l, s, c, svg);
        }
        fal_svg_series_end(svg);
    }
    fal_layout_add_notes(svg, bars->notes, l.bottom + AXIS + 7, l.width);
    fal_svg_end(svg);
    return fal_text_status(svg);
}
