/* The rounds of typiclust over given clusters. */
#ifndef FAL_QUERY_TYPICLUST_H
#define FAL_QUERY_TYPICLUST_H

#include "query_internal.h"

/** Clusters for a pool of n and m labelled images: min(b + m, 500, n + m). */
int64_t fal_typiclust_clusters(int64_t n, int64_t m, int64_t b);
/** Writes the call's result: unit [n + m][d] and label [n + m], the cluster 0 .. k-1, of the pool and then the labelled
 *  images. */
fal_status fal_typiclust_pick(fal_query_call *call, const float *unit, const int32_t *label, int64_t k);

#endif
