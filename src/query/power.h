/* Draws without replacement, proportional to a score, as the largest keys with noise. */
#ifndef FAL_QUERY_POWER_H
#define FAL_QUERY_POWER_H

#include "query_internal.h"

/** key [n]: as fal_score_keys made them; out: -(ln s + Gumbel noise of uniform [n], each in (0, 1)), s being the score,
 *  or 1 - score where small scores are the uncertain ones, and at least 2^-1022. The b smallest are the draws. */
void fal_power_keys(const fal_score *score, const double *uniform, int64_t n, double *key);

#endif
