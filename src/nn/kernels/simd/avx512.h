/* AVX-512 (F, VL, BW, DQ): what simd.h asks of an instruction set. */
#ifndef FAL_NN_KERNELS_SIMD_AVX512_H
#define FAL_NN_KERNELS_SIMD_AVX512_H

#include "x86.h"

enum {
    LANES = 16,
    SIMD_REGISTERS = 32,
    SIMD_COLUMNS = 4, /* 6 rows of them are 24 sums */
    SIMD_TERMS = 768  /* 192 KiB of b */
};

typedef __m512 vec;
typedef __m512i ivec;
typedef __mmask16 vmask;

INLINE vec v_zero(void) { return _mm512_setzero_ps(); }
INLINE vec v_set(float a) { return _mm512_set1_ps(a); }
INLINE vec v_spread(const float *p) { return _mm512_castsi512_ps(_mm512_set1_epi32(*(const v_bits *)p)); }
INLINE vec v_load(const float *p) { return _mm512_loadu_ps(p); }
INLINE void v_store(float *p, vec a) { _mm512_storeu_ps(p, a); }
INLINE vec v_add(vec a, vec b) { return _mm512_add_ps(a, b); }
INLINE vec v_sub(vec a, vec b) { return _mm512_sub_ps(a, b); }
INLINE vec v_mul(vec a, vec b) { return _mm512_mul_ps(a, b); }
INLINE vec v_fma(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }
INLINE vec v_fnma(vec a, vec b, vec c) { return _mm512_fnmadd_ps(a, b, c); }
INLINE vec v_relu(vec a) { return _mm512_max_ps(_mm512_setzero_ps(), a); }
INLINE vec v_max(vec a, vec b) { return _mm512_max_ps(a, b); }
INLINE vmask v_greater(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ); }
INLINE vmask v_unordered(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_UNORD_Q); }
INLINE vmask v_mask_or(vmask a, vmask b) { return (vmask)(a | b); }
INLINE vec v_select(vmask m, vec yes, vec no) { return _mm512_mask_blend_ps(m, no, yes); }
INLINE vec v_where(vmask m, vec a) { return _mm512_maskz_mov_ps(m, a); }
INLINE ivec i_set(int a) { return _mm512_set1_epi32(a); }
INLINE ivec i_select(vmask m, ivec yes, ivec no) { return _mm512_mask_blend_epi32(m, no, yes); }
INLINE vmask i_equal(ivec a, ivec b) { return _mm512_cmpeq_epi32_mask(a, b); }
INLINE vmask i_less(ivec a, ivec b) { return _mm512_cmplt_epi32_mask(a, b); }
INLINE ivec i_load_bytes(const uint8_t *p) { return _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p)); }
INLINE void i_store_bytes(uint8_t *p, ivec a) { _mm_storeu_si128((__m128i *)p, _mm512_cvtepi32_epi8(a)); }
INLINE void v_accumulate(double *sum, vec a)
{
    const __m512d low = _mm512_cvtps_pd(_mm512_castps512_ps256(a));
    const __m512d high = _mm512_cvtps_pd(_mm512_extractf32x8_ps(a, 1));
    _mm512_storeu_pd(sum, _mm512_add_pd(_mm512_loadu_pd(sum), low));
    _mm512_storeu_pd(sum + 8, _mm512_add_pd(_mm512_loadu_pd(sum + 8), high));
}
INLINE void v_accumulate_moments(double *sums, double *squares, vec sum, vec square, double share, bool fresh)
{
    const __m512d part = _mm512_set1_pd(share);
    const __m512d s[2] = {_mm512_cvtps_pd(_mm512_castps512_ps256(sum)),
                          _mm512_cvtps_pd(_mm512_extractf32x8_ps(sum, 1))};
    const __m512d q[2] = {_mm512_cvtps_pd(_mm512_castps512_ps256(square)),
                          _mm512_cvtps_pd(_mm512_extractf32x8_ps(square, 1))};
    UNROLL
    for (int h = 0; h < 2; h++) {
        const __m512d old = fresh ? _mm512_setzero_pd() : _mm512_loadu_pd(sums + 8 * h);
        const __m512d old_square = fresh ? _mm512_setzero_pd() : _mm512_loadu_pd(squares + 8 * h);
        const __m512d all = _mm512_fmadd_pd(_mm512_mul_pd(part, s[h]), s[h], q[h]);
        _mm512_storeu_pd(sums + 8 * h, _mm512_add_pd(old, s[h]));
        _mm512_storeu_pd(squares + 8 * h, _mm512_add_pd(old_square, all));
    }
}
INLINE vec v_pick4(const float *p, ivec which)
{
    return _mm512_permutevar_ps(_mm512_broadcast_f32x4(_mm_loadu_ps(p)), which);
}
INLINE vec v_gather(const float *p, ivec index) { return _mm512_i32gather_ps(index, p, 4); }
INLINE ivec i_lanes(int step)
{
    const ivec lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    return _mm512_mullo_epi32(lane, _mm512_set1_epi32(step));
}

#endif
