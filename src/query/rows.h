/* Inner loops over float rows in eight lanes: a fixed order of additions that depends on d alone, so identical rows
 * give identical results wherever they stand. */
#ifndef FAL_QUERY_ROWS_H
#define FAL_QUERY_ROWS_H

#include <stdint.h>

#include "fal/data/embeddings.h"

/** Squared norm of a row: up to here sums of products of rows are finite in float32. */
#define FAL_ROWS_NORM_MOST FAL_EMBEDDINGS_NORM_MOST

/** Of |a| |b|: above the error of a float32 inner product of d terms, of fal_rows_dots and of products.h. Beyond some
 *  hundred terms the bound is what counts, of eight lanes of d / 8 additions and chains of 128 (fal/nn/matrix.h): rows
 * of equal numbers come near it. */
double fal_rows_rounding(int d);

/** out[i] = <x_i, c> for x [rows][d]. */
void fal_rows_dots(const float *x, int64_t rows, int d, const float *c, float *out);
/** out[i] = <x_i, x_i>, to the bit what fal_rows_dots gives for a row equal to c. */
void fal_rows_norms(const float *x, int64_t rows, int d, float *out);
/** out[i] = |x_i - c|^2 by direct differences: exactly 0 for a row equal to c. */
void fal_rows_distances(const float *x, int64_t rows, int d, const float *c, float *out);

/** out [d] = sum over i of weight[i] x_i for x [rows][d], rows in order, in float32: for a few hundred rows. */
void fal_rows_combine(const float *x, int64_t rows, int d, const float *weight, float *out);

/** x := max(x + bias, 0) * keep, `count` a multiple of 8; keep NULL: 1. */
void fal_rows_relu(float *x, const float *bias, const float *keep, int count);
/** out := t w where gate > 0, else 0; `count` a multiple of 8. */
void fal_rows_gate(const float *gate, const float *w, float t, int count, float *out);
/** sum += x, in double. */
void fal_rows_add(const float *x, int count, double *sum);
/** value[j] = norm[j] - 2 dot[j]; returns the least. */
float fal_rows_values(const float *norm, const float *dot, int64_t count, float *value);
/** hits: the j with value[j] - rounding * norm[j] <= bound, rising; returns their number. */
int64_t fal_rows_within(const float *value, const float *norm, float rounding, float bound, int64_t count,
                        int32_t *hits);

/** sum += sign * x. */
void fal_rows_shift(const float *x, float sign, int64_t count, float *sum);
enum { FAL_ROWS_NEAREST = 16 };
/** For every column j < count: value_c = norm[c] - factor[c] * sums[c * stride + j] over the rows c < k; least, second:
 *  the two smallest values (k = 1: second is infinite); index: the row of the least, the lowest of equals. Rows and
 *  outputs have room for count rounded up to FAL_ROWS_NEAREST. */
void fal_rows_nearest(const float *sums, int64_t stride, const float *factor, const float *norm, int64_t k,
                      int64_t count, float *least, float *second, int32_t *index);

enum { FAL_ROWS_BLOCK = 512 };
/** Squared distances of all n points to a candidate centre from inner products: near = norm + norm_c - 2 dot, where
 *  what is no more than rounding (norm + norm_c) counts as 0; lowered[i] = min(dist[i], near). sums[j]: sum over block
 * j of FAL_ROWS_BLOCK points. Returns the total. lowered may be dist, or NULL to get the sums only. */
double fal_rows_potential(const float *dist, const float *norm, const float *dot, float norm_c, float rounding,
                          int64_t n, float *lowered, double *sums);

#endif
