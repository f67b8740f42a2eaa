/* Matrix products of the query layer, each on one thread; callers cut the work into pieces. Row-major. */
#ifndef FAL_QUERY_PRODUCTS_H
#define FAL_QUERY_PRODUCTS_H

#include <stdint.h>

/** out [rows][columns], its rows `stride` floats apart, = a [rows][depth] times the transpose of b [columns][depth]. */
void fal_products_transposed(const float *a, int64_t rows, const float *b, int64_t columns, int depth, float *out,
                             int64_t stride);
/** out [rows][columns] = a [rows][depth] times b [depth][columns]. */
void fal_products_plain(const float *a, int64_t rows, const float *b, int columns, int depth, float *out);
/** out [rows][columns] = the transpose of a [depth][rows], its rows `stride` floats apart, times b [depth][columns]. */
void fal_products_gradient(const float *a, int64_t stride, int rows, const float *b, int columns, int64_t depth,
                           float *out);

#endif
