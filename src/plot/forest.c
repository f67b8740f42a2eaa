/* Dots with intervals as SVG. */
#include "fal/plot/forest.h"

#include <math.h>
#include <stdio.h>

#include "layout.h"

/* Sizes in pixels. */
enum { ROW = 22, PLOT_W = 340, NAME_MAX = 220, VALUE_MAX = 200, AXIS = 42, SIDES = 18, PAD = 6, TICKS = 7 };

typedef struct {
    fal_scale x;
    int left, right, top, bottom;
    int width, height;
} layout;

static void widen(double range[2], double value)
{
    if (isfinite(value)) {
        range[0] = fmin(range[0], value);
        range[1] = fmax(range[1], value);
    }
}

static bool has_thin(const fal_forest_row *row)
{
    return isfinite(row->thin_low) && isfinite(row->thin_high) && row->thin_low < row->thin_high;
}

static bool has_interval(const fal_forest_row *row) { return isfinite(row->low) && isfinite(row->high); }

/* "estimate [low, high]" */
enum { VALUE = 3 * FAL_LAYOUT_NUMBER + 8 };
static void describe(const fal_forest *forest, const fal_forest_row *row, char text[VALUE])
{
    char parts[3][FAL_LAYOUT_NUMBER];
    fal_layout_number(row->estimate, forest->decimals, parts[0]);
    fal_layout_number(row->low, forest->decimals, parts[1]);
    fal_layout_number(row->high, forest->decimals, parts[2]);
    if (has_interval(row)) {
        (void)snprintf(text, VALUE, "%s [%s, %s]", parts[0], parts[1], parts[2]);
    } else {
        (void)snprintf(text, VALUE, "%s", parts[0]);
    }
}

static layout plan(const fal_forest *forest)
{
    layout l = {.top = *forest->title != '\0' ? FAL_LAYOUT_TITLE : 8};
    double range[2] = {-fabs(forest->band), fabs(forest->band)}; /* zero is always there */
    int name = 0;
    int value = 0;
    char text[VALUE];
    for (int i = 0; i < forest->row_count; i++) {
        const fal_forest_row *row = &forest->rows[i];
        widen(range, row->estimate);
        widen(range, row->low);
        widen(range, row->high);
        if (has_thin(row)) {
            widen(range, row->thin_low);
            widen(range, row->thin_high);
        }
        describe(forest, row, text);
        name = fal_layout_larger(name, fal_svg_width(row->name, 12));
        value = fal_layout_larger(value, fal_svg_width(text, 11));
    }
    l.x = fal_scale_make(range[0], range[1], TICKS);
    l.left = FAL_LAYOUT_MARGIN + fal_layout_smaller(name, NAME_MAX) + 12;
    l.right = l.left + PLOT_W;
    l.top += forest->below != NULL || forest->above != NULL ? SIDES : 0;
    l.bottom = l.top + 2 * PAD + ROW * forest->row_count;
    l.width = l.right + 16 + fal_layout_smaller(value, VALUE_MAX) + FAL_LAYOUT_MARGIN;
    l.width = fal_layout_width(l.width, forest->title, forest->notes);
    l.height = l.bottom + AXIS + FAL_LAYOUT_LINE * fal_layout_notes(forest->notes);
    return l;
}

static double place(const layout *l, double x) { return fal_scale_place(&l->x, x, l->left, l->right); }

static void add_interval(const fal_forest *forest, const layout *l, int i, const char *kind, const double ends[2],
                         double y, fal_text *svg)
{
    const double x0 = place(l, ends[0]);
    const double x1 = place(l, ends[1]);
    fal_text_add(svg, "<path class=\"%s\"", kind);
    fal_svg_reference(svg, forest->source, forest->first_row + i);
    fal_text_add(svg, " d=\"M%.1f %.1fH%.1f\"/>\n", x0, y, x1);
}

static void add_row(const fal_forest *forest, const layout *l, int i, fal_text *svg)
{
    const fal_forest_row *row = &forest->rows[i];
    const double y = l->top + PAD + ROW * i + ROW / 2.0;
    char text[VALUE];
    describe(forest, row, text);
    fal_svg_series_begin(svg, row->colour, row->name, "");
    fal_svg_fitted(svg, l->left - 12, y + 4, FAL_SVG_END, "class=\"name\"", row->name, 12, NAME_MAX);
    if (has_thin(row)) {
        add_interval(forest, l, i, "wide", (const double[2]){row->thin_low, row->thin_high}, y, svg);
    }
    if (has_interval(row)) {
        add_interval(forest, l, i, "interval", (const double[2]){row->low, row->high}, y, svg);
    }
    if (isfinite(row->estimate)) {
        fal_text_add(svg, "<circle class=\"mark\" cx=\"%.1f\" cy=\"%.1f\" r=\"5\"", place(l, row->estimate), y);
        fal_svg_reference(svg, forest->source, forest->first_row + i);
        fal_text_add(svg, "><title>");
        fal_svg_escape(svg, row->name);
        fal_text_add(svg, ": %s</title></circle>\n", text);
    }
    fal_text_add(svg, "<text class=\"value\" x=\"%d\" y=\"%.1f\"", l->right + 16, y + 4);
    fal_svg_reference(svg, forest->source, forest->first_row + i);
    fal_text_add(svg, ">%s</text>\n", text);
    fal_svg_series_end(svg);
}

/* What lies left and right of zero, above the rows, each as far as it fits between zero and its side. */
static void add_sides(const fal_forest *forest, const layout *l, fal_text *svg)
{
    const double zero = place(l, 0);
    if (forest->below != NULL) {
        fal_svg_fitted(svg, zero - 8, l->top - 5, FAL_SVG_END, "class=\"quiet\"", forest->below, 11, (int)zero - 16);
    }
    if (forest->above != NULL) {
        fal_svg_fitted(svg, zero + 8, l->top - 5, FAL_SVG_START, "class=\"quiet\"", forest->above, 11,
                       l->width - (int)zero - 16);
    }
}

fal_status fal_forest_svg(const fal_forest *forest, fal_svg_use use, fal_text *svg)
{
    const layout l = plan(forest);
    char axis[FAL_LAYOUT_AXIS];
    fal_layout_x_attributes(&l.x, l.left, l.right, axis);
    fal_svg_begin(svg, use, l.width, l.height, forest->title, forest->label, axis);
    if (forest->band > 0) {
        const double from = place(&l, -forest->band);
        fal_svg_rect(svg, from, l.top, place(&l, forest->band) - from, l.bottom - l.top, "class=\"zone\"");
    }
    fal_layout_add_x_axis(svg, &l.x, l.left, l.right, l.top, l.bottom, forest->x_name);
    add_sides(forest, &l, svg);
    for (int i = 0; i < forest->row_count; i++) {
        add_row(forest, &l, i, svg);
    }
    fal_layout_add_notes(svg, forest->notes, l.bottom + AXIS + 7, l.width);
    fal_svg_end(svg);
    return fal_text_status(svg);
}
