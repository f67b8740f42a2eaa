/* Products with fewer multiplications than terms, after S. Winograd ("A new algorithm for inner product", 1968):
 *
 *   a0 b0 + a1 b1 = (a0 + b1) (a1 + b0) - a0 a1 - b0 b1
 *
 * The sums of a0 a1 belong to a row of a, those of b0 b1 to a column of b; both are made once and taken away at the
 * end. So two terms cost one multiplication and two additions. AMD's cores (Zen) have two adders beside their two
 * multipliers, which a plain product leaves idle: of three terms two go as a pair and one as usual, four operations of
 * each kind in place of six multiplications. That is 1.5 times the peak of multiplications; 1.44 is reached with
 * AVX-512, 1.1 with AVX2, whose 16 registers ask for more loads. On cores that add where they multiply, as Arm's do, it
 * would lose.
 *
 * Rounding: (a0 + b1) (a1 + b0) is as large as a0^2 + b0^2, so a and b must be of one size: rows of a are brought to
 * the size 1 while they are packed, b as a whole (pairs_factor), both by powers of two. Pairs go in alternating signs,
 * -(a0 - b1) (a1 - b0), or the sums of a0 a1 would grow with the number of terms where a is positive, as after ReLU.
 * Sums of a0 a1 are made by the same operations in the same order as the product makes them: a row or a column of zeros
 * gives exact zeros.
 *
 * What is loaded to all lanes must not go by vbroadcastss with AVX-512's encoding: that takes a slot of the adders. */
#ifndef FAL_NN_KERNELS_GEMM_PAIRS_INC_H
#define FAL_NN_KERNELS_GEMM_PAIRS_INC_H

#include <string.h>

#include "../pairs.h"
#include "blocks.inc.h"

#ifdef GEMM_PAIRS
enum { PAIRS = 1 };
#else
enum { PAIRS = 0 };
#endif

enum {
    PAIRS_TERMS = 12, /* pair, term, minus pair, term, pair, term, minus pair, term */
    PAIRS_COLUMNS = 2 * LANES >= PANEL_LEAST ? 2 : PANEL_LEAST / LANES, /* vectors */
    PAIRS_ROWS = SIMD_REGISTERS / (2 * PAIRS_COLUMNS),                  /* sums are half of the registers */
    PAIRS_PANEL = PAIRS_COLUMNS * LANES
};

/** Operands of a register block: element (r, k) of a lies at a[r + k a_k]; rows of b are PAIRS_PANEL long. */
typedef struct {
    const float *a;
    size_t a_k;
    const float *b;
} pairs_operands;

INLINE vec pairs_spread(const pairs_operands *at, int r, size_t k) { return v_spread(at->a + r + k * at->a_k); }

/* Go on to term k. */
INLINE void pairs_move(pairs_operands *at, size_t k)
{
    at->a += k * at->a_k;
    at->b += k * PAIRS_PANEL;
}

/* Term k. */
INLINE void pairs_single(const pairs_operands *at, size_t k, vec sum[][PAIRS_COLUMNS])
{
    vec w[PAIRS_COLUMNS];
    UNROLL
    for (int j = 0; j < PAIRS_COLUMNS; j++) {
        w[j] = v_load(at->b + k * PAIRS_PANEL + j * LANES);
    }
    UNROLL
    for (int r = 0; r < PAIRS_ROWS; r++) {
        const vec x = pairs_spread(at, r, k);
        UNROLL
        for (int j = 0; j < PAIRS_COLUMNS; j++) {
            sum[r][j] = v_fma(x, w[j], sum[r][j]);
        }
    }
}

