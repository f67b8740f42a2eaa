/* The products of convolutions that are not Winograd's, in registers, on operands where they lie.
 *
 * Rows: the rows of a are wherever the pointers say, so pixels of a map need no im2col: a 3x3 convolution has
 * three runs, one per kernel row, each contiguous in the map; a pixel beyond an edge is a row of zeros. b lies
 * in panels as wide as a register block. Sums: over pixels, for weight gradients.
 *
 * Each element is one chain of FMAs in order of k, so its bits do not depend on how rows are grouped. With
 * AVX-512's registers a block is 6 x 64 (24 sums, 4 of b), which reads a panel of b from L2 at 11 bytes a cycle; with
 * AVX2's and NEON's 6 x 16, and sums are cut so that a panel of b stays in L1. */
#ifndef FAL_NN_KERNELS_GEMM_BLOCKS_INC_H
#define FAL_NN_KERNELS_GEMM_BLOCKS_INC_H

#include <stdbool.h>
#include <stddef.h>

#include "../simd/simd.h"

enum {
    GEMM_ROWS = 8,     /* of a register block at most; tables are padded by two blocks */
    GEMM_PIXELS = 128, /* summed at once in weight gradients */
    OUTER_AHEAD = 6    /* pixels */
};

typedef struct {
    int runs, k;           /* length of the sums: runs k */
    const float *const *a; /* row r of run t begins at a[t a_run + r] */
    size_t a_run;
    const float *b;     /* [runs][k][panel]; pairs: then [cuts][panel] sums of its columns, see pairs.inc.h */
    float *const *c;    /* row r */
    const float *shift; /* [panel] added at the end, or NULL */
    bool relu;          /* with shift */
    bool add;           /* to what is in c */
    bool fetch;         /* a comes from memory: ask for the next block's rows meanwhile; pairs: pack it */
    /* pairs, see pairs.inc.h: */
    float *packed; /* scratch: the rows of a */
    float *own;    /* scratch: factors of the rows of c, then sums of the rows of a for each cut [1 + cuts][table] */
    size_t table;
    float scale; /* of the result */
} gemm_product;

/* Cut of the sums in one go; rows and columns (in vectors) are compile-time constants at every call. */
typedef struct {
    int number;
    int first, runs; /* runs */
    int k0, k;       /* of each run */
    bool add, begin, last;
} gemm_cut;

INLINE void gemm_block(const int rows, const int columns, const gemm_product *product, const gemm_cut *cut, int r0,
                       size_t column)
{
    vec sum[GEMM_ROWS][4];
    float *const *c = product->c + r0;
    UNROLL
    for (int r = 0; r < rows; r++) {
        UNROLL
        for (int j = 0; j < columns; j++) {
            sum[r][j] = cut->add ? v_load(c[r] + column + j * LANES) : v_zero();
        }
    }
    /* What the next block writes is on its way while this one computes. */
    UNROLL
    for (int r = 0; r < rows; r++) {
        UNROLL
        for (int j = 0; j < columns * LANES; j += 16) {
            __builtin_prefetch(c[rows + r] + column + j, 1, 3);
        }
    }
    for (int run = cut->first; run < cut->first + cut->runs; run++) {
        const float *const *from = product->a + (size_t)run * product->a_run + r0;
        for (int r = rows; product->fetch && r < 2 * rows; r++) {
            for (int k = 0; k < cut->k; k += 16) {
                __builtin_prefetch(from[r] + cut->k0 + k, 0, 2);
            }
        }
        const float *b = product->b + ((size_t)run * (size_t)product->k + (size_t)cut->k0) * (size_t)(columns * LANES);
        const float *a[GEMM_ROWS];
        UNROLL
        for (int r = 0; r < rows; r++) {
            a[r] = from[r] + cut->k0;
        }
        const size_t count = (size_t)cut->k;
        for (size_t k = 0; k < count; k++, b += columns * LANES) {
            vec w[4];
            UNROLL
            for (int j = 0; j < columns; j++) {
                w[j] = v_load(b + j * LANES);
            }
            UNROLL
            for (int r = 0; r < rows; r++) {
                const vec x = v_set(a[r][k]);
                UNROLL
                for (int j = 0; j < columns; j++) {
                    sum[r][j] = v_fma(x, w[j], sum[r][j]);
                }
            }
        }
    }
    if (cut->last && product->shift != NULL) {
        UNROLL
        for (int j = 0; j < columns; j++) {
            const vec shift = v_load(product->shift + j * LANES);
            UNROLL
            for (int r = 0; r < rows; r++) {
                sum[r][j] = v_add(sum[r][j], shift);
                sum[r][j] = product->relu ? v_relu(sum[r][j]) : sum[r][j];
            }
        }
    }
    UNROLL
    for (int r = 0; r < rows; r++) {
        UNROLL
        for (int j = 0; j < columns; j++) {
            v_store(c[r] + column + j * LANES, sum[r][j]);
        }
    }
}

