/* What seeding and Lloyd's iterations share. */
#ifndef FAL_QUERY_KMEANS_INTERNAL_H
#define FAL_QUERY_KMEANS_INTERNAL_H

#include "fal/query/kmeans.h"

/** The points of one clustering, with what is computed from them once. */
typedef struct {
    const float *x; /* [n][d] */
    int64_t n, k;
    int d;
    float *norm;      /* [n] squared norms */
    double tolerance; /* on the squared shift of the centres */
} fal_kmeans_points;

/** Greedy k-means++ starts of all streams epoch = 0 .. starts-1: seed [starts][k] out, point numbers. */
fal_status fal_kmeans_seed(const fal_kmeans_points *points, int starts, const fal_rng *rng, int64_t *seed);

#endif