#ifdef SIMD_PAIRS_STEP
#include SIMD_PAIRS_STEP
#else
/* Terms 0 and 1 as a pair, then 2. */
INLINE void pairs_three(const pairs_operands *at, const bool minus, vec sum[][PAIRS_COLUMNS])
{
    vec w0[PAIRS_COLUMNS], w1[PAIRS_COLUMNS];
    UNROLL
    for (int j = 0; j < PAIRS_COLUMNS; j++) {
        w0[j] = v_load(at->b + j * LANES);
        w1[j] = v_load(at->b + PAIRS_PANEL + j * LANES);
    }
    UNROLL
    for (int r = 0; r < PAIRS_ROWS; r++) {
        const vec x0 = pairs_spread(at, r, 0), x1 = pairs_spread(at, r, 1);
        UNROLL
        for (int j = 0; j < PAIRS_COLUMNS; j++) {
            sum[r][j] = minus ? v_fnma(v_sub(x0, w1[j]), v_sub(x1, w0[j]), sum[r][j])
                              : v_fma(v_add(x0, w1[j]), v_add(x1, w0[j]), sum[r][j]);
        }
    }
    pairs_single(at, 2, sum);
}
#endif

/* `count` terms, added to sum. Operands move on. */
INLINE void pairs_terms(pairs_operands *at, int count, vec sum[][PAIRS_COLUMNS])
{
    for (; count >= PAIRS_TERMS; count -= PAIRS_TERMS) {
        UNROLL
        for (int three = 0; three < PAIRS_TERMS / 3; three++) {
            pairs_three(at, three % 2 == 1, sum);
            pairs_move(at, 3);
        }
    }
    for (; count > 0; count--) {
        pairs_single(at, 0, sum);
        pairs_move(at, 1);
    }
}

/* The pairs of `count` rows of a matrix, `step` floats apart, summed for a vector of columns: sum +- m0 m1. */
INLINE vec pairs_own(const float *m, size_t step, int count, vec sum)
{
    for (; count >= PAIRS_TERMS; count -= PAIRS_TERMS) {
        UNROLL
        for (int three = 0; three < PAIRS_TERMS / 3; three++, m += 3 * step) {
            sum = three % 2 == 1 ? v_fnma(v_load(m), v_load(m + step), sum) : v_fma(v_load(m), v_load(m + step), sum);
        }
    }
    return sum;
}

/* ---- gemm_rows ---------------------------------------------------------------------------------------------------
 */

/* Powers of two that bring eight rows of a, of k floats, to the size 1: 2^-64 to 2^64. */
INLINE eight pairs_row_factors(const float *const *a, int k)
{
    eight s[8];
    UNROLL
    for (int r = 0; r < 8; r++) {
        s[r] = e_zero();
    }
    for (int i = 0; i < k; i += 8) {
        UNROLL
        for (int r = 0; r < 8; r++) {
            const eight x = e_load(a[r] + i);
            s[r] = e_fma(x, x, s[r]);
        }
    }
    return e_inverse_root(e_mul(e_sums(s), e_set(1 / (float)k)));
}

/* Where rows r0 .. r0 + 7 are packed, [k][8], from the cut's first k on. */
INLINE float *pairs_packed(const gemm_product *product, const gemm_cut *cut, int r0)
{
    return product->packed + (size_t)r0 * (size_t)product->k + 8 * (size_t)cut->k0;
}

/* Packs rows r0 .. r0 + 7 of a, brought to the size 1, and sums their pairs. own: factors of these rows of c, which
 * undo that, then the sums of each cut. */
static void pairs_pack(const gemm_product *product, const gemm_cut *cut, int r0)
{
    const float *const *a = product->a + r0;
    float *back = product->own + r0, *own = back + (size_t)(cut->number + 1) * product->table;
    float *packed = pairs_packed(product, cut, r0);
    const eight scale = e_set(product->scale);
    _Alignas(32) float factor[8];
    eight sum = e_zero();
    if (cut->begin) {
        e_store(back, e_div(scale, pairs_row_factors(a, product->k)));
    }
    e_store(factor, e_div(scale, e_load(back)));
    for (int k = 0; k < cut->k; k += 8) {
        const float *from[8];
        UNROLL
        for (int r = 0; r < 8; r++) {
            from[r] = a[r] + cut->k0 + k;
        }
        transpose_block(from, factor, packed + 8 * k, 8);
    }
    for (int k = 0; k + PAIRS_TERMS <= cut->k; k += PAIRS_TERMS, packed += 8 * PAIRS_TERMS) {
        UNROLL
        for (int three = 0; three < PAIRS_TERMS / 3; three++) {
            const eight x0 = e_load(packed + 24 * three), x1 = e_load(packed + 24 * three + 8);
            sum = three % 2 == 1 ? e_fnma(x0, x1, sum) : e_fma(x0, x1, sum);
        }
    }
    e_store(own, sum);
}

