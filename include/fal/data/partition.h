/* Which client holds which image: balanced Dirichlet with exact margins, IID (algorithms.md section 2). */
#ifndef FAL_DATA_PARTITION_H
#define FAL_DATA_PARTITION_H

#include <stdint.h>

#include "fal/base/status.h"

/** Matrix of image counts: exact margins for client sizes floor(n/k) + (client < n mod k) and class counts.
 *
 *  class_counts [classes], sum n >= clients
 *  alpha        concentration, > 0; INFINITY: exact proportions
 *  counts       [clients][classes] out
 *  Not collective; a function of its arguments. Always ends. */
fal_status fal_partition_counts(uint64_t seed, double alpha, int clients, int classes, const int64_t *class_counts,
                                int64_t *counts);

/** Deal the images out: client_of [n] out, -1 for images not used (label -1). labels [n] in -1..classes-1.
 *  counts [clients][classes] out. FAL_ERR_USAGE if there are fewer images than clients. */
fal_status fal_partition_make(uint64_t seed, double alpha, int clients, int classes, const int16_t *labels, int64_t n,
                              int32_t *client_of, int64_t *counts);

#endif
