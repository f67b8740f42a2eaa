/* The step of pairs.inc.h for 16 registers, in assembly.
 *
 * Eight sums, four vectors of b and four that come and go are exactly what there is. Compilers keep to that, but their
 * order of the same instructions costs from 5 to 45 % of the speed, another each time something else changes around it
 * (gcc 12, clang 14). Sums are in the compiler's registers, ymm8 to ymm15 are ours:
 *
 *   ymm8, 9    b[k]          ymm12 a[r][k]        ymm14 a[r][k] + b[k + 1]
 *   ymm10, 11  b[k + 1]      ymm13 a[r][k + 1]    ymm15 a[r][k + 1] + b[k] */
#ifndef FAL_NN_KERNELS_GEMM_PAIRS_AVX2_INC_H
#define FAL_NN_KERNELS_GEMM_PAIRS_AVX2_INC_H

/* clang-format off */
/* Where a[r][k] is, k = 0, 1, 2. */
#define PAIRS_AT_0 ")"
#define PAIRS_AT_1 ", %[step], 4)"
#define PAIRS_AT_2 ", %[step], 8)"
#define PAIRS_AT(r, k) "4*" #r "(%[a]" PAIRS_AT_##k

/* A pair in row r. */
#define PAIRS_ROW(add, fma, r)                                                                                         \
    "vbroadcastss " PAIRS_AT(r, 0) ", %%ymm12\n\t"                                                                     \
    "vbroadcastss " PAIRS_AT(r, 1) ", %%ymm13\n\t"                                                                     \
    add " %%ymm10, %%ymm12, %%ymm14\n\t"                                                                               \
    add " %%ymm8, %%ymm13, %%ymm15\n\t"                                                                                \
    fma " %%ymm14, %%ymm15, %[s" #r "0]\n\t"                                                                           \
    add " %%ymm11, %%ymm12, %%ymm12\n\t"                                                                               \
    add " %%ymm9, %%ymm13, %%ymm13\n\t"                                                                                \
    fma " %%ymm12, %%ymm13, %[s" #r "1]\n\t"

/* One term in row r. */
#define PAIRS_ONE(r, x)                                                                                                \
    "vbroadcastss " PAIRS_AT(r, 2) ", " x "\n\t"                                                                       \
    "vfmadd231ps %%ymm8, " x ", %[s" #r "0]\n\t"                                                                       \
    "vfmadd231ps %%ymm9, " x ", %[s" #r "1]\n\t"

/* b lies in rows of 16 floats. */
#define PAIRS_THREE(add, fma)                                                                                          \
    __asm__ volatile(                                                                                                  \
        "vmovups 0(%[b]), %%ymm8\n\t"                                                                                  \
        "vmovups 32(%[b]), %%ymm9\n\t"                                                                                 \
        "vmovups 64(%[b]), %%ymm10\n\t"                                                                                \
        "vmovups 96(%[b]), %%ymm11\n\t"                                                                                \
        PAIRS_ROW(add, fma, 0)                                                                                         \
        PAIRS_ROW(add, fma, 1)                                                                                         \
        PAIRS_ROW(add, fma, 2)                                                                                         \
        PAIRS_ROW(add, fma, 3)                                                                                         \
        "vmovups 128(%[b]), %%ymm8\n\t"                                                                                \
        "vmovups 160(%[b]), %%ymm9\n\t"                                                                                \
        PAIRS_ONE(0, "%%ymm12")                                                                                        \
        PAIRS_ONE(1, "%%ymm13")                                                                                        \
        PAIRS_ONE(2, "%%ymm14")                                                                                        \
        PAIRS_ONE(3, "%%ymm15")                                                                                        \
        : [s00] "+x"(sum[0][0]), [s01] "+x"(sum[0][1]), [s10] "+x"(sum[1][0]), [s11] "+x"(sum[1][1]),                  \
          [s20] "+x"(sum[2][0]), [s21] "+x"(sum[2][1]), [s30] "+x"(sum[3][0]), [s31] "+x"(sum[3][1])                   \
        : [a] "r"(at->a), [step] "r"(at->a_k), [b] "r"(at->b)                                                          \
        : "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "memory")
/* clang-format on */

/* Terms 0 and 1 as a pair, then 2. */
INLINE void pairs_three(const pairs_operands *at, const bool minus, vec sum[][PAIRS_COLUMNS])
{
    if (minus) {
        PAIRS_THREE("vsubps", "vfnmadd231ps");
    } else {
        PAIRS_THREE("vaddps", "vfmadd231ps");
    }
}

#endif
