/* Transposing blocks of 8 x 8 floats on the way from one array to another. */
#ifndef FAL_NN_KERNELS_TRANSPOSE_H
#define FAL_NN_KERNELS_TRANSPOSE_H

#include <stddef.h>

#include "vector.h"

/* to [8][to_row] := transposed from eight rows of eight floats, row r of them times factor[r]. */
INLINE void transpose_block(const float *const from[8], const float *factor, float *to, size_t to_row)
{
    __m256 r[8], t[8];
    UNROLL
    for (size_t k = 0; k < 8; k++) {
        r[k] = _mm256_mul_ps(_mm256_loadu_ps(from[k]), _mm256_set1_ps(factor[k]));
    }
    UNROLL
    for (int k = 0; k < 8; k += 2) {
        t[k] = _mm256_unpacklo_ps(r[k], r[k + 1]);
        t[k + 1] = _mm256_unpackhi_ps(r[k], r[k + 1]);
    }
    UNROLL
    for (int k = 0; k < 8; k += 4) {
        r[k] = _mm256_shuffle_ps(t[k], t[k + 2], 0x44);
        r[k + 1] = _mm256_shuffle_ps(t[k], t[k + 2], 0xee);
        r[k + 2] = _mm256_shuffle_ps(t[k + 1], t[k + 3], 0x44);
        r[k + 3] = _mm256_shuffle_ps(t[k + 1], t[k + 3], 0xee);
    }
    UNROLL
    for (size_t k = 0; k < 4; k++) {
        _mm256_storeu_ps(to + k * to_row, _mm256_permute2f128_ps(r[k], r[k + 4], 0x20));
        _mm256_storeu_ps(to + (k + 4) * to_row, _mm256_permute2f128_ps(r[k], r[k + 4], 0x31));
    }
}

#endif
