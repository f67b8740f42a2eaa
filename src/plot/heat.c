/* A heat map as SVG: one rectangle per row and column, its colour laid on as thick as its number is large. */
#include "fal/plot/heat.h"

#include <math.h>
#include <stdio.h>

#include "heat_internal.h"
#include "layout.h"

/* Sizes in pixels. */
enum {
    RIGHT = 14,
    SIDE = 58,
    TOP_MIN = 38,
    NAME_MAX = 150,
    COLUMN_MAX = 130, /* of a turned name */
    GRID_MAX = 1200,
    CELL_MAX = 48,
    ROW_MAX = 26,
    LABEL_CELL = 9
};

typedef struct {
    int left, top;
    int cell_w, cell_h;
    int width, height, right, bottom;
    int sides;
    bool numbers;    /* in the cells */
    int column_step; /* every how many-th label is written */
    int row_step;
} layout;

static int fitting(int count, int largest)
{
    const int size = GRID_MAX / fal_layout_larger(count, 1);
    return size > largest ? largest : size < 1 ? 1 : size;
}

/* The name of a row or column. */
static const char *name_of(const char *const *names, int i, char number[16])
{
    (void)snprintf(number, 16, "%d", i);
    return names != NULL ? names[i] : number;
}

static int widest(const char *const *names, int count)
{
    char number[16];
    int width = 0;
    for (int i = 0; i < count; i++) {
        width = fal_layout_larger(width, fal_svg_width(name_of(names, i, number), 11));
    }
    return width;
}

/* The widest number of a cell. */
static int number_width(const fal_heat *heat)
{
    char text[FAL_LAYOUT_NUMBER];
    int width = 0;
    for (int64_t i = 0; i < (int64_t)heat->rows * heat->columns; i++) {
        fal_heat_text(heat, i, text);
        width = fal_layout_larger(width, fal_svg_width(text, 11));
    }
    return width;
}

static layout plan(const fal_heat *heat)
{
    layout l = {.cell_w = fitting(heat->columns, CELL_MAX), .cell_h = fitting(heat->rows, ROW_MAX)};
    const int row_name = heat->row_name != NULL ? fal_svg_width(heat->row_name, 11) : 0;
    const int title = *heat->title != '\0' ? 28 : 0;
    /* Names of columns are turned by 40 degrees; a line above them says what they are. */
    const int name = widest(heat->column_names, heat->columns);
    int side = 0;
    for (; l.sides < FAL_HEAT_SIDES && heat->sides[l.sides].values != NULL; l.sides++) {
        side = fal_layout_larger(side, fal_svg_width(heat->sides[l.sides].name, 11));
    }
    const double turned = fal_layout_smaller(fal_layout_larger(name, side), COLUMN_MAX);
    l.numbers = l.cell_w >= number_width(heat) + 2 && l.cell_h >= 14;
    l.column_step = (LABEL_CELL + l.cell_w) / l.cell_w;
    l.row_step = (LABEL_CELL + l.cell_h) / l.cell_h;
    l.left = FAL_LAYOUT_MARGIN +
             fal_layout_larger(fal_layout_smaller(widest(heat->row_names, heat->rows), NAME_MAX),
                               fal_layout_larger(row_name, 30)) +
             8;
    l.top = title + fal_layout_larger(TOP_MIN, 20 + (int)(turned * 0.65)) + (heat->column_name != NULL ? 14 : 0);
    l.right = l.left + l.cell_w * heat->columns;
    l.bottom = l.top + l.cell_h * heat->rows;
    l.width = l.right + SIDE * l.sides + RIGHT +
              fal_layout_larger(0, (int)(turned * 0.77) - (l.sides > 0 ? 16 : l.cell_w / 2));
    l.width = fal_layout_width(l.width, heat->title, (const char *const[FAL_LAYOUT_NOTES]){heat->note});
    l.height = l.bottom + (heat->note != NULL ? 40 : 14);
    return l;
}

