/* Copies: images whose rows are equal in everything that a strategy looks at. It cannot tell them apart, so only their
 * index may: whatever picked one of them, a draw or a distance whose last bits depend on a row's place, the lowest is
 * taken. */
#ifndef FAL_QUERY_COPIES_H
#define FAL_QUERY_COPIES_H

#include <stdint.h>

#include "fal/base/status.h"

/** An array of a query: one row of `width` finite floats per image. */
typedef struct {
    const float *at;
    int width;
} fal_row_array;

/** first [n] out: the lowest image whose rows in all `count` arrays equal those of the image, itself if there is none
 *  below it. */
fal_status fal_copies_find(const fal_row_array *arrays, int count, int64_t n, int64_t *first);

/** Of the images chosen [b], distinct, each set of copies becomes the lowest of these copies, in rising order: the
 *  choice decides on the value and how often it is taken, the index decides which. */
fal_status fal_copies_settle(const int64_t *first, int64_t n, int64_t b, int64_t *chosen);

#endif
