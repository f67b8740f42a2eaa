/* Parts of layouts: notes, an axis below, numbers. */
#include "layout.h"

#include <math.h>
#include <stdio.h>

int fal_layout_notes(const char *const notes[FAL_LAYOUT_NOTES])
{
    int count = 0;
    while (count < FAL_LAYOUT_NOTES && notes[count] != NULL) {
        count++;
    }
    return count;
}

int fal_layout_width(int width, const char *title, const char *const notes[FAL_LAYOUT_NOTES])
{
    int wanted = fal_svg_width(title, 15);
    for (int i = 0; i < fal_layout_notes(notes); i++) {
        wanted = fal_layout_larger(wanted, fal_svg_width(notes[i], 11));
    }
    return fal_layout_larger(width, fal_layout_smaller(FAL_LAYOUT_WIDTH_MAX, wanted + 2 * FAL_LAYOUT_MARGIN));
}

void fal_layout_add_notes(fal_text *svg, const char *const notes[FAL_LAYOUT_NOTES], int y, int width)
{
    for (int i = 0; i < fal_layout_notes(notes); i++) {
        fal_svg_fitted(svg, FAL_LAYOUT_MARGIN, y + FAL_LAYOUT_LINE * i, FAL_SVG_START, "class=\"quiet\"", notes[i], 11,
                       width - FAL_LAYOUT_MARGIN);
    }
}

void fal_layout_add_x_axis(fal_text *svg, const fal_scale *scale, int left, int right, int top, int bottom,
                           const char *name)
{
    char text[FAL_SCALE_TEXT];
    double free_from = -INFINITY;
    for (int i = 0; i < scale->ticks; i++) {
        const double tick = fal_scale_tick(scale, i);
        const double x = fal_scale_place(scale, tick, left, right);
        fal_scale_text(scale, i, text);
        const double half = fal_svg_width(text, 11) / 2.0 + 2;
        fal_svg_line(svg, x, top, x, bottom, tick == 0 ? "class=\"axis\"" : "class=\"grid\"");
        if (x - half >= free_from) {
            fal_svg_text(svg, floor(x + 0.5), bottom + 15, FAL_SVG_MIDDLE, "", text);
            free_from = x + half;
        }
    }
    fal_svg_fitted(svg, (left + right) / 2, bottom + 32, FAL_SVG_MIDDLE, "class=\"quiet\"", name, 11,
                   right - left + 80);
}

void fal_layout_x_attributes(const fal_scale *scale, int left, int right, char text[FAL_LAYOUT_AXIS])
{
    (void)snprintf(text, FAL_LAYOUT_AXIS, "data-x0=\"%.12g\" data-x1=\"%.12g\" data-px0=\"%d\" data-px1=\"%d\"",
                   scale->low, scale->high, left, right);
}

void fal_layout_number(double value, int decimals, char text[FAL_LAYOUT_NUMBER])
{
    if (!isfinite(value)) {
        (void)snprintf(text, FAL_LAYOUT_NUMBER, "-");
    } else if (fabs(value) < 1e12) {
        (void)snprintf(text, FAL_LAYOUT_NUMBER, "%.*f", decimals, fabs(value) * pow(10, decimals) < 0.5 ? 0 : value);
    } else {
        (void)snprintf(text, FAL_LAYOUT_NUMBER, "%.6g", value);
    }
}
