/* Distance of class counts from uniform: 1/2 sum |q_c - 1/C| (algorithms.md section 6). */
#ifndef FAL_DATA_EMD_H
#define FAL_DATA_EMD_H

#include <stdint.h>

/** NaN for an empty set. */
double fal_emd(const int64_t *counts, int classes);
/** Mean over clients with images, counts [clients][classes]; NaN if none has any. */
double fal_emd_local(const int64_t *counts, int clients, int classes);
/** Of the counts summed over clients. */
double fal_emd_global(const int64_t *counts, int clients, int classes);

#endif
