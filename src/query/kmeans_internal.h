/* What seeding and Lloyd's iterations of k-means share. */
#ifndef FAL_QUERY_KMEANS_INTERNAL_H
#define FAL_QUERY_KMEANS_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "fal/query/kmeans.h"

/** The points of one clustering, with what is computed from them once. */
typedef struct {
    const float *x; /* [n][d] */
    int64_t n, k;
    int d;
    float *norm;      /* [n] squared norms */
    float *gram;      /* [n][n] X X', NULL for many points */
    double tolerance; /* on the squared shift of the centres */
    double rounding;  /* of the norms: fal_rows_rounding */
} fal_kmeans_points;

/** Most points that a Gram matrix is made of: it takes at most 121 MiB. */
enum { FAL_KMEANS_GRAM_MOST = 5632 };

/** |x - c|^2 in double, by differences in the order of the components: what decides where float32 cannot. */
static inline double fal_kmeans_distance(const float *x, const float *c, int d)
{
    double sum = 0.0;
    for (int e = 0; e < d; e++) {
        const double difference = (double)x[e] - (double)c[e];
        sum += difference * difference;
    }
    return sum;
}

/** Norms and tolerance of the points that x, n, k, d name; the Gram matrix unless there are too many. */
fal_status fal_kmeans_points_create(fal_kmeans_points *points);
fal_status fal_kmeans_points_gram(fal_kmeans_points *points);
void fal_kmeans_points_destroy(fal_kmeans_points *points);

/** Greedy k-means++ starts of all streams epoch = 0 .. starts-1: seed [starts][k] out, point numbers. */
fal_status fal_kmeans_seed(const fal_kmeans_points *points, int starts, const fal_rng *rng, int64_t *seed);
/** What it takes in memory meanwhile; gram: with a Gram matrix. */
size_t fal_kmeans_seed_bytes(int64_t n, int d, int64_t k, int starts, bool gram);

#endif
