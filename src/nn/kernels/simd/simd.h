/* Float vectors of one width, so that one text serves every instruction set: the families' kernel*.c are compiled once
 * for each (FAL_SIMD, given by the Makefile with the compiler's flags), and the set's own header, "avx512.h", "avx2.h"
 * or "neon.h", defines what follows. The families themselves name no instruction set. tests/nn/test_simd.c has each
 * operation beside a scalar one.
 *
 * Contraction to FMA happens where v_fma is written and nowhere else, so the order and kind of operations is what the
 * source says.
 *
 *   LANES            floats of a vector
 *   SIMD_REGISTERS   vector registers
 *   SIMD_COLUMNS     vectors side by side in the widest register block of six rows
 *   SIMD_TERMS       most terms of a sum for which a panel as wide as that stays in a cache near enough
 *   SIMD_PAIRS_STEP  the step of gemm/pairs.inc.h in a file of the set's own; not defined: as it is there
 *
 *   vec ivec vmask   LANES floats; as many 32-bit integers; a truth per lane
 *   v_zero v_set     0; a number in all lanes
 *   v_spread         *p in all lanes, by an instruction that leaves the arithmetic pipes alone (gemm/pairs.inc.h)
 *   v_load v_store   no alignment needed
 *   v_add v_sub v_mul v_fma (a b + c) v_fnma (c - a b)
 *   v_relu           max(0, a) that keeps a NaN
 *   v_max            b where either is a NaN, or both are zeros
 *   v_greater v_unordered v_mask_or; v_select (a mask's choice), v_where (a or 0)
 *   v_accumulate     sum[lane] += a[lane], in double
 *   v_accumulate_moments   one tile's sum and sum of squares about its mean to the sums of values and of squares:
 *                    sums[lane] += sum, squares[lane] += square + share sum^2; fresh: they are the first
 *   v_pick4          per lane the one of p[0 .. 3] that the lane's number says
 *   v_gather         p[index[lane]]
 *   v_prefetch       the line at p will be read soon
 *   V_IN_REGISTER    a variable is loaded once, not in each operation
 *   i_set i_select i_equal i_less i_lanes (0, step, 2 step, ...)
 *   i_load_bytes i_store_bytes   LANES numbers below 256
 *
 *   eight            eight floats, whatever LANES is: e_zero e_set e_load e_store e_mul e_div e_fma e_fnma
 *   e_sums           lane r: the sum of vector r
 *   e_inverse_root   of a positive number: a power of two within a factor of two of 1 / sqrt
 *   transpose_block  to [8][to_row] := transposed from eight rows of eight floats, row r of them times factor[r]
 *   transpose_four   to [4][4] := transposed from four rows of four */
#ifndef FAL_NN_KERNELS_SIMD_SIMD_H
#define FAL_NN_KERNELS_SIMD_SIMD_H

#include <stdbool.h>
#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))

/* Before a loop of constant length whose arrays are meant to live in registers. */
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/* The name of the instruction set: in names of functions, in text, as a header. */
#define SIMD_JOIN(name, set) SIMD_JOIN_(name, set)
#define SIMD_JOIN_(name, set) name##_##set
#define SIMD_TEXT(words) SIMD_TEXT_(words)
#define SIMD_TEXT_(words) #words

#include SIMD_TEXT(FAL_SIMD.h)

/* Floats of the widest panel of a matrix: columns of a register block. Panels are that, or a half or a quarter of it,
 * but never less than PANEL_LEAST, of which all numbers of channels are multiples. */
enum { SIMD_PANEL = SIMD_COLUMNS * LANES, PANEL_LEAST = 16 };

/* Whether a panel is the widest there is, known when compiling where all are. */
INLINE bool simd_widest(int panel) { return SIMD_PANEL == PANEL_LEAST || panel == SIMD_PANEL; }

/* The widest panel, of at most `most` floats, that divides n columns. */
INLINE int simd_panel(int n, const int most)
{
    return most >= 64 && n % 64 == 0 ? 64 : most >= 32 && n % 32 == 0 ? 32 : PANEL_LEAST;
}

#endif
