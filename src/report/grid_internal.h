/* A table of short texts, printed with aligned columns for a terminal. */
#ifndef FAL_REPORT_GRID_INTERNAL_H
#define FAL_REPORT_GRID_INTERNAL_H

#include "fal/base/text.h"

enum { FAL_GRID_CELL = 72, FAL_GRID_WIDTH = 80 };

typedef struct {
    int rows, columns; /* row 0 is the head */
    int fixed;         /* leading columns that are repeated when the table is too wide for one block */
    char (*cells)[FAL_GRID_CELL];
} fal_grid;

fal_status fal_grid_create(fal_grid *grid, int rows, int columns, int fixed);
/** Longer texts are cut. */
void fal_grid_set(fal_grid *grid, int row, int column, const char *format, ...) __attribute__((format(printf, 4, 5)));
/** A p-value: three decimals, "<0.001" below, "-" for NaN. */
void fal_grid_set_p(fal_grid *grid, int row, int column, double p);
/** First column left, others right; a rule under the head; blocks of at most FAL_GRID_WIDTH characters. */
fal_status fal_grid_print(const fal_grid *grid, fal_text *text);
void fal_grid_destroy(fal_grid *grid);

#endif
