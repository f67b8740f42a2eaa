/* Float vectors of one width, so that one text serves both instruction sets: 16 lanes in *_avx512.c, 8 in *_avx2.c.
 *
 * Only for files that are compiled with the flags of their instruction set. Contraction to FMA happens where v_fma is
 * written and nowhere else, so the order and kind of operations is what the source says. */
#ifndef FAL_NN_KERNELS_VECTOR_H
#define FAL_NN_KERNELS_VECTOR_H

#include <immintrin.h>
#include <stdbool.h>
#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))

/* Before a loop of constant length whose arrays are meant to live in registers. */
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/* The line at p will be read soon. */
INLINE void v_prefetch(const float *p) { _mm_prefetch((const char *)p, _MM_HINT_T0); }

typedef int __attribute__((may_alias)) v_bits; /* of a float */

#ifdef __AVX512F__

enum { LANES = 16 };
typedef __m512 vec;
typedef __m512i ivec;
typedef __mmask16 vmask;

INLINE vec v_zero(void) { return _mm512_setzero_ps(); }
INLINE vec v_set(float a) { return _mm512_set1_ps(a); }
/* *p in all lanes, by an instruction that leaves the arithmetic pipes alone (see direct_pairs.h). */
INLINE vec v_spread(const float *p) { return _mm512_castsi512_ps(_mm512_set1_epi32(*(const v_bits *)p)); }
INLINE vec v_load(const float *p) { return _mm512_loadu_ps(p); }
INLINE void v_store(float *p, vec a) { _mm512_storeu_ps(p, a); }
INLINE vec v_add(vec a, vec b) { return _mm512_add_ps(a, b); }
INLINE vec v_sub(vec a, vec b) { return _mm512_sub_ps(a, b); }
INLINE vec v_mul(vec a, vec b) { return _mm512_mul_ps(a, b); }
INLINE vec v_fma(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }   /* a b + c */
INLINE vec v_fnma(vec a, vec b, vec c) { return _mm512_fnmadd_ps(a, b, c); } /* c - a b */
/* max(0, a) that keeps a NaN. */
INLINE vec v_relu(vec a) { return _mm512_max_ps(_mm512_setzero_ps(), a); }
INLINE vec v_max(vec a, vec b) { return _mm512_max_ps(a, b); }
INLINE vmask v_greater(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ); }
INLINE vmask v_unordered(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_UNORD_Q); }
INLINE vmask v_mask_or(vmask a, vmask b) { return (vmask)(a | b); }
INLINE vec v_select(vmask m, vec yes, vec no) { return _mm512_mask_blend_ps(m, no, yes); }
INLINE vec v_where(vmask m, vec a) { return _mm512_maskz_mov_ps(m, a); } /* a or 0 */
INLINE ivec i_set(int a) { return _mm512_set1_epi32(a); }
INLINE ivec i_select(vmask m, ivec yes, ivec no) { return _mm512_mask_blend_epi32(m, no, yes); }
INLINE vmask i_equal(ivec a, ivec b) { return _mm512_cmpeq_epi32_mask(a, b); }
INLINE vmask i_less(ivec a, ivec b) { return _mm512_cmplt_epi32_mask(a, b); }
INLINE ivec i_load_bytes(const uint8_t *p) { return _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p)); }
INLINE void i_store_bytes(uint8_t *p, ivec a) { _mm_storeu_si128((__m128i *)p, _mm512_cvtepi32_epi8(a)); }
INLINE void v_accumulate(double *sum, vec a) /* sum[lane] += a[lane] */
{
    const __m512d low = _mm512_cvtps_pd(_mm512_castps512_ps256(a));
    const __m512d high = _mm512_cvtps_pd(_mm512_extractf32x8_ps(a, 1));
    _mm512_storeu_pd(sum, _mm512_add_pd(_mm512_loadu_pd(sum), low));
    _mm512_storeu_pd(sum + 8, _mm512_add_pd(_mm512_loadu_pd(sum + 8), high));
}
/* One tile's sum and sum of squares about its mean to the sums of values and of squares: sums[lane] += sum,
 * squares[lane] += square + share sum^2, or the first of them. */
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
/* Per lane the float of p[0..3] that the lane's number says. */
INLINE vec v_pick4(const float *p, ivec which)
{
    return _mm512_permutevar_ps(_mm512_broadcast_f32x4(_mm_loadu_ps(p)), which);
}
/* p[index[lane]] */
INLINE vec v_gather(const float *p, ivec index) { return _mm512_i32gather_ps(index, p, 4); }
INLINE ivec i_lanes(int step) /* 0, step, 2 step, ... */
{
    const ivec lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    return _mm512_mullo_epi32(lane, _mm512_set1_epi32(step));
}

#else

enum { LANES = 8 };
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

#endif
