/* The two steps of probcover on unit embeddings: the radius of the balls, the greedy cover. */
#ifndef FAL_QUERY_PROBCOVER_H
#define FAL_QUERY_PROBCOVER_H

#include "query_internal.h"

/** Square of delta: of the balls around the `count` images at, drawn from all `total` (unit [total][d], label [total]:
 *  pseudo-classes), at least 95 % are pure, and no larger one does it. INFINITY with one pseudo-class. */
fal_status fal_probcover_radius(const float *unit, int64_t total, int d, const int32_t *label, const int64_t *at,
                                int64_t count, float *square);
/** Up to b images of the pool, the first n of all n + m rows of unit [n + m][d], the others being labelled: chosen and
 *  score, how many images the choice covers. taken: how many there are before nothing is left to cover. */
fal_status fal_probcover_pick(fal_query_call *call, const float *unit, float square, int64_t *taken);

#endif