static void gemm_cut_rows(int panel, int rows, const gemm_product *product, const gemm_cut *cut, size_t column)
{
    if (simd_widest(panel)) {
        for (int r = 0; r < rows; r += 6) {
            gemm_block(6, SIMD_COLUMNS, product, cut, r, column);
        }
    } else if (panel == SIMD_PANEL / 2) {
        for (int r = 0; r < rows; r += 8) {
            gemm_block(8, SIMD_COLUMNS / 2, product, cut, r, column);
        }
    } else {
        for (int r = 0; r < rows; r += 8) {
            gemm_block(8, SIMD_COLUMNS / 4, product, cut, r, column);
        }
    }
}

typedef struct {
    int pixels;
    const float *a; /* [pixels][a_row], broadcast: rows of c */
    size_t a_row;
    const float *b; /* [pixels][b_row]: columns of c */
    size_t b_row;
    float *c;
    size_t c_row;
    bool add;
    /* pairs: */
    const float *own; /* sums of a's columns [chunks of GEMM_PIXELS][own_chunk] */
    size_t own_chunk;
    float *tile; /* [m][panel] scratch */
    float scale; /* of the result */
} gemm_sum;

INLINE void gemm_sum_block(const int rows, const int columns, const gemm_sum *outer, int m)
{
    vec sum[GEMM_ROWS][4];
    const size_t a_row = outer->a_row, b_row = outer->b_row;
    const float *a = outer->a + m;
    const float *b = outer->b;
    UNROLL
    for (int r = 0; r < rows; r++) {
        UNROLL
        for (int j = 0; j < columns; j++) {
            sum[r][j] = v_zero();
        }
    }
    for (int p = outer->pixels; p > 0; p--, a += a_row, b += b_row) {
        vec w[4];
        __builtin_prefetch(a + OUTER_AHEAD * a_row, 0, 3); /* a few floats of each pixel: no run to follow */
        UNROLL
        for (int j = 0; j < columns; j++) {
            w[j] = v_load(b + j * LANES);
        }
        UNROLL
        for (int r = 0; r < rows; r++) {
            const vec x = v_set(a[r]);
            UNROLL
            for (int j = 0; j < columns; j++) {
                sum[r][j] = v_fma(x, w[j], sum[r][j]);
            }
        }
    }
    float *c = outer->c + (size_t)m * outer->c_row;
    UNROLL
    for (int r = 0; r < rows; r++) {
        UNROLL
        for (int j = 0; j < columns; j++) {
            float *to = c + (size_t)r * outer->c_row + j * LANES;
            v_store(to, outer->add ? v_add(v_load(to), sum[r][j]) : sum[r][j]);
        }
    }
}

/* Rows 0 .. m - 1 of c, m a multiple of 4. */
static void gemm_outer_rows(int panel, int m, const gemm_sum *outer)
{
    int r = 0;
    if (!simd_widest(panel)) {
        for (; r + 8 <= m; r += 8) {
            if (panel == SIMD_PANEL / 2) {
                gemm_sum_block(8, SIMD_COLUMNS / 2, outer, r);
            } else {
                gemm_sum_block(8, SIMD_COLUMNS / 4, outer, r);
            }
        }
        for (; r < m; r += 4) {
            if (panel == SIMD_PANEL / 2) {
                gemm_sum_block(4, SIMD_COLUMNS / 2, outer, r);
            } else {
                gemm_sum_block(4, SIMD_COLUMNS / 4, outer, r);
            }
        }
        return;
    }
    for (; m - r >= 6 && m - r != 8; r += 6) {
        gemm_sum_block(6, SIMD_COLUMNS, outer, r);
    }
    for (; r < m; r += 4) {
        gemm_sum_block(4, SIMD_COLUMNS, outer, r);
    }
}

#endif