/* Ask for the eight rows after the next eight. */
INLINE void pairs_fetch(const gemm_product *product, const gemm_cut *cut, int r0)
{
    const float *const *a = product->a + r0;
    for (int r = 8; r < 16; r++) {
        for (int k = 0; k < cut->k; k += 16) {
            __builtin_prefetch(a[r] + cut->k0 + k, 0, 2);
        }
    }
}

/* own[j]: the pairs of column j of a panel of b. */
static void pairs_columns_own(const gemm_product *product, const gemm_cut *cut, float *own)
{
    const float *b = product->b + (size_t)cut->k0 * PAIRS_PANEL;
    for (int j = 0; j < PAIRS_PANEL; j += LANES) {
        v_store(own + j, pairs_own(b + j, PAIRS_PANEL, cut->k, v_zero()));
    }
}

INLINE void pairs_block(const gemm_product *product, const gemm_cut *cut, int r0, size_t column)
{
    vec sum[PAIRS_ROWS][PAIRS_COLUMNS];
    float *const *c = product->c + r0;
    const float *back = product->own + r0, *own_rows = back + (size_t)(cut->number + 1) * product->table;
    const float *own_columns = product->b + (size_t)(product->k + cut->number) * PAIRS_PANEL;
    UNROLL
    for (int r = 0; r < PAIRS_ROWS; r++) {
        UNROLL
        for (int j = 0; j < PAIRS_COLUMNS; j++) {
            sum[r][j] = cut->add ? v_load(c[r] + column + j * LANES) : v_zero();
            __builtin_prefetch(c[PAIRS_ROWS + r] + column + j * LANES, 1, 3); /* what the next block writes */
        }
    }
    if (cut->add && cut->begin) { /* partial sums are larger by 1 / back until the end */
        UNROLL
        for (int r = 0; r < PAIRS_ROWS; r++) {
            const vec large = v_set(1 / back[r]);
            UNROLL
            for (int j = 0; j < PAIRS_COLUMNS; j++) {
                sum[r][j] = v_mul(sum[r][j], large);
            }
        }
    }
    pairs_operands at = {.a = pairs_packed(product, cut, r0 / 8 * 8) + r0 % 8,
                         .a_k = 8,
                         .b = product->b + (size_t)cut->k0 * PAIRS_PANEL};
    pairs_terms(&at, cut->k, sum);
    UNROLL
    for (int j = 0; j < PAIRS_COLUMNS; j++) {
        const vec own = v_load(own_columns + j * LANES);
        const vec shift = product->shift == NULL ? v_zero() : v_load(product->shift + j * LANES);
        UNROLL
        for (int r = 0; r < PAIRS_ROWS; r++) {
            sum[r][j] = v_sub(v_sub(sum[r][j], v_spread(own_rows + r)), own);
            if (cut->last) {
                sum[r][j] = v_fma(sum[r][j], v_spread(back + r), shift);
                sum[r][j] = product->relu && product->shift != NULL ? v_relu(sum[r][j]) : sum[r][j];
            }
            v_store(c[r] + column + j * LANES, sum[r][j]);
        }
    }
}

/* Ask for a block's share of what lies behind this cut of b: the next cut, or the next panel. */
INLINE void pairs_fetch_b(const gemm_product *product, const gemm_cut *cut, int rows, int r0)
{
    const size_t all = (size_t)cut->k * PAIRS_PANEL, blocks = (size_t)(rows + 7) / 8;
    const float *next = product->b + (size_t)cut->k0 * PAIRS_PANEL + all;
    const size_t share = (all / blocks + 16) / 16 * 16, begin = (size_t)(r0 / 8) * share;
    for (size_t at = begin; at < begin + share && at < all; at += 16) {
        __builtin_prefetch(next + at, 0, 2);
    }
}

