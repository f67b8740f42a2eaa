/* A heat map: whole numbers in rows and columns, darker where they are larger. */
#ifndef FAL_PLOT_HEAT_H
#define FAL_PLOT_HEAT_H

#include <stdint.h>

#include "fal/base/status.h"
#include "fal/base/text.h"

/** A number per row, at the right of the cells. */
typedef struct {
    const char *name;
    const double *values; /* [rows] */
    int decimals;
} fal_heat_side;

enum { FAL_HEAT_SIDES = 2 };

typedef struct {
    const char *title; /* UTF-8, one line, as all texts here; escaped */
    const char *note;  /* below the cells */
    const char *row_name;
    const int64_t *counts; /* [rows][columns], none negative */
    int rows, columns;
    const char *column_names; /* [columns] strings, each in `name_size` bytes; NULL: numbers from 0 */
    int name_size;
    fal_heat_side sides[FAL_HEAT_SIDES];
} fal_heat;

/** Appends a whole SVG file. Cells shrink as there are more of them; numbers, and names of rows and columns, are left
 * out where they would not fit. */
fal_status fal_heat_svg(const fal_heat *heat, fal_text *svg);

#endif
