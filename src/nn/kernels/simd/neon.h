/* NEON of 64-bit Arm: what simd.h asks of an instruction set. A vector is one register of four floats, so the least
 * panel, 16 floats, is a register block's four vectors, and blocks of six rows of it fill the 32 registers. */
#ifndef FAL_NN_KERNELS_SIMD_NEON_H
#define FAL_NN_KERNELS_SIMD_NEON_H

#include <arm_neon.h>
#include <stddef.h>
#include <string.h>

enum {
    LANES = 4,
    SIMD_REGISTERS = 32,
    SIMD_COLUMNS = 4, /* 6 rows of them are 24 sums */
    SIMD_TERMS = 256  /* 16 KiB of b */
};

typedef float32x4_t vec;
typedef int32x4_t ivec;
typedef uint32x4_t vmask;

INLINE void v_prefetch(const float *p) { __builtin_prefetch(p, 0, 3); }

#define V_IN_REGISTER(a) __asm__("" : "+w"(a))

INLINE vec v_zero(void) { return vdupq_n_f32(0.0F); }
INLINE vec v_set(float a) { return vdupq_n_f32(a); }
INLINE vec v_spread(const float *p) { return vld1q_dup_f32(p); }
INLINE vec v_load(const float *p) { return vld1q_f32(p); }
INLINE void v_store(float *p, vec a) { vst1q_f32(p, a); }
INLINE vec v_add(vec a, vec b) { return vaddq_f32(a, b); }
INLINE vec v_sub(vec a, vec b) { return vsubq_f32(a, b); }
INLINE vec v_mul(vec a, vec b) { return vmulq_f32(a, b); }
INLINE vec v_fma(vec a, vec b, vec c) { return vfmaq_f32(c, a, b); }
INLINE vec v_fnma(vec a, vec b, vec c) { return vfmsq_f32(c, a, b); }
INLINE vmask v_greater(vec a, vec b) { return vcgtq_f32(a, b); }
INLINE vmask v_unordered(vec a, vec b) { return vmvnq_u32(vorrq_u32(vcgeq_f32(a, b), vcltq_f32(a, b))); }
INLINE vmask v_mask_or(vmask a, vmask b) { return vorrq_u32(a, b); }
INLINE vec v_select(vmask m, vec yes, vec no) { return vbslq_f32(m, yes, no); }
INLINE vec v_where(vmask m, vec a) { return vreinterpretq_f32_u32(vandq_u32(m, vreinterpretq_u32_f32(a))); }
/* Not fmax: that gives a NaN where the others give b. */
INLINE vec v_max(vec a, vec b) { return v_select(v_greater(a, b), a, b); }
INLINE vec v_relu(vec a) { return vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_f32(a), vcltzq_f32(a))); }
INLINE ivec i_set(int a) { return vdupq_n_s32(a); }
INLINE ivec i_select(vmask m, ivec yes, ivec no) { return vbslq_s32(m, yes, no); }
INLINE vmask i_equal(ivec a, ivec b) { return vceqq_s32(a, b); }
INLINE vmask i_less(ivec a, ivec b) { return vcltq_s32(a, b); }
INLINE ivec i_load_bytes(const uint8_t *p)
{
    uint32_t bytes = 0;
    memcpy(&bytes, p, sizeof bytes);
    const uint8x8_t narrow = vreinterpret_u8_u32(vdup_n_u32(bytes));
    return vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(vmovl_u8(narrow))));
}
INLINE void i_store_bytes(uint8_t *p, ivec a)
{
    const uint16x4_t words = vmovn_u32(vreinterpretq_u32_s32(a));
    const uint32_t bytes = vget_lane_u32(vreinterpret_u32_u8(vmovn_u16(vcombine_u16(words, words))), 0);
    memcpy(p, &bytes, sizeof bytes);
}
INLINE void v_accumulate(double *sum, vec a)
{
    vst1q_f64(sum, vaddq_f64(vld1q_f64(sum), vcvt_f64_f32(vget_low_f32(a))));
    vst1q_f64(sum + 2, vaddq_f64(vld1q_f64(sum + 2), vcvt_high_f64_f32(a)));
}
INLINE void v_accumulate_moments(double *sums, double *squares, vec sum, vec square, double share, bool fresh)
{
    const float64x2_t part = vdupq_n_f64(share), none = vdupq_n_f64(0.0);
    const float64x2_t s[2] = {vcvt_f64_f32(vget_low_f32(sum)), vcvt_high_f64_f32(sum)};
    const float64x2_t q[2] = {vcvt_f64_f32(vget_low_f32(square)), vcvt_high_f64_f32(square)};
    UNROLL
    for (int h = 0; h < 2; h++) {
        const float64x2_t old = fresh ? none : vld1q_f64(sums + 2 * h);
        const float64x2_t old_square = fresh ? none : vld1q_f64(squares + 2 * h);
        const float64x2_t all = vfmaq_f64(q[h], vmulq_f64(part, s[h]), s[h]);
        vst1q_f64(sums + 2 * h, vaddq_f64(old, s[h]));
        vst1q_f64(squares + 2 * h, vaddq_f64(old_square, all));
    }
}
/* By the four bytes of each: 4 which, 4 which + 1, ... */
INLINE vec v_pick4(const float *p, ivec which)
{
    const int32x4_t bytes = vmlaq_n_s32(vdupq_n_s32(0x03020100), which, 0x04040404);
    const uint8x16_t from = vreinterpretq_u8_f32(vld1q_f32(p));
    return vreinterpretq_f32_u8(vqtbl1q_u8(from, vreinterpretq_u8_s32(bytes)));
}
/* There is no such instruction. */
INLINE vec v_gather(const float *p, ivec index)
{
    vec a = vld1q_dup_f32(p + vgetq_lane_s32(index, 0));
    a = vld1q_lane_f32(p + vgetq_lane_s32(index, 1), a, 1);
    a = vld1q_lane_f32(p + vgetq_lane_s32(index, 2), a, 2);
    return vld1q_lane_f32(p + vgetq_lane_s32(index, 3), a, 3);
}
INLINE ivec i_lanes(int step)
{
    static const int32_t lane[LANES] = {0, 1, 2, 3};
    return vmulq_n_s32(vld1q_s32(lane), step);
}

