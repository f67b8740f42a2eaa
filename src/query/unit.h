/* Embeddings of length 1, for strategies that look at directions. */
#ifndef FAL_QUERY_UNIT_H
#define FAL_QUERY_UNIT_H

#include "query_internal.h"

/** unit [n][d] = z / max(|z|, 1e-12), |z| in double: a zero row stays zero, equal rows give equal rows. */
void fal_unit_rows(const float *z, int64_t n, int d, float *unit);
/** unit [n + m][d] of the pool and then the labelled images under model x; the caller frees. */
fal_status fal_unit_of_all(const fal_query_input *input, int x, float **unit);

#endif
