/* Frames for programs: CSV and JSON. */
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/quote.h"
#include "fal/io/table.h"
#include "fal/report/frame.h"

static void csv_cell(const fal_frame_column *of, const fal_frame_cell *cell, fal_text *csv)
{
    switch (of->kind) {
    case FAL_FRAME_NAME:
    case FAL_FRAME_TEXT:
        fal_csv_text(csv, cell->text);
        break;
    case FAL_FRAME_INT:
        if (cell->integer != FAL_TABLE_MISSING) {
            fal_text_add(csv, "%lld", (long long)cell->integer);
        }
        break;
    case FAL_FRAME_REAL:
    case FAL_FRAME_P:
        fal_csv_real(csv, cell->real);
        break;
    }
}

void fal_frame_csv(const fal_frame *frame, fal_text *csv)
{
    for (int c = 0; c < frame->column_count; c++) {
        fal_text_add(csv, "%s%s", c > 0 ? "," : "", frame->columns[c].name);
    }
    fal_text_add(csv, "\n");
    for (int64_t row = 0; row < frame->row_count; row++) {
        for (int c = 0; c < frame->column_count; c++) {
            fal_text_add(csv, "%s", c > 0 ? "," : "");
            csv_cell(&frame->columns[c], fal_frame_at(frame, row, c), csv);
        }
        fal_text_add(csv, "\n");
    }
}

/* The place of a name among those seen; a new one is added. Rows of one name follow each other, so *last is tried
 * first. -1: no memory. */
static int level_of(const char *name, const char ***levels, int *count, int64_t *room, int *last)
{
    if (*count > 0 && strcmp((*levels)[*last], name) == 0) {
        return *last;
    }
    for (int i = 0; i < *count; i++) {
        if (strcmp((*levels)[i], name) == 0) {
            *last = i;
            return i;
        }
    }
    if (fal_grow(levels, *count, *count + 1, room, sizeof **levels, "names of the report") != FAL_OK) {
        return -1;
    }
    (*levels)[*count] = name;
    *last = *count;
    return (*count)++;
}

static void json_names(const fal_frame *frame, int column, fal_text *json)
{
    const char **levels = NULL;
    int64_t room = 0;
    int count = 0;
    int last = 0;
    fal_text_add(json, "\"values\":[");
    for (int64_t row = 0; row < frame->row_count; row++) {
        const int level = level_of(fal_frame_at(frame, row, column)->text, &levels, &count, &room, &last);
        json->failed = json->failed || level < 0;
        fal_text_add(json, "%s%d", row > 0 ? "," : "", level);
    }
    fal_text_add(json, "],\"levels\":[");
    for (int i = 0; i < count; i++) {
        fal_text_add(json, "%s", i > 0 ? "," : "");
        fal_json_text(json, levels[i]);
    }
    fal_text_add(json, "]");
    fal_free(levels);
}

/* Texts that many rows share though they were copied (states, machines, versions) are written as levels, too. */
static bool has_levels(const fal_frame *frame, int column)
{
    enum { LEVELS_MOST = 16, ROWS_EACH = 4 };
    const char *seen[LEVELS_MOST];
    int count = 0;
    if (frame->columns[column].kind != FAL_FRAME_TEXT) {
        return frame->columns[column].kind == FAL_FRAME_NAME;
    }
    for (int64_t row = 0; row < frame->row_count; row++) {
        const char *text = fal_frame_at(frame, row, column)->text;
        int i = 0;
        while (i < count && strcmp(seen[i], text) != 0) {
            i++;
        }
        if (i == LEVELS_MOST) {
            return false;
        }
        seen[i] = text;
        count = i == count ? count + 1 : count;
    }
    return (int64_t)count * ROWS_EACH <= frame->row_count;
}

static void json_value(const fal_frame_column *of, const fal_frame_cell *cell, fal_text *json)
{
    if (of->kind == FAL_FRAME_TEXT) {
        fal_json_text(json, cell->text);
    } else if (of->kind == FAL_FRAME_INT && cell->integer == FAL_TABLE_MISSING) {
        fal_text_add(json, "null");
    } else if (of->kind == FAL_FRAME_INT) {
        fal_text_add(json, "%lld", (long long)cell->integer);
    } else {
        fal_json_real(json, cell->real);
    }
}

static void json_column(const fal_frame *frame, int column, fal_text *json)
{
    const fal_frame_column *of = &frame->columns[column];
    fal_text_add(json, "{\"name\":\"%s\",\"meaning\":", of->name);
    fal_json_text(json, of->meaning != NULL ? of->meaning : "");
    if (of->kind == FAL_FRAME_P) {
        fal_text_add(json, ",\"show\":\"p\"");
    } else if (of->kind == FAL_FRAME_REAL) {
        fal_text_add(json, ",\"show\":%d", of->decimals);
    }
    fal_text_add(json, ",");
    if (has_levels(frame, column)) {
        json_names(frame, column, json);
    } else {
        fal_text_add(json, "\"values\":[");
        for (int64_t row = 0; row < frame->row_count; row++) {
            fal_text_add(json, "%s", row > 0 ? "," : "");
            json_value(of, fal_frame_at(frame, row, column), json);
        }
        fal_text_add(json, "]");
    }
    fal_text_add(json, "}");
}

void fal_frame_json(const fal_frame *frame, fal_text *json)
{
    fal_text_add(json, "{\"title\":");
    fal_json_text(json, frame->title);
    fal_text_add(json, ",\"columns\":[");
    for (int c = 0; c < frame->column_count; c++) {
        fal_text_add(json, "%s", c > 0 ? ",\n" : "");
        json_column(frame, c, json);
    }
    fal_text_add(json, "]}");
}