typedef struct {
    float32x4_t half[2];
} eight;

INLINE eight e_set(float a) { return (eight){{vdupq_n_f32(a), vdupq_n_f32(a)}}; }
INLINE eight e_zero(void) { return e_set(0.0F); }
INLINE eight e_load(const float *p) { return (eight){{vld1q_f32(p), vld1q_f32(p + 4)}}; }
INLINE void e_store(float *p, eight a)
{
    vst1q_f32(p, a.half[0]);
    vst1q_f32(p + 4, a.half[1]);
}
INLINE eight e_mul(eight a, eight b)
{
    return (eight){{vmulq_f32(a.half[0], b.half[0]), vmulq_f32(a.half[1], b.half[1])}};
}
INLINE eight e_div(eight a, eight b)
{
    return (eight){{vdivq_f32(a.half[0], b.half[0]), vdivq_f32(a.half[1], b.half[1])}};
}
INLINE eight e_fma(eight a, eight b, eight c)
{
    return (eight){{vfmaq_f32(c.half[0], a.half[0], b.half[0]), vfmaq_f32(c.half[1], a.half[1], b.half[1])}};
}
INLINE eight e_fnma(eight a, eight b, eight c)
{
    return (eight){{vfmsq_f32(c.half[0], a.half[0], b.half[0]), vfmsq_f32(c.half[1], a.half[1], b.half[1])}};
}
INLINE eight e_sums(const eight s[8])
{
    float32x4_t two[4]; /* of vectors 2 k and 2 k + 1: sums of the lower and of the upper half */
    UNROLL
    for (int k = 0; k < 4; k++) {
        const eight a = s[2 * k], b = s[2 * k + 1];
        two[k] = vpaddq_f32(vpaddq_f32(a.half[0], a.half[1]), vpaddq_f32(b.half[0], b.half[1]));
    }
    return (eight){{vpaddq_f32(two[0], two[1]), vpaddq_f32(two[2], two[3])}};
}
/* From the exponent of the square, that of the root, turned round. */
INLINE eight e_inverse_root(eight square)
{
    eight out;
    UNROLL
    for (int h = 0; h < 2; h++) {
        const uint32x4_t field = vshrq_n_u32(vreinterpretq_u32_f32(square.half[h]), 23);
        const int32x4_t exponent = vsubq_s32(vreinterpretq_s32_u32(field), vdupq_n_s32(127));
        const int32x4_t root = vshrq_n_s32(exponent, 1);
        out.half[h] = vreinterpretq_f32_s32(vshlq_n_s32(vsubq_s32(vdupq_n_s32(127), root), 23));
    }
    return out;
}

/* Four rows of four, in registers. */
INLINE float32x4x4_t transpose_registers(vec r0, vec r1, vec r2, vec r3)
{
    const float64x2_t even01 = vreinterpretq_f64_f32(vtrn1q_f32(r0, r1));
    const float64x2_t odd01 = vreinterpretq_f64_f32(vtrn2q_f32(r0, r1));
    const float64x2_t even23 = vreinterpretq_f64_f32(vtrn1q_f32(r2, r3));
    const float64x2_t odd23 = vreinterpretq_f64_f32(vtrn2q_f32(r2, r3));
    return (float32x4x4_t){
        {vreinterpretq_f32_f64(vtrn1q_f64(even01, even23)), vreinterpretq_f32_f64(vtrn1q_f64(odd01, odd23)),
         vreinterpretq_f32_f64(vtrn2q_f64(even01, even23)), vreinterpretq_f32_f64(vtrn2q_f64(odd01, odd23))}};
}

INLINE void transpose_block(const float *const from[8], const float *factor, float *to, size_t to_row)
{
    UNROLL
    for (size_t quarter = 0; quarter < 4; quarter++) {
        const size_t r = quarter / 2 * 4, k = quarter % 2 * 4;
        vec row[4];
        UNROLL
        for (size_t i = 0; i < 4; i++) {
            row[i] = vmulq_n_f32(vld1q_f32(from[r + i] + k), factor[r + i]);
        }
        const float32x4x4_t column = transpose_registers(row[0], row[1], row[2], row[3]);
        UNROLL
        for (size_t i = 0; i < 4; i++) {
            vst1q_f32(to + (k + i) * to_row + r, column.val[i]);
        }
    }
}

/* Stores in turns from four registers. */
INLINE void transpose_four(const float *from0, const float *from1, const float *from2, const float *from3, float *to)
{
    const float32x4x4_t rows = {{vld1q_f32(from0), vld1q_f32(from1), vld1q_f32(from2), vld1q_f32(from3)}};
    vst4q_f32(to, rows);
}

#endif
