/* BADGE's draws on gradient embeddings that are never formed. */
#ifndef FAL_QUERY_BADGE_H
#define FAL_QUERY_BADGE_H

#include "query_internal.h"

/** Gradient embeddings g = mean over models of a (x) z, a = onehot(yhat) - p: kept as factors. */
typedef struct {
    int64_t n;
    int classes, d, models;
    const float *z[2]; /* [n][d] of the caller */
    float *a[2];       /* [n][classes] */
    double *norm;      /* [n] |g|^2 */
    double *near;      /* [n] squared distance to the nearest centre so far; INFINITY before the first */
    double *sums;      /* [blocks] of near */
    int64_t blocks;
    int64_t centre; /* that is being added */
} fal_badge;

/** Over model x of the input, or over both with x = FAL_BADGE_BOTH. */
enum { FAL_BADGE_BOTH = 2 };
fal_status fal_badge_create(const fal_query_input *input, int x, fal_badge *badge);
void fal_badge_destroy(fal_badge *badge);
/** One more centre; returns the sum of `near`, which is 0 for centres and for copies of them. */
double fal_badge_add(fal_badge *badge, int64_t centre);
/** b centres: the largest |g|, then draws with probability near / sum; what is left uniformly once the sum is 0. */
fal_status fal_badge_select(const fal_query_input *input, int x, int64_t b, int64_t *chosen);

#endif
