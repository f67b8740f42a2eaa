/* Exact one-to-one assignment: what M (Eq. 10) is made of. */
#ifndef FAL_QUERY_ASSIGNMENT_H
#define FAL_QUERY_ASSIGNMENT_H

#include <stdint.h>

#include "fal/base/status.h"

/** cost [rows][columns], finite, rows <= columns. column_of [rows] out; total: the least sum of costs. */
fal_status fal_assignment_solve(const double *cost, int64_t rows, int64_t columns, int64_t *column_of, double *total);

#endif
