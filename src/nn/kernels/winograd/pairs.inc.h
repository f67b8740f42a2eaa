/* The products of Winograd's positions in pairs: two terms for one multiplication and two additions, as in
 * gemm/pairs.inc.h, where it says why that pays on AMD's Zen and what it asks of rounding (powers.inc.h).
 *
 * Of k terms G = k / 3 are pairs, terms g and g + G with the sign (-1)^g, each followed by term g + 2 G as usual; what
 * is left comes last. So multipliers and adders have the same work, three streams are read in order, and any k will do:
 * channels of a tile, or tiles of a sum. The pairs of a row of a and of a column of b by themselves ("own") are taken
 * away at the end. A block is four rows of 64 columns: 16 sums, 8 of b and 2 of a leave registers for what is added.
 *
 * Own pairs of columns are summed as the product sums them, so a row of zeros gives exact zeros; in the sums over tiles
 * a column of zeros does, too. */
#ifndef FAL_NN_KERNELS_WINOGRAD_PAIRS_INC_H
#define FAL_NN_KERNELS_WINOGRAD_PAIRS_INC_H

#include "products.inc.h"

enum { PAIRS_MOST = 64 }; /* a block of channels */

/* Pairs among k terms. Of few, the error of one pair would weigh. */
INLINE size_t pairs_third(int k) { return k < 12 ? 0 : (size_t)k / 3; }

/** What a block takes away: of its rows (moves on with them) and of its columns. */
typedef struct {
    const float *rows, *columns;
} pairs_own;

/* One term as usual: a and b where it begins. */
INLINE void pairs_single(const int rows, const int columns, vec sum[8][4], const float *a, size_t a_row, const float *b)
{
    vec w[4];
    UNROLL
    for (int j = 0; j < columns; j++) {
        w[j] = v_load(b + j * LANES);
    }
    UNROLL
    for (int r = 0; r < rows; r++) {
        const vec x = v_spread(a + (size_t)r * a_row);
        UNROLL
        for (int j = 0; j < columns; j++) {
            sum[r][j] = v_fma(x, w[j], sum[r][j]);
        }
    }
}

/* Terms g and g + G, which lie a_third and b_third on, as a pair, and g + 2 G. */
INLINE void pairs_three(const int rows, const int columns, const bool minus, vec sum[8][4], const float *a,
                        size_t a_row, size_t a_third, const float *b, size_t b_third)
{
    vec w0[4], w1[4];
    UNROLL
    for (int j = 0; j < columns; j++) {
        w0[j] = v_load(b + j * LANES);
        w1[j] = v_load(b + b_third + j * LANES);
    }
    UNROLL
    for (int r = 0; r < rows; r++) {
        const float *x = a + (size_t)r * a_row;
        const vec x0 = v_spread(x), x1 = v_spread(x + a_third);
        UNROLL
        for (int j = 0; j < columns; j++) {
            sum[r][j] = minus ? v_fnma(v_sub(x0, w1[j]), v_sub(x1, w0[j]), sum[r][j])
                              : v_fma(v_add(x0, w1[j]), v_add(x1, w0[j]), sum[r][j]);
        }
    }
    pairs_single(rows, columns, sum, a + 2 * a_third, a_row, b + 2 * b_third);
}

/* rows and columns (in vectors) are compile-time constants at every call. */
INLINE void pairs_rows(const int rows, const int columns, product_block *block, pairs_own *own)
{
    const size_t a_row = block->a_row, a_k = block->a_k, b_k = block->b_k, c_row = block->c_row;
    const size_t third = pairs_third(block->k), a_third = third * a_k, b_third = third * b_k;
    const float *a = block->a, *b = block->b;
    float *c = block->c;
    vec sum[8][4];
    UNROLL
    for (int r = 0; r < rows; r++) {
        UNROLL
        for (int j = 0; j < columns; j++) {
            sum[r][j] = block->add ? v_load(c + (size_t)r * c_row + j * LANES) : v_zero();
        }
    }
    for (size_t g = 0; g + 1 < third; g += 2) {
        UNROLL
        for (int minus = 0; minus < 2; minus++, a += a_k, b += b_k) {
            __builtin_prefetch(block->fetch, 0, 2);
            block->fetch += block->fetch_step;
            pairs_three(rows, columns, minus == 1, sum, a, a_row, a_third, b, b_third);
        }
    }
    if (third % 2 == 1) {
        pairs_three(rows, columns, false, sum, a, a_row, a_third, b, b_third);
        a += a_k;
        b += b_k;
    }
    for (size_t rest = 0; rest < (size_t)block->k - 3 * third; rest++) {
        pairs_single(rows, columns, sum, a + 2 * a_third + rest * a_k, a_row, b + 2 * b_third + rest * b_k);
    }
    const vec one = v_set(1.0F);
    UNROLL
    for (int r = 0; r < rows; r++) {
        const vec row = v_spread(own->rows + r);
        UNROLL
        for (int j = 0; j < columns; j++) { /* a multiplier is free for one of these two differences */
            const vec rest = v_fnma(row, one, sum[r][j]);
            v_store(c + (size_t)r * c_row + j * LANES, v_sub(rest, v_load(own->columns + j * LANES)));
        }
    }
    block->a += (size_t)rows * a_row;
    block->c += (size_t)rows * c_row;
    own->rows += rows;
}