/* product->fetch: the first panel also packs the rows, whose values come from memory. */
static void pairs_cut_rows(int rows, const gemm_product *product, const gemm_cut *cut, size_t column)
{
    for (int r0 = 0; r0 < rows; r0 += 8) {
        if (product->fetch) {
            pairs_fetch(product, cut, r0);
            pairs_pack(product, cut, r0);
        }
        pairs_fetch_b(product, cut, rows, r0);
        for (int r = r0; r < r0 + 8; r += PAIRS_ROWS) {
            pairs_block(product, cut, r, column);
        }
    }
}

/* ---- gemm_outer --------------------------------------------------------------------------------------------------
 */

/* own[0 .. channels - 1]: the pairs of `pixels` rows of m, by column. */
static void pairs_pixels_own(const float *m, size_t step, int pixels, size_t channels, float *own)
{
    for (size_t c = 0; c < channels; c += LANES) {
        v_store(own + c, pairs_own(m + c, step, pixels, v_zero()));
    }
}

/* tile [m][PAIRS_PANEL] (+)= sums over a chunk of pixels; m is a multiple of 8. own_rows [m]: the pairs of a. */
static void pairs_outer_chunk(int m, const gemm_sum *chunk, const float *own_rows, float *tile)
{
    _Alignas(64) float own[PAIRS_PANEL];
    pairs_pixels_own(chunk->b, PAIRS_PANEL, chunk->pixels, PAIRS_PANEL, own);
    for (int r0 = 0; r0 < m; r0 += PAIRS_ROWS, tile += PAIRS_ROWS * PAIRS_PANEL) {
        vec sum[PAIRS_ROWS][PAIRS_COLUMNS];
        pairs_operands at = {.a = chunk->a + r0, .a_k = chunk->a_row, .b = chunk->b};
        UNROLL
        for (int r = 0; r < PAIRS_ROWS; r++) {
            UNROLL
            for (int j = 0; j < PAIRS_COLUMNS; j++) {
                sum[r][j] = v_zero();
            }
        }
        pairs_terms(&at, chunk->pixels, sum);
        UNROLL
        for (int r = 0; r < PAIRS_ROWS; r++) {
            const vec own_row = v_spread(own_rows + r0 + r);
            UNROLL
            for (int j = 0; j < PAIRS_COLUMNS; j++) {
                float *to = tile + r * PAIRS_PANEL + j * LANES;
                const vec all = v_sub(v_sub(sum[r][j], own_row), v_load(own + j * LANES));
                v_store(to, chunk->add ? v_add(v_load(to), all) : all);
            }
        }
    }
}

/* c [m][panel] (+)= scale a' b. Rows of c may be 4 KiB apart, which caches bear badly, so the sums are made beside. */
static void pairs_outer(int m, const gemm_sum *outer)
{
    gemm_sum chunk = *outer;
    chunk.add = false;
    for (int p = 0; p < outer->pixels; p += GEMM_PIXELS, chunk.add = true) {
        chunk.pixels = outer->pixels - p < GEMM_PIXELS ? outer->pixels - p : GEMM_PIXELS;
        pairs_outer_chunk(m, &chunk, outer->own + (size_t)(p / GEMM_PIXELS) * outer->own_chunk, outer->tile);
        chunk.a += (size_t)chunk.pixels * chunk.a_row;
        chunk.b += (size_t)chunk.pixels * PAIRS_PANEL;
    }
    const vec scale = v_set(outer->scale);
    const float *tile = outer->tile;
    float *c = outer->c;
    for (int r = 0; r < m; r++, c += outer->c_row, tile += PAIRS_PANEL) {
        for (int j = 0; j < PAIRS_PANEL; j += LANES) {
            v_store(c + j, v_fma(v_load(tile + j), scale, outer->add ? v_load(c + j) : v_zero()));
        }
    }
}

#endif
