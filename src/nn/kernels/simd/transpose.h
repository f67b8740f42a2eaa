/* Transposing blocks of 8 x 8 and 4 x 4 floats on the way from one array to another. */
#ifndef FAL_NN_KERNELS_SIMD_TRANSPOSE_H
#define FAL_NN_KERNELS_SIMD_TRANSPOSE_H

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

INLINE void transpose_four(const float *from0, const float *from1, const float *from2, const float *from3, float *to)
{
    __m128 r0 = _mm_loadu_ps(from0), r1 = _mm_loadu_ps(from1);
    __m128 r2 = _mm_loadu_ps(from2), r3 = _mm_loadu_ps(from3);
    _MM_TRANSPOSE4_PS(r0, r1, r2, r3);
    _mm_storeu_ps(to, r0);
    _mm_storeu_ps(to + 4, r1);
    _mm_storeu_ps(to + 8, r2);
    _mm_storeu_ps(to + 12, r3);
}

#endif
