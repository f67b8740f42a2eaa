/* Runs of the FMA measurement, one per instruction set. Each returns the float operations that it did. */
#ifndef FAL_NN_KERNELS_PEAK_H
#define FAL_NN_KERNELS_PEAK_H

#include <stdint.h>

double fal_peak_avx512(int64_t rounds, float *sink);
double fal_peak_avx2(int64_t rounds, float *sink);

#endif
