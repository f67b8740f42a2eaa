/* A frame: a table of the report as typed columns. Every number that the report shows stands once, in a frame; what
 * programs read (JSON, CSV) and what people read (tables of the page, LaTeX, points of figures) are made from it. */
#ifndef FAL_REPORT_FRAME_H
#define FAL_REPORT_FRAME_H

#include <stdint.h>

#include "fal/base/text.h"

typedef enum {
    FAL_FRAME_NAME, /* a text that many rows share; borrowed, printable, must outlive the frame */
    FAL_FRAME_TEXT, /* copied, and made printable */
    FAL_FRAME_INT,
    FAL_FRAME_REAL,
    FAL_FRAME_P /* a p-value */
} fal_frame_kind;

typedef struct {
    const char *name; /* of the column in JSON and CSV */
    fal_frame_kind kind;
    int decimals; /* of a REAL where people read it */
    const char *meaning;
} fal_frame_column;

typedef union {
    const char *text;
    int64_t integer;
    double real;
} fal_frame_cell;

typedef struct {
    const char *id; /* of the table in JSON; the CSV is ID.csv */
    const char *title;
    const fal_frame_column *columns;
    int column_count;
    bool aside;                      /* only a CSV: too long for the page */
    fal_frame_cell *cells;           /* [row_count][column_count] */
    int64_t row_count, room, filled; /* filled: cells */
    bool failed;                     /* there was no memory: nothing is added any more */
} fal_frame;

/** `columns` is static. */
void fal_frame_init(fal_frame *frame, const char *id, const char *title, const fal_frame_column *columns, int count);
void fal_frame_destroy(fal_frame *frame);

/* The next cell of the row that is being filled; kinds must fit. Errors stick: ask fal_frame_status once. */
void fal_frame_put_text(fal_frame *frame, const char *value); /* NAME or TEXT */
void fal_frame_put_int(fal_frame *frame, int64_t value);      /* FAL_TABLE_MISSING: missing */
void fal_frame_put_real(fal_frame *frame, double value);      /* REAL or P, kept with 12 digits; NaN: missing */
fal_status fal_frame_status(const fal_frame *frame);

const fal_frame_cell *fal_frame_at(const fal_frame *frame, int64_t row, int column);
/** As people read it: REAL with the column's decimals and never -0, P with three ("<0.001" below), "-" where missing,
 *  "inf" as it is. */
void fal_frame_show(const fal_frame *frame, int64_t row, int column, char *text, size_t size);

/** The head line and a line per row; reals with 12 significant digits, missing ones empty. */
void fal_frame_csv(const fal_frame *frame, fal_text *csv);
/** An object: title, columns as arrays of values. NAME columns, and others of few different texts, are numbers into
 * their `levels`; missing values null, infinite ones "inf" or "-inf". As fal_json_text has it, nothing in it ends an
 * HTML element. */
void fal_frame_json(const fal_frame *frame, fal_text *json);
#endif
