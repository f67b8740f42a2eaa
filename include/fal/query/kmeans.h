/* k-means: greedy k-means++ starts, Lloyd's iterations, the best of several (algorithms.md section 5). */
#ifndef FAL_QUERY_KMEANS_H
#define FAL_QUERY_KMEANS_H

#include <stddef.h>
#include <stdint.h>

#include "fal/base/random.h"
#include "fal/base/status.h"

typedef struct {
    int64_t n, k;
    int d;
    float *centre;     /* [k][d] */
    int32_t *label;    /* [n] nearest centre, ties to the lowest */
    double inertia;    /* sum of squared distances to the nearest centre */
    int iterations;    /* Lloyd iterations of the best start */
    int64_t distances; /* between points and centres that these took; 0: from the Gram matrix */
} fal_kmeans;

/** Cluster x [n][d] into k clusters (1 <= k <= n): best inertia of `starts`, ties to the earlier. The stream's epoch is
 *  used for the number of the start. With fewer distinct rows than k, surplus clusters stay empty.
 *
 *  Identical rows get identical labels. Same result for any number of threads. FAL_ERR_NUMERIC for points that are not
 *  finite, or longer than 1e17; distances below 1e-15 may be taken for equal. */
fal_status fal_kmeans_run(const float *x, int64_t n, int d, int64_t k, int starts, const fal_rng *rng,
                          fal_kmeans *result);
/** Lloyd's iterations from the given centres [k][d], as long as points may be. */
fal_status fal_kmeans_lloyd(const float *x, int64_t n, int d, int64_t k, const float *start, fal_kmeans *result);
void fal_kmeans_destroy(fal_kmeans *result);
/** Bytes that fal_kmeans_run takes at most, its result included, for any number of points up to n, in k clusters or n
 *  if that is less: more points may take less, since a Gram matrix is made of a few thousand only. */
size_t fal_kmeans_bytes(int64_t n, int d, int64_t k, int starts);

#endif
