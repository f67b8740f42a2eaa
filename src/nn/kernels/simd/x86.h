/* What AVX2 and AVX-512 have in common: hints, vectors of eight floats, transposes. */
#ifndef FAL_NN_KERNELS_SIMD_X86_H
#define FAL_NN_KERNELS_SIMD_X86_H

#include <immintrin.h>
#include <stddef.h>

INLINE void v_prefetch(const float *p) { _mm_prefetch((const char *)p, _MM_HINT_T0); }

#define V_IN_REGISTER(a) __asm__("" : "+v"(a))

typedef int __attribute__((may_alias)) v_bits; /* of a float */

typedef __m256 eight;

INLINE eight e_zero(void) { return _mm256_setzero_ps(); }
INLINE eight e_set(float a) { return _mm256_set1_ps(a); }
INLINE eight e_load(const float *p) { return _mm256_loadu_ps(p); }
INLINE void e_store(float *p, eight a) { _mm256_storeu_ps(p, a); }
INLINE eight e_mul(eight a, eight b) { return _mm256_mul_ps(a, b); }
INLINE eight e_div(eight a, eight b) { return _mm256_div_ps(a, b); }
INLINE eight e_fma(eight a, eight b, eight c) { return _mm256_fmadd_ps(a, b, c); }
INLINE eight e_fnma(eight a, eight b, eight c) { return _mm256_fnmadd_ps(a, b, c); }
INLINE eight e_sums(const eight s[8])
{
    const __m256 low = _mm256_hadd_ps(_mm256_hadd_ps(s[0], s[1]), _mm256_hadd_ps(s[2], s[3]));
    const __m256 high = _mm256_hadd_ps(_mm256_hadd_ps(s[4], s[5]), _mm256_hadd_ps(s[6], s[7]));
    return _mm256_add_ps(_mm256_permute2f128_ps(low, high, 0x20), _mm256_permute2f128_ps(low, high, 0x31));
}
/* From the exponent of the square, that of the root, turned round. */
INLINE eight e_inverse_root(eight square)
{
    const __m256i exponent =
        _mm256_sub_epi32(_mm256_srli_epi32(_mm256_castps_si256(square), 23), _mm256_set1_epi32(127));
    const __m256i root = _mm256_srai_epi32(exponent, 1);
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_sub_epi32(_mm256_set1_epi32(127), root), 23));
}

#include "transpose.h"

#endif
