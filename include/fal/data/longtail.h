/* Long tail: class counts that fall exponentially from the head (class 0) to the tail (algorithms.md section 2). */
#ifndef FAL_DATA_LONGTAIL_H
#define FAL_DATA_LONGTAIL_H

#include <stdint.h>

#include "fal/base/status.h"

/** kept [classes] out: min(n_c, trunc(N / C * (1 / rho)^(c / (C - 1)))), for rho = 1 all.
 *  rho >= 1: largest class count / smallest class count of a set that was balanced. */
void fal_longtail_counts(double rho, int classes, const int64_t *class_counts, int64_t *kept);

/** Drop images at random until the counts are those: kept_labels [n] out, the image's label or -1 if it is dropped or
 * had none. What stays is a function of (seed, class). kept_labels may be labels. */
fal_status fal_longtail_make(uint64_t seed, double rho, int classes, const int16_t *labels, int64_t n,
                             int16_t *kept_labels);

/** Largest class count / smallest class count: the rho of the counts at hand; INFINITY if a class is empty. */
double fal_longtail_rho(const int64_t *class_counts, int classes);

#endif
