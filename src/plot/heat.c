/* A heat map as SVG: one rectangle per row and column, its shade by the share of the largest entry. */
#include "fal/plot/heat.h"

#include <math.h>
#include <stdio.h>

#include "fal/plot/svg.h"

/* Sizes in pixels. */
enum {
    LEFT = 70,
    TOP = 92,
    RIGHT = 130,
    BOTTOM = 56,
    GRID_MAX = 1200,
    CELL_MAX = 48,
    ROW_MAX = 26,
    LABEL_CELL = 9,
    MARGIN = 16 /* beside the title and the note */
};
static const int side_x[FAL_HEAT_SIDES] = {62, 116}; /* from the right edge of the cells to the end of each number */

typedef struct {
    int cell_w, cell_h;
    int width, height, right;
    bool numbers;    /* in the cells */
    int column_step; /* every how many-th label is written */
    int row_step;
} layout;

static int fitting(int count, int largest)
{
    const int size = GRID_MAX / count;
    return size > largest ? largest : size < 1 ? 1 : size;
}

static int larger(int a, int b) { return a > b ? a : b; }

static layout plan(const fal_heat *heat)
{
    layout l = {.cell_w = fitting(heat->columns, CELL_MAX), .cell_h = fitting(heat->rows, ROW_MAX)};
    l.numbers = l.cell_w >= 36 && l.cell_h >= 14;
    l.column_step = (LABEL_CELL + l.cell_w) / l.cell_w;
    l.row_step = (LABEL_CELL + l.cell_h) / l.cell_h;
    l.right = LEFT + l.cell_w * heat->columns;
    l.width = larger(l.right + RIGHT, fal_svg_width(heat->title, 14) + 2 * MARGIN);
    l.width = larger(l.width, LEFT + fal_svg_width(heat->note, 11) + MARGIN);
    l.height = TOP + l.cell_h * heat->rows + BOTTOM;
    return l;
}

/* White to dark blue; the root shows small shares too. */
static void shade(double share, char fill[16])
{
    static const int dark[3] = {8, 64, 129};
    int rgb[3];
    for (int i = 0; i < 3; i++) {
        rgb[i] = 255 - (int)((255 - dark[i]) * sqrt(share) + 0.5);
    }
    (void)snprintf(fill, 16, "fill=\"#%02x%02x%02x\"", (unsigned)rgb[0] & 0xFFU, (unsigned)rgb[1] & 0xFFU,
                   (unsigned)rgb[2] & 0xFFU);
}

static void add_cell(const layout *l, int row, int column, int64_t count, int64_t most, fal_text *svg)
{
    const int x = LEFT + column * l->cell_w;
    const int y = TOP + row * l->cell_h;
    const double share = most > 0 ? (double)count / (double)most : 0;
    char fill[16];
    shade(share, fill);
    fal_svg_rect(svg, x, y, l->cell_w, l->cell_h, fill);
    if (l->numbers && count > 0) {
        fal_svg_print(svg, x + l->cell_w / 2, y + l->cell_h / 2 + 4, FAL_SVG_MIDDLE,
                      share > 0.3 ? "fill=\"#fff\"" : "fill=\"#222\"", "%lld", (long long)count);
    }
}

static void add_row(const fal_heat *heat, const layout *l, int row, int64_t most, fal_text *svg)
{
    const int y = TOP + row * l->cell_h + l->cell_h / 2 + 4;
    for (int c = 0; c < heat->columns; c++) {
        add_cell(l, row, c, heat->counts[(int64_t)row * heat->columns + c], most, svg);
    }
    if (row % l->row_step != 0) {
        return;
    }
    fal_svg_print(svg, LEFT - 8, y, FAL_SVG_END, "", "%d", row);
    for (int i = 0; i < FAL_HEAT_SIDES && heat->sides[i].values != NULL; i++) {
        fal_svg_print(svg, l->right + side_x[i], y, FAL_SVG_END, "", "%.*f", heat->sides[i].decimals,
                      heat->sides[i].values[row]);
    }
}

static void add_names(const fal_heat *heat, const layout *l, fal_text *svg)
{
    fal_svg_text(svg, LEFT - 8, TOP - 8, FAL_SVG_END, "", heat->row_name);
    for (int i = 0; i < FAL_HEAT_SIDES && heat->sides[i].values != NULL; i++) {
        fal_svg_text(svg, l->right + side_x[i], TOP - 8, FAL_SVG_END, "", heat->sides[i].name);
    }
    for (int c = 0; c < heat->columns; c += l->column_step) {
        char number[16];
        (void)snprintf(number, sizeof number, "%d", c);
        fal_svg_turned(svg, LEFT + c * l->cell_w + l->cell_w / 2, TOP - 8, -40, "",
                       heat->column_names != NULL ? heat->column_names + (size_t)c * (size_t)heat->name_size : number);
    }
}

fal_status fal_heat_svg(const fal_heat *heat, fal_text *svg)
{
    const layout l = plan(heat);
    int64_t most = 0;
    for (int64_t i = 0; i < (int64_t)heat->rows * heat->columns; i++) {
        most = heat->counts[i] > most ? heat->counts[i] : most;
    }
    fal_svg_begin(svg, l.width, l.height, heat->title);
    add_names(heat, &l, svg);
    for (int row = 0; row < heat->rows; row++) {
        add_row(heat, &l, row, most, svg);
    }
    fal_svg_rect(svg, LEFT, TOP, l.cell_w * heat->columns, l.cell_h * heat->rows, "fill=\"none\" stroke=\"#999\"");
    fal_svg_text(svg, LEFT, l.height - 22, FAL_SVG_START, "", heat->note);
    fal_svg_end(svg);
    return fal_text_status(svg);
}
