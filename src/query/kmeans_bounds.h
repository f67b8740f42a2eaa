/* Labels of Lloyd's iterations by bounds on distances, for points without a Gram matrix. */
#ifndef FAL_QUERY_KMEANS_BOUNDS_H
#define FAL_QUERY_KMEANS_BOUNDS_H

#include "kmeans_internal.h"

typedef struct fal_kmeans_bounds fal_kmeans_bounds;

/** Keeps `points`. Memory: n (k / 10) floats up to 64 MiB (but n at least), k d, and 384 k per thread. */
fal_status fal_kmeans_bounds_create(const fal_kmeans_points *points, fal_kmeans_bounds **bounds);
size_t fal_kmeans_bounds_bytes(int64_t n, int d, int64_t k);
void fal_kmeans_bounds_destroy(fal_kmeans_bounds *bounds);
/** Other first centres: nothing is known of them. */
void fal_kmeans_bounds_start(fal_kmeans_bounds *bounds);
/** next [n]: the nearest of the centres [k][d] with these squared norms, ties to the lowest. label [n]: those at hand;
 *  all centres may have moved since the last call. Adds the distances that were computed to *distances. */
void fal_kmeans_bounds_assign(fal_kmeans_bounds *bounds, const float *centre, const float *centre_norm,
                              const int32_t *label, int32_t *next, int64_t *distances);

#endif
