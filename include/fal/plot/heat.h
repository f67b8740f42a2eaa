/* A heat map: numbers in rows and columns, stronger where they are larger. */
#ifndef FAL_PLOT_HEAT_H
#define FAL_PLOT_HEAT_H

#include <stdint.h>

#include "fal/plot/svg.h"

/** A number per row, at the right of the cells. */
typedef struct {
    const char *name;
    const double *values; /* [rows], "-" where not finite */
    int decimals;
} fal_heat_side;

enum { FAL_HEAT_SIDES = 2 };

typedef struct {
    const char *title;                  /* UTF-8, one line, as all texts here; escaped; "" where there is none */
    const char *label;                  /* for screen readers; NULL: the title */
    const char *note;                   /* below the cells; NULL: none */
    const char *row_name, *column_name; /* what rows and columns are; NULL: not said */
    const int64_t *counts; /* [rows][columns], none negative, 0 is an empty cell: shades by the square root */
    const double *values;  /* [rows][columns] instead, shades by the value; "-" where not finite */
    int decimals;          /* of values */
    double low, high;      /* values without and with full colour; equal: the range of the values */
    bool signs;            /* two colours, for values below and above 0; full at the largest size, or at `high` */
    int rows, columns;
    const char *const *row_names, *const *column_names; /* NULL: numbers from 0 */
    fal_heat_side sides[FAL_HEAT_SIDES];
    const char *source; /* cell (r, c) is row first_row + r * columns + c of it */
    int64_t first_row;
} fal_heat;

/** Appends the figure. A cell is <rect class="cell" data-v>, its number <text class="on" or "over" data-v>.
 * Cells shrink as there are more of them; numbers, and names of rows and columns, are left out where they would not
 * fit. */
fal_status fal_heat_svg(const fal_heat *heat, fal_svg_use use, fal_text *svg);

#endif
