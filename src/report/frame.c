/* Typed tables, and their cells as people read them. */
#include "fal/report/frame.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/io/table.h"

void fal_frame_init(fal_frame *frame, const char *id, const char *title, const fal_frame_column *columns, int count)
{
    *frame = (fal_frame){.id = id, .title = title, .columns = columns, .column_count = count};
}

void fal_frame_destroy(fal_frame *frame)
{
    for (int64_t i = 0; i < frame->filled; i++) {
        if (frame->columns[i % frame->column_count].kind == FAL_FRAME_TEXT) {
            fal_free((void *)(uintptr_t)frame->cells[i].text);
        }
    }
    fal_free(frame->cells);
    *frame = (fal_frame){0};
}

/* The next cell, NULL without memory. */
static fal_frame_cell *next(fal_frame *frame)
{
    if (frame->failed || fal_grow(&frame->cells, frame->filled, frame->filled + 1, &frame->room, sizeof *frame->cells,
                                  "report") != FAL_OK) {
        frame->failed = true;
        return NULL;
    }
    fal_frame_cell *cell = &frame->cells[frame->filled++];
    frame->row_count = frame->filled / frame->column_count;
    return cell;
}

static fal_frame_kind next_kind(const fal_frame *frame)
{
    return frame->columns[frame->filled % frame->column_count].kind;
}

void fal_frame_put_text(fal_frame *frame, const char *value)
{
    const fal_frame_kind kind = next_kind(frame);
    FAL_ASSERT(frame->failed || kind == FAL_FRAME_NAME || kind == FAL_FRAME_TEXT);
    char *copy = NULL;
    if (kind == FAL_FRAME_TEXT) {
        const size_t size = strlen(value) + 1;
        if (frame->failed || fal_alloc(&copy, size, 1, "report") != FAL_OK) {
            frame->failed = true;
            return;
        }
        memcpy(copy, value, size);
        fal_text_make_printable(copy, false);
    }
    fal_frame_cell *cell = next(frame);
    if (cell == NULL) {
        fal_free(copy);
    } else {
        cell->text = kind == FAL_FRAME_TEXT ? copy : value;
    }
}

void fal_frame_put_int(fal_frame *frame, int64_t value)
{
    FAL_ASSERT(frame->failed || next_kind(frame) == FAL_FRAME_INT);
    fal_frame_cell *cell = next(frame);
    if (cell != NULL) {
        cell->integer = value;
    }
}

/* As JSON and CSV write it. What people read is rounded from these digits, not from others: 0.61249999999999996 is
 * 0.6125 in JSON, which is shown as 0.613 everywhere then. */
static double as_written(double value)
{
    char text[32];
    double written = value;
    (void)snprintf(text, sizeof text, "%.12g", value);
    return isfinite(value) && fal_text_to_real(text, &written) ? written : value;
}

void fal_frame_put_real(fal_frame *frame, double value)
{
    FAL_ASSERT(frame->failed || next_kind(frame) == FAL_FRAME_REAL || next_kind(frame) == FAL_FRAME_P);
    fal_frame_cell *cell = next(frame);
    if (cell != NULL) {
        cell->real = as_written(value);
    }
}

fal_status fal_frame_status(const fal_frame *frame)
{
    FAL_ASSERT(frame->failed || frame->filled % frame->column_count == 0);
    return frame->failed ? fal_fail(FAL_ERR_MEMORY, "no memory for the report's tables") : FAL_OK;
}

const fal_frame_cell *fal_frame_at(const fal_frame *frame, int64_t row, int column)
{
    FAL_ASSERT(row >= 0 && row < frame->row_count && column >= 0 && column < frame->column_count);
    return &frame->cells[row * frame->column_count + column];
}

static void show_real(double value, int decimals, char *text, size_t size)
{
    if (isnan(value)) {
        (void)snprintf(text, size, "-");
        return;
    }
    if (isinf(value)) {
        (void)snprintf(text, size, "%s", value > 0 ? "inf" : "-inf");
        return;
    }
    (void)snprintf(text, size, "%.*f", decimals, value);
    if (text[0] == '-' && strspn(text + 1, "0.") == strlen(text + 1)) {
        (void)snprintf(text, size, "%.*f", decimals, 0.0);
    }
}

void fal_frame_show(const fal_frame *frame, int64_t row, int column, char *text, size_t size)
{
    const fal_frame_cell *cell = fal_frame_at(frame, row, column);
    const fal_frame_column *of = &frame->columns[column];
    switch (of->kind) {
    case FAL_FRAME_NAME:
    case FAL_FRAME_TEXT:
        (void)fal_text_copy(text, size, cell->text);
        break;
    case FAL_FRAME_INT:
        (void)snprintf(text, size, cell->integer == FAL_TABLE_MISSING ? "-" : "%lld", (long long)cell->integer);
        break;
    case FAL_FRAME_REAL:
        show_real(cell->real, of->decimals, text, size);
        break;
    case FAL_FRAME_P:
        if (cell->real < 0.001) {
            (void)snprintf(text, size, "<0.001");
        } else {
            show_real(cell->real, 3, text, size);
        }
        break;
    }
}
