/* A sheet of images: tiled into one picture, which an SVG carries inside. */
#include "fal/plot/sheet.h"

#include <string.h>

#include "fal/base/base64.h"
#include "fal/base/memory.h"
#include "layout.h"

enum { GAP = 1, GREY = 128 };
/* An image has so many pixels of the screen at least, but is not enlarged more than so many times. */
enum { SEEN = 48, LARGEST = 8 };

typedef struct {
    int columns, rows;
    int h, w;  /* of the whole, in pixels of images */
    int scale; /* pixels of the screen for one of these */
} layout;

static layout plan(const fal_sheet *sheet)
{
    const int wanted = sheet->columns > 0 ? sheet->columns : FAL_SHEET_COLUMNS;
    layout l = {.columns = fal_layout_smaller(wanted, sheet->count), .h = 1, .w = 1};
    const int side = fal_layout_larger(sheet->h, sheet->w);
    l.scale = fal_layout_smaller(fal_layout_larger((SEEN + side - 1) / side, 1), LARGEST);
    if (sheet->count > 0) {
        l.rows = (sheet->count + l.columns - 1) / l.columns;
        l.h = l.rows * (sheet->h + GAP) - GAP;
        l.w = l.columns * (sheet->w + GAP) - GAP;
    }
    return l;
}

fal_status fal_sheet_tile(const fal_sheet *sheet, uint8_t **pixels, int *h, int *w)
{
    FAL_ASSERT(sheet->count >= 0 && sheet->count <= FAL_SHEET_IMAGES_MAX && sheet->h >= 1 && sheet->w >= 1);
    const layout l = plan(sheet);
    const size_t line = (size_t)sheet->w * (size_t)sheet->c;
    const size_t whole_line = (size_t)l.w * (size_t)sheet->c;
    uint8_t *all = NULL;
    FAL_TRY(fal_alloc(&all, (size_t)l.h * whole_line, 1, "sheet of images"));
    memset(all, GREY, (size_t)l.h * whole_line);
    for (int i = 0; i < sheet->count; i++) {
        const uint8_t *image = sheet->images + (size_t)i * (size_t)sheet->h * line;
        const size_t top = (size_t)(i / l.columns) * (size_t)(sheet->h + GAP);
        const size_t left = (size_t)(i % l.columns) * (size_t)(sheet->w + GAP) * (size_t)sheet->c;
        for (int y = 0; y < sheet->h; y++) {
            memcpy(all + (top + (size_t)y) * whole_line + left, image + (size_t)y * line, line);
        }
    }
    *pixels = all;
    *h = l.h;
    *w = l.w;
    return FAL_OK;
}

/* What a reader points at, and what a test looks up. */
static void add_places(const fal_sheet *sheet, const layout *l, int top, fal_text *svg)
{
    for (int i = 0; i < sheet->count; i++) {
        fal_text_add(svg, "<rect class=\"place\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"",
                     i % l->columns * (sheet->w + GAP) * l->scale, top + i / l->columns * (sheet->h + GAP) * l->scale,
                     sheet->w * l->scale, sheet->h * l->scale);
        fal_svg_reference(svg, sheet->source, sheet->first_row + i);
        if (sheet->names != NULL) {
            fal_text_add(svg, "><title>");
            fal_svg_escape(svg, sheet->names[i]);
            fal_text_add(svg, "</title></rect>\n");
        } else {
            fal_text_add(svg, "/>\n");
        }
    }
}

fal_status fal_sheet_svg(const fal_sheet *sheet, const unsigned char *picture, size_t picture_size, fal_svg_use use,
                         fal_text *svg)
{
    const layout l = plan(sheet);
    const int w = l.w * l.scale;
    const int h = l.h * l.scale;
    const int top = *sheet->title != '\0' ? 20 : 0;
    const int width = fal_layout_larger(w, fal_layout_smaller(fal_svg_width(sheet->title, 12), 320));
    fal_svg_begin(svg, use, width, top + h, "", sheet->label != NULL ? sheet->label : sheet->title, "");
    fal_svg_series_begin(svg, sheet->colour, sheet->title, "");
    if (top > 0) {
        fal_svg_fitted(svg, 0, 13, FAL_SVG_START, "class=\"name\"", sheet->title, 12, width);
    }
    fal_text_add(svg, "<image x=\"0\" y=\"%d\" width=\"%d\" height=\"%d\" href=\"data:image/png;base64,", top, w, h);
    fal_base64_add(svg, picture, picture_size);
    fal_text_add(svg, "\"/>\n");
    add_places(sheet, &l, top, svg);
    fal_svg_series_end(svg);
    fal_svg_end(svg);
    return fal_text_status(svg);
}