/* Own pairs of `columns` columns of a matrix of k rows, `step` floats apart; floats come in whole vectors. */
static void pairs_own_columns(const float *m, size_t step, int k, int columns, float *own)
{
    const size_t third = pairs_third(k);
    for (int j = 0; j < columns; j += LANES) {
        const float *at = m + j;
        vec sum = v_zero();
        for (size_t g = 0; g < third; g++, at += step) {
            const vec x0 = v_load(at), x1 = v_load(at + third * step);
            sum = g % 2 == 1 ? v_fnma(x0, x1, sum) : v_fma(x0, x1, sum);
        }
        v_store(own + j, sum);
    }
}

/* Own pairs of eight rows of k floats, k in whole vectors of PANEL_LEAST: up to eight floats behind the pairs are read.
 */
INLINE void pairs_own_rows(const float *const a[8], int k, float *own)
{
    static const float ones[16] = {1, 1, 1, 1, 1, 1, 1, 1};
    static const float signs[8] = {1, -1, 1, -1, 1, -1, 1, -1};
    const int third = (int)pairs_third(k);
    eight sum[8];
    UNROLL
    for (int r = 0; r < 8; r++) {
        sum[r] = e_zero();
    }
    for (int g = 0; g < third; g += 8) {
        const eight sign = e_mul(e_load(signs), e_load(ones + (third - g < 8 ? 8 - (third - g) : 0)));
        UNROLL
        for (int r = 0; r < 8; r++) {
            sum[r] = e_fma(e_mul(e_load(a[r] + g), sign), e_load(a[r] + third + g), sum[r]);
        }
    }
    e_store(own, e_sums(sum));
}

/* `count` rows in one panel of `columns` vectors, as product_column. */
INLINE void pairs_column(const int columns, int count, product_block *block, pairs_own *own)
{
    for (; count >= 4; count -= 4) {
        pairs_rows(4, columns, block, own);
    }
    if (count >= 2) {
        pairs_rows(2, columns, block, own);
    }
    if (count % 2 == 1) {
        pairs_rows(1, columns, block, own);
    }
}

INLINE void pairs_panel_rows(int panel, int count, product_block *block, pairs_own *own)
{
    if (simd_widest(panel)) {
        pairs_column(SIMD_COLUMNS, count, block, own);
    } else if (panel == SIMD_PANEL / 2) {
        pairs_column(SIMD_COLUMNS / 2, count, block, own);
    } else {
        pairs_column(SIMD_COLUMNS / 4, count, block, own);
    }
}

/* The lines that a product of this size fetches. */
INLINE size_t pairs_fetches(int rows, int k, int n, int panel)
{
    return (size_t)((rows + 3) / 4 * (n / panel) * (k / 6 * 2));
}

INLINE void pairs_tiles_of(int rows, int k, int n, const float *a, const float *b, float *c, bool add,
                           product_ahead *ahead)
{
    const int panel = simd_panel(n, SIMD_PANEL);
    product_block block = {
        .k = k, .a_row = (size_t)k, .a_k = 1, .b = b, .b_k = (size_t)panel, .c_row = (size_t)n, .add = add};
    product_fetch(&block, pairs_fetches(rows, k, n, panel), ahead);
    for (int j = 0; j < n; j += panel, block.b += panel * k) {
        block.a = a;
        block.c = c + j;
        for (int r0 = 0; r0 < rows; r0 += 8) {
            const int count = rows - r0 < 8 ? rows - r0 : 8;
            _Alignas(32) float own_rows[8];
            const float *row[8];
            UNROLL
            for (int r = 0; r < 8; r++) {
                row[r] = block.a + (size_t)(r < count ? r : count - 1) * (size_t)k;
            }
            pairs_own_rows(row, k, own_rows);
            pairs_own own = {.rows = own_rows, .columns = b + n * k + j};
            pairs_panel_rows(panel, count, &block, &own);
        }
    }
}

/* product_tiles in pairs: behind b lie the own pairs of its columns, [n]. */
static void pairs_tiles(int rows, int k, int n, const float *a, const float *b, float *c, bool add,
                        product_ahead *ahead)
{
    if (k == 64 && n == 64) {
        pairs_tiles_of(rows, 64, 64, a, b, c, add, ahead);
    } else {
        pairs_tiles_of(rows, k, n, a, b, c, add, ahead);
    }
}

INLINE void pairs_outer_of(int m, int n, int k, const float *a, size_t a_k, const float *b, float *c, bool add,
                           product_ahead *ahead)
{
    const int panel = simd_panel(n, SIMD_PANEL);
    _Alignas(64) float own_rows[PAIRS_MOST], own_columns[PAIRS_MOST];
    product_block block = {.k = k, .a_row = 1, .a_k = a_k, .b = b, .b_k = (size_t)n, .c_row = (size_t)n, .add = add};
    pairs_own_columns(a, a_k, k, m, own_rows);
    pairs_own_columns(b, (size_t)n, k, n, own_columns);
    product_fetch(&block, pairs_fetches(m, k, n, panel), ahead);
    for (int j = 0; j < n; j += panel, block.b += panel) {
        pairs_own own = {.rows = own_rows, .columns = own_columns + j};
        block.a = a;
        block.c = c + j;
        pairs_panel_rows(panel, m, &block, &own);
    }
}

/* product_outer in pairs; m and n are at most PAIRS_MOST. */
static void pairs_outer(int m, int n, int k, const float *a, size_t a_k, const float *b, float *c, bool add,
                        product_ahead *ahead)
{
    if (m == 64 && n == 64 && a_k == 64) {
        pairs_outer_of(64, 64, k, a, 64, b, c, add, ahead);
    } else {
        pairs_outer_of(m, n, k, a, a_k, b, c, add, ahead);
    }
}

#endif
