/* The rounds of cluster-margin over given clusters. */
#ifndef FAL_QUERY_CLUSTER_MARGIN_H
#define FAL_QUERY_CLUSTER_MARGIN_H

#include "query_internal.h"

/** Candidates considered for b images of a pool of n: min(n, 10 b). */
int64_t fal_cluster_margin_candidates(int64_t n, int64_t b);
/** Writes the call's result: candidate [count] by rising margin, label [count] the cluster 0 .. k-1 of each, key [n]
 * the margin of every image of the pool. */
fal_status fal_cluster_margin_pick(fal_query_call *call, const double *key, const int64_t *candidate, int64_t count,
                                   const int32_t *label, int64_t k);

#endif
