/* Tables as people read them: cells that refer to frames, and which of them are best. */
#include "view_internal.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/io/table.h"

fal_status fal_view_create(fal_view *view, const char *caption, int rows, int columns, int fixed)
{
    fal_status status = FAL_OK;
    fal_view made = {.caption = caption, .rows = rows, .columns = columns, .fixed = fixed, .about = {-1, -1, -1}};
    FAL_TRY_GOTO(fal_alloc(&made.cells, (size_t)rows * (size_t)columns, sizeof *made.cells, "report"));
    for (int i = 0; i < rows * columns; i++) {
        made.cells[i].spread = -1;
    }
    *view = made;
    return FAL_OK;
done:
    fal_view_destroy(&made);
    return status;
}

void fal_view_destroy(fal_view *view)
{
    for (int i = 0; view->cells != NULL && i < view->rows * view->columns; i++) {
        fal_free(view->cells[i].text);
    }
    fal_free(view->cells);
    *view = (fal_view){0};
}

static fal_view_cell *at(const fal_view *view, int row, int column)
{
    FAL_ASSERT(row >= 0 && row < view->rows && column >= 0 && column < view->columns);
    return &view->cells[row * view->columns + column];
}

void fal_view_text(fal_view *view, int row, int column, const char *format, ...)
{
    fal_view_cell *cell = at(view, row, column);
    fal_text text = {0};
    va_list arguments;
    va_start(arguments, format);
    fal_text_add_list(&text, format, arguments);
    va_end(arguments);
    char *copy = NULL;
    if (fal_text_status(&text) != FAL_OK || fal_alloc(&copy, text.length + 1, 1, "report") != FAL_OK) {
        view->failed = true;
    } else {
        memcpy(copy, text.chars != NULL ? text.chars : "", text.length + 1);
        fal_free(cell->text);
        cell->text = copy;
    }
    fal_text_destroy(&text);
}

void fal_view_number(fal_view *view, int row, int column, const fal_frame *frame, int64_t row_of, int of, int spread)
{
    fal_view_cell *cell = at(view, row, column);
    cell->frame = frame;
    cell->row = row_of;
    cell->column = of;
    cell->spread = spread;
}

void fal_view_about(fal_view *view, int strategy, int other, int setting)
{
    const int about[] = {strategy, other, setting};
    memcpy(view->about, about, sizeof about);
}

/* NaN where the cell has no number. */
static double value_of(const fal_view_cell *cell)
{
    if (cell->frame == NULL) {
        return NAN;
    }
    const fal_frame_cell *value = fal_frame_at(cell->frame, cell->row, cell->column);
    const fal_frame_kind kind = cell->frame->columns[cell->column].kind;
    if (kind == FAL_FRAME_INT) {
        return value->integer == FAL_TABLE_MISSING ? NAN : (double)value->integer;
    }
    return kind == FAL_FRAME_REAL || kind == FAL_FRAME_P ? value->real : NAN;
}

static fal_view_cell *in_line(const fal_view *view, int line, bool across, int i)
{
    return across ? at(view, line, i) : at(view, i, line);
}

void fal_view_mark(fal_view *view, int line, bool across, int first, int last, bool low)
{
    double least = INFINITY;
    double most = -INFINITY;
    for (int i = first; i <= last; i++) {
        const double value = value_of(in_line(view, line, across, i));
        least = isnan(value) ? least : fmin(least, value);
        most = isnan(value) ? most : fmax(most, value);
    }
    for (int i = first; i <= last && least < most; i++) { /* nothing is best among equals */
        fal_view_cell *cell = in_line(view, line, across, i);
        const double own = low ? -value_of(cell) : value_of(cell);
        int better = 0;
        for (int k = first; k <= last; k++) {
            const double other = value_of(in_line(view, line, across, k));
            better += (low ? -other : other) > own;
        }
        cell->place = isnan(own) || better > 1 ? 0 : better + 1;
    }
}

void fal_view_shade(fal_view *view, int row, int column, double most)
{
    enum { SHADES = 5 };
    fal_view_cell *cell = at(view, row, column);
    const double value = value_of(cell);
    cell->shade = value > 0 && most > 0 ? (int)ceil(fmin(1, value / most) * SHADES) : 0;
}

/* "mean_difference" is read as "mean difference". */
static void set_head(fal_view *view, int column, const char *name)
{
    char words[64];
    (void)fal_text_copy(words, sizeof words, name);
    for (char *p = words; *p != '\0'; p++) {
        *p = *p == '_' ? ' ' : *p;
    }
    fal_view_text(view, 0, column, "%s", words);
}

fal_status fal_view_of_rows(fal_view *view, const char *caption, const fal_frame *frame, const int64_t *rows,
                            int64_t first, int64_t count, const int *which, int fixed)
{
    int columns = 0;
    while (which[columns] >= 0) {
        columns++;
    }
    FAL_TRY(fal_view_create(view, caption, (int)count + 1, columns, fixed));
    for (int c = 0; c < columns; c++) {
        const fal_frame_kind kind = frame->columns[which[c]].kind;
        set_head(view, c, frame->columns[which[c]].name);
        for (int64_t r = 0; r < count; r++) {
            const int64_t row = rows != NULL ? rows[r] : first + r;
            if (kind == FAL_FRAME_NAME || kind == FAL_FRAME_TEXT) {
                fal_view_text(view, (int)r + 1, c, "%s", fal_frame_at(frame, row, which[c])->text);
            } else {
                fal_view_number(view, (int)r + 1, c, frame, row, which[c], -1);
            }
        }
    }
    if (view->failed) {
        fal_view_destroy(view);
        return fal_fail(FAL_ERR_MEMORY, "no memory for the report's tables");
    }
    return FAL_OK;
}

fal_status fal_view_of_frame(fal_view *view, const char *caption, const fal_frame *frame, int64_t first, int64_t count,
                             const int *which, int fixed)
{
    return fal_view_of_rows(view, caption, frame, NULL, first, count, which, fixed);
}
