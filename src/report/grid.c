/* A table of short texts, printed with aligned columns for a terminal; fields of CSV files. */
#include "grid_internal.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"

enum { GAP = 2 };

fal_status fal_grid_create(fal_grid *grid, int rows, int columns, int fixed)
{
    FAL_ASSERT(rows > 0 && fixed > 0 && columns >= fixed);
    fal_grid made = {.rows = rows, .columns = columns, .fixed = fixed};
    FAL_TRY(fal_alloc(&made.cells, (size_t)rows * (size_t)columns, sizeof *made.cells, "table of results"));
    *grid = made;
    return FAL_OK;
}

void fal_grid_destroy(fal_grid *grid)
{
    fal_free(grid->cells);
    *grid = (fal_grid){0};
}

static char *cell(const fal_grid *grid, int row, int column)
{
    return grid->cells[(size_t)row * (size_t)grid->columns + (size_t)column];
}

void fal_grid_set(fal_grid *grid, int row, int column, const char *format, ...)
{
    FAL_ASSERT(row < grid->rows && column < grid->columns);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(cell(grid, row, column), FAL_GRID_CELL, format, arguments);
    va_end(arguments);
}

void fal_grid_set_p(fal_grid *grid, int row, int column, double p)
{
    if (isnan(p)) {
        fal_grid_set(grid, row, column, "-");
    } else {
        fal_grid_set(grid, row, column, p < 0.0005 ? "<0.001" : "%.3f", p);
    }
}

static int column_width(const fal_grid *grid, int column)
{
    int width = 0;
    for (int row = 0; row < grid->rows; row++) {
        const int here = (int)strlen(cell(grid, row, column));
        width = here > width ? here : width;
    }
    return width;
}

/* One line of a block: the fixed columns and first .. last-1; without `row` (-1) the rule under the head. */
static void print_line(const fal_grid *grid, int row, int first, int last, fal_text *text)
{
    static const char dashes[FAL_GRID_CELL + 1] =
        "------------------------------------------------------------------------";
    for (int column = 0; column < last; column = column + 1 == grid->fixed ? first : column + 1) {
        const int width = column_width(grid, column);
        const char *value = row < 0 ? dashes : cell(grid, row, column);
        fal_text_add(text, column == 0 ? "%-*.*s" : "  %*.*s", width, width, value);
    }
    while (text->length > 0 && text->chars[text->length - 1] == ' ') {
        text->chars[--text->length] = '\0';
    }
    fal_text_add(text, "\n");
}

fal_status fal_grid_print(const fal_grid *grid, fal_text *text)
{
    int lead = 0;
    for (int column = 0; column < grid->fixed; column++) {
        lead += column_width(grid, column) + GAP;
    }
    int first = grid->fixed;
    do {
        int last = first;
        int width = lead - GAP;
        while (last < grid->columns) { /* at least one column, however wide */
            width += GAP + column_width(grid, last);
            if (width > FAL_GRID_WIDTH && last > first) {
                break;
            }
            last++;
        }
        fal_text_add(text, "%s", first > grid->fixed ? "\n" : "");
        for (int row = 0; row < grid->rows; row++) {
            print_line(grid, row, first, last, text);
            if (row == 0) {
                print_line(grid, -1, first, last, text);
            }
        }
        first = last;
    } while (first < grid->columns);
    return fal_text_status(text);
}
