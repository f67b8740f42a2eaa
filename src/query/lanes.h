/* Inner loops over float rows in eight lanes: a fixed order of additions that depends on d alone, so identical rows
 * give identical results wherever they stand. */
#ifndef FAL_QUERY_LANES_H
#define FAL_QUERY_LANES_H

#include <stdint.h>

/** out[i] = <x_i, c> for x [rows][d]. */
void fal_lanes_dots(const float *x, int64_t rows, int d, const float *c, float *out);
/** out[i] = <x_i, x_i>, to the bit what fal_lanes_dots gives for a row equal to c. */
void fal_lanes_norms(const float *x, int64_t rows, int d, float *out);
/** out[i] = |x_i - c|^2 by direct differences: exactly 0 for a row equal to c. */
void fal_lanes_distances(const float *x, int64_t rows, int d, const float *c, float *out);

/** out [d] = sum over i of weight[i] x_i for x [rows][d], rows in order, in float32: for a few hundred rows. */
void fal_lanes_combine(const float *x, int64_t rows, int d, const float *weight, float *out);

enum { FAL_LANES_BLOCK = 512 };
/** Squared distances of all n points to a candidate centre from inner products: near = norm + norm_c - 2 dot, where
 *  what is no more than rounding counts as 0; lowered[i] = min(dist[i], near). sums[j]: sum over block j of
 *  FAL_LANES_BLOCK points. Returns the total. lowered may be dist, or NULL to get the sums only. */
double fal_lanes_potential(const float *dist, const float *norm, const float *dot, float norm_c, int64_t n,
                           float *lowered, double *sums);

#endif