static void add_cell(const fal_heat *heat, const layout *l, const fal_heat_range *range, int row, int column,
                     fal_text *svg)
{
    const int64_t i = (int64_t)row * heat->columns + column;
    const int x = l->left + column * l->cell_w;
    const int y = l->top + row * l->cell_h;
    const double share = fal_heat_share(heat, range, i);
    char text[FAL_LAYOUT_NUMBER];
    fal_heat_text(heat, i, text);
    fal_text_add(svg, "<rect class=\"cell%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill-opacity=\"%.3g\"",
                 share < 0 ? " below" : "", x, y, l->cell_w, l->cell_h, fabs(share));
    fal_svg_reference(svg, heat->source, heat->first_row + i);
    fal_text_add(svg, l->numbers || *text == '\0' ? "/>\n" : "><title>%s</title></rect>\n", text);
    if (l->numbers && *text != '\0') {
        fal_text_add(svg, "<text class=\"%s\" x=\"%d\" y=\"%d\" text-anchor=\"middle\"",
                     fabs(share) > FAL_HEAT_CHANGE ? "over" : "on", x + l->cell_w / 2, y + l->cell_h / 2 + 4);
        fal_svg_reference(svg, heat->source, heat->first_row + i);
        fal_text_add(svg, ">%s</text>\n", text);
    }
}

static void add_row(const fal_heat *heat, const layout *l, const fal_heat_range *range, int row, fal_text *svg)
{
    const int y = l->top + row * l->cell_h + l->cell_h / 2 + 4;
    char number[16];
    for (int c = 0; c < heat->columns; c++) {
        add_cell(heat, l, range, row, c, svg);
    }
    if (row % l->row_step != 0) {
        return;
    }
    fal_svg_fitted(svg, l->left - 8, y, FAL_SVG_END, "", name_of(heat->row_names, row, number), 11, NAME_MAX);
    for (int i = 0; i < l->sides; i++) {
        char text[FAL_LAYOUT_NUMBER];
        fal_layout_number(heat->sides[i].values[row], heat->sides[i].decimals, text);
        fal_svg_text(svg, l->right + SIDE * (i + 1), y, FAL_SVG_END, "", text);
    }
}

static void add_names(const fal_heat *heat, const layout *l, fal_text *svg)
{
    char number[16];
    if (heat->row_name != NULL) {
        fal_svg_fitted(svg, l->left - 8, l->top - 8, FAL_SVG_END, "class=\"quiet\"", heat->row_name, 11,
                       l->left - FAL_LAYOUT_MARGIN);
    }
    if (heat->column_name != NULL) {
        fal_svg_fitted(svg, l->left, *heat->title != '\0' ? 44 : 16, FAL_SVG_START, "class=\"quiet\"",
                       heat->column_name, 11, l->width - l->left);
    }
    for (int i = 0; i < l->sides; i++) {
        fal_svg_turned(svg, l->right + SIDE * (i + 1) - 16, l->top - 7, -40, "class=\"quiet\"", heat->sides[i].name, 11,
                       COLUMN_MAX);
    }
    for (int c = 0; c < heat->columns; c += l->column_step) {
        fal_svg_turned(svg, l->left + c * l->cell_w + l->cell_w / 2 + 3, l->top - 7, -40, "",
                       name_of(heat->column_names, c, number), 11, COLUMN_MAX);
    }
}

fal_status fal_heat_svg(const fal_heat *heat, fal_svg_use use, fal_text *svg)
{
    const layout l = plan(heat);
    const fal_heat_range range = fal_heat_range_of(heat);
    const int w = l.cell_w * heat->columns;
    const int h = l.cell_h * heat->rows;
    fal_svg_begin(svg, use, l.width, l.height, heat->title, heat->label, "");
    add_names(heat, &l, svg);
    fal_svg_rect(svg, l.left, l.top, w, h, "class=\"ground\""); /* the colours of cells are laid on this one */
    for (int row = 0; row < heat->rows; row++) {
        add_row(heat, &l, &range, row, svg);
    }
    fal_svg_rect(svg, l.left, l.top, w, h, "class=\"axis\"");
    fal_layout_add_notes(svg, (const char *const[FAL_LAYOUT_NOTES]){heat->note}, l.height - 12, l.width);
    fal_svg_end(svg);
    return fal_text_status(svg);
}
