/* Stable order of indices by a key: ties go to the lower index, on every machine and C library. */
#ifndef FAL_BASE_SORT_H
#define FAL_BASE_SORT_H

#include <stdint.h>

#include "fal/base/status.h"

/** order[0..n-1] = indices 0..n-1 by rising key; equal keys by rising index. Keys must not be NaN. */
fal_status fal_sort_rising(const double *key, int64_t *order, int64_t n);
/** The same by falling key; equal keys still by rising index. */
fal_status fal_sort_falling(const double *key, int64_t *order, int64_t n);
/** Rising values in place. */
void fal_sort_int64(int64_t *values, int64_t n);

#endif
