/* Assignment of points to centres from their Gram matrix. */
#ifndef FAL_QUERY_KMEANS_GRAM_H
#define FAL_QUERY_KMEANS_GRAM_H

#include "kmeans_internal.h"

typedef struct fal_kmeans_gram fal_kmeans_gram;

/** Keeps `points`, whose Gram matrix must be there. */
fal_status fal_kmeans_gram_create(const fal_kmeans_points *points, fal_kmeans_gram **gram);
/** What it takes in memory beside the Gram matrix. */
size_t fal_kmeans_gram_bytes(int64_t n, int d, int64_t k);
void fal_kmeans_gram_destroy(fal_kmeans_gram *gram);
/** Begin with centres that are the points seed [k]. */
void fal_kmeans_gram_start(fal_kmeans_gram *gram, const int64_t *seed);
/** next [n] out: the nearest centre of every point, ties to the lowest.
 *
 *  After fal_kmeans_gram_start the centres are the seeds. Later centre [k][d] holds the means of the points with each
 *  label [n] as float32; that of a cluster without points may be anything. centre_norm [k]: squared norms. Same result
 *  for any number of threads. */
void fal_kmeans_gram_assign(fal_kmeans_gram *gram, const float *centre, const float *centre_norm, const int32_t *label,
                            int32_t *next);

#endif
