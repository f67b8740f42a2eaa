/* What the rank statistics share: differences, mid-ranks, and the null distribution of a signed-rank sum. */
#ifndef FAL_REPORT_RANKS_INTERNAL_H
#define FAL_REPORT_RANKS_INTERNAL_H

#include <stdint.h>

/** a - b rounded to 1e-6, so that equal accuracies give exact zeros. */
double fal_ranks_difference(double a, double b);
/** Twice the mid-ranks, which are whole numbers: rank2[i] of key[order[i]], where `order` [n] sorts `key`. */
void fal_ranks_doubled(const double *key, const int64_t *order, int n, int64_t *rank2);
/** The null distribution of a signed-rank sum by dynamic programming: share[w] of the 2^n sign patterns in which the
 *  ranks of the positive ones sum to w. `share` [sum of all ranks + 1] comes zeroed; returns that sum. */
int64_t fal_ranks_sign_patterns(const int64_t *rank, int n, double *share);

#endif
