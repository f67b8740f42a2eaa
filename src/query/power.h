/* Draws without replacement, proportional to a score, as the largest keys with noise. */
#ifndef FAL_QUERY_POWER_H
#define FAL_QUERY_POWER_H

#include "query_internal.h"

/** key [n]: s as fal_score_doubts made it; out: -(ln max(s, 2^-1022) + Gumbel noise of uniform [n], each in (0, 1)).
 *  The b smallest are the draws. */
void fal_power_keys(const double *uniform, int64_t n, double *key);

#endif
