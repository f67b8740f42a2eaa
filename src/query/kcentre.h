/* Greedy k-centre on rows of floats. */
#ifndef FAL_QUERY_KCENTRE_H
#define FAL_QUERY_KCENTRE_H

#include <stdint.h>

#include "fal/base/status.h"

/** b of the points x [n][d], b <= n, in order of choice: each the farthest from the seeds [m][d] and those chosen
 *  before; ties to the lowest. With m = 0 the first is point 0. Same result for any number of threads. */
fal_status fal_kcentre_run(const float *x, int64_t n, int d, const float *seeds, int64_t m, int64_t b, int64_t *chosen);

#endif
