/* A view: a table as people read it, whose numbers are references into frames. HTML and LaTeX are made from it, so that
 * no number of the page is written twice. */
#ifndef FAL_REPORT_VIEW_INTERNAL_H
#define FAL_REPORT_VIEW_INTERNAL_H

#include "fal/report/frame.h"

typedef struct {
    const fal_frame *frame; /* NULL: text only */
    int64_t row;
    int column, spread; /* spread: of the number after "+-"; -1: none */
    char *text;         /* owned; a heading, or what follows the number ("*"); NULL: nothing */
    int place;          /* 1: best, 2: second; 0: not said */
    int shade;          /* 0 to 5, stronger the larger the number is */
} fal_view_cell;

typedef struct {
    const char *caption;      /* static */
    int rows, columns, fixed; /* row 0 is the head; the leading `fixed` columns are headings of their rows */
    fal_view_cell *cells;     /* [rows][columns] */
    int about[3]; /* columns that name what a row is about: a strategy, another one, a setting; -1: none does */
    bool failed;
} fal_view;

fal_status fal_view_create(fal_view *view, const char *caption, int rows, int columns, int fixed);
void fal_view_destroy(fal_view *view);
/** Copies the text. */
void fal_view_text(fal_view *view, int row, int column, const char *format, ...) __attribute__((format(printf, 4, 5)));
/** A number of a frame; `spread`: the column of a second one, -1: none. */
void fal_view_number(fal_view *view, int row, int column, const fal_frame *frame, int64_t at, int of, int spread);
/** Columns whose texts are a strategy, another one, a setting; -1: none. The page's filters show a row only if what it
 * is about is wanted. */
void fal_view_about(fal_view *view, int strategy, int other, int setting);
/** Mark the best and the second of a column's (or, with `across`, a row's) numbers, first..last; ties share a place;
 *  with `low`, low is good. */
void fal_view_mark(fal_view *view, int at, bool across, int first, int last, bool low);
/** Shade the cell by value / most. */
void fal_view_shade(fal_view *view, int row, int column, double most);
/** Rows first .. first+count-1 of a frame, the columns in `which` (-1 at the end); `fixed` of these are headings. */
fal_status fal_view_of_frame(fal_view *view, const char *caption, const fal_frame *frame, int64_t first, int64_t count,
                             const int *which, int fixed);

/** The same of rows[0 .. count-1]; NULL: of first .. first+count-1. */
fal_status fal_view_of_rows(fal_view *view, const char *caption, const fal_frame *frame, const int64_t *rows,
                            int64_t first, int64_t count, const int *which, int fixed);

fal_status fal_view_html(const fal_view *view, fal_text *html);
/** booktabs; best in bold, second underlined. */
fal_status fal_view_latex(const fal_view *view, fal_text *latex);

#endif
