/* The steps of the balanced Dirichlet partition (algorithms.md section 2), shared by partition*.c. */
#ifndef FAL_DATA_PARTITION_INTERNAL_H
#define FAL_DATA_PARTITION_INTERNAL_H

#include <stdint.h>

#include "fal/base/status.h"

/** What every step needs: the two margins of the matrix. */
typedef struct {
    int clients;
    int classes;
    const int64_t *class_counts; /* [classes] */
    int64_t total;
    uint64_t seed;
    double alpha;
} fal_partition_shape;

/** Images of client k: floor(n / K), one more for the first n mod K. */
int64_t fal_partition_client_size(const fal_partition_shape *shape, int client);

/** Steps 1 to 3: m [clients][classes] out, the drawn matrix fitted to both margins. `*sweeps` (may be NULL) is the
 *  number of sweeps, FAL_PARTITION_SWEEPS if it stopped before the columns were within their tolerance. */
enum { FAL_PARTITION_SWEEPS = 10000 };
fal_status fal_partition_fit(const fal_partition_shape *shape, double *m, int *sweeps);

/** The partition of LoGo's authors instead of all five steps: client_of [n] out, -1 for images without a label and
 * those that it drops. labels [n] in -1..classes-1. Warns where theirs would not end. */
fal_status fal_partition_logo_code(const fal_partition_shape *shape, const int16_t *labels, int64_t n,
                                   int32_t *client_of);

/** Step 4: controlled rounding of m to counts with exact margins, by min-cost flow. */
fal_status fal_partition_round(const fal_partition_shape *shape, const double *m, int64_t *counts);

#endif
