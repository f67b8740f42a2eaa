/* AVX2 with FMA: what simd.h asks of an instruction set. */
#ifndef FAL_NN_KERNELS_SIMD_AVX2_H
#define FAL_NN_KERNELS_SIMD_AVX2_H

#include "x86.h"

enum {
    LANES = 8,
    SIMD_REGISTERS = 16,
    SIMD_COLUMNS = 2, /* 6 rows of them are 12 sums */
    SIMD_TERMS = 256  /* 16 KiB of b */
};

/* Too few registers for what a compiler makes of that step. */
#define SIMD_PAIRS_STEP "pairs_avx2.inc.h"

typedef __m256 vec;
typedef __m256i ivec;
typedef __m256 vmask;

INLINE vec v_zero(void) { return _mm256_setzero_ps(); }
INLINE vec v_set(float a) { return _mm256_set1_ps(a); }
INLINE vec v_spread(const float *p) { return _mm256_castsi256_ps(_mm256_set1_epi32(*(const v_bits *)p)); }
INLINE vec v_load(const float *p) { return _mm256_loadu_ps(p); }
INLINE void v_store(float *p, vec a) { _mm256_storeu_ps(p, a); }
INLINE vec v_add(vec a, vec b) { return _mm256_add_ps(a, b); }
INLINE vec v_sub(vec a, vec b) { return _mm256_sub_ps(a, b); }
INLINE vec v_mul(vec a, vec b) { return _mm256_mul_ps(a, b); }
INLINE vec v_fma(vec a, vec b, vec c) { return _mm256_fmadd_ps(a, b, c); }
INLINE vec v_fnma(vec a, vec b, vec c) { return _mm256_fnmadd_ps(a, b, c); }
INLINE vec v_relu(vec a) { return _mm256_max_ps(_mm256_setzero_ps(), a); }
INLINE vec v_max(vec a, vec b) { return _mm256_max_ps(a, b); }
INLINE vmask v_greater(vec a, vec b) { return _mm256_cmp_ps(a, b, _CMP_GT_OQ); }
INLINE vmask v_unordered(vec a, vec b) { return _mm256_cmp_ps(a, b, _CMP_UNORD_Q); }
INLINE vmask v_mask_or(vmask a, vmask b) { return _mm256_or_ps(a, b); }
INLINE vec v_select(vmask m, vec yes, vec no) { return _mm256_blendv_ps(no, yes, m); }
INLINE vec v_where(vmask m, vec a) { return _mm256_and_ps(m, a); }
INLINE ivec i_set(int a) { return _mm256_set1_epi32(a); }
INLINE ivec i_select(vmask m, ivec yes, ivec no)
{
    return _mm256_castps_si256(_mm256_blendv_ps(_mm256_castsi256_ps(no), _mm256_castsi256_ps(yes), m));
}
INLINE vmask i_equal(ivec a, ivec b) { return _mm256_castsi256_ps(_mm256_cmpeq_epi32(a, b)); }
INLINE vmask i_less(ivec a, ivec b) { return _mm256_castsi256_ps(_mm256_cmpgt_epi32(b, a)); }
INLINE ivec i_load_bytes(const uint8_t *p) { return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p)); }
INLINE void i_store_bytes(uint8_t *p, ivec a)
{
    const __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
    _mm_storel_epi64((__m128i *)p, _mm_packus_epi16(words, words));
}
INLINE void v_accumulate(double *sum, vec a)
{
    const __m256d low = _mm256_cvtps_pd(_mm256_castps256_ps128(a));
    const __m256d high = _mm256_cvtps_pd(_mm256_extractf128_ps(a, 1));
    _mm256_storeu_pd(sum, _mm256_add_pd(_mm256_loadu_pd(sum), low));
    _mm256_storeu_pd(sum + 4, _mm256_add_pd(_mm256_loadu_pd(sum + 4), high));
}
INLINE void v_accumulate_moments(double *sums, double *squares, vec sum, vec square, double share, bool fresh)
{
    const __m256d part = _mm256_set1_pd(share);
    const __m256d s[2] = {_mm256_cvtps_pd(_mm256_castps256_ps128(sum)), _mm256_cvtps_pd(_mm256_extractf128_ps(sum, 1))};
    const __m256d q[2] = {_mm256_cvtps_pd(_mm256_castps256_ps128(square)),
                          _mm256_cvtps_pd(_mm256_extractf128_ps(square, 1))};
    UNROLL
    for (int h = 0; h < 2; h++) {
        const __m256d old = fresh ? _mm256_setzero_pd() : _mm256_loadu_pd(sums + 4 * h);
        const __m256d old_square = fresh ? _mm256_setzero_pd() : _mm256_loadu_pd(squares + 4 * h);
        const __m256d all = _mm256_fmadd_pd(_mm256_mul_pd(part, s[h]), s[h], q[h]);
        _mm256_storeu_pd(sums + 4 * h, _mm256_add_pd(old, s[h]));
        _mm256_storeu_pd(squares + 4 * h, _mm256_add_pd(old_square, all));
    }
}
INLINE vec v_pick4(const float *p, ivec which)
{
    return _mm256_permutevar_ps(_mm256_broadcast_ps((const __m128 *)p), which);
}
INLINE vec v_gather(const float *p, ivec index) { return _mm256_i32gather_ps(p, index, 4); }
INLINE ivec i_lanes(int step)
{
    return _mm256_mullo_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_set1_epi32(step));
}

#endif
