/* The products of Winograd's positions: small matrices in L1, one register block at a time, no packing.
 *
 * c[r][j] (+)= sum over k of a[r][k] b[k][j], k in order, one FMA chain per element: the value does not depend on how
 * rows are grouped into blocks. b comes in panels whose width is a register block's, so its rows are contiguous; a is
 * read by broadcasts. The block is as wide as the columns allow: with AVX-512's registers 6 x 64 (24 sums, 4 of b)
 * reads each broadcast once for 64 columns; with AVX2's, half as many, 6 x 16 (12 sums, 2 of b), with NEON's, a quarter
 * as long, 6 x 16 (24 sums, 4 of b). */
#ifndef FAL_NN_KERNELS_WINOGRAD_PRODUCTS_INC_H
#define FAL_NN_KERNELS_WINOGRAD_PRODUCTS_INC_H

#include <stdbool.h>
#include <stddef.h>

#include "../simd/simd.h"

/** What later work will read or overwrite: fetched into L2 a line at a time while products run, which themselves live
 * in L1. Fetching it when it is needed would cost as much time as the transforms themselves. */
enum { PRODUCT_AHEAD = 8, PRODUCT_LINE = 64 };
typedef struct {
    const char *at[PRODUCT_AHEAD];
    size_t lines[PRODUCT_AHEAD];
    int count, next;
} product_ahead;

INLINE void product_ahead_add(product_ahead *ahead, const void *from, const void *end)
{
    const char *first = from, *last = end;
    if (ahead->count < PRODUCT_AHEAD && last > first) {
        ahead->at[ahead->count] = first;
        ahead->lines[ahead->count++] = (size_t)(last - first + PRODUCT_LINE - 1) / PRODUCT_LINE;
    }
}

/* The next `lines` lines or so; NULL: nothing left. */
INLINE const char *product_ahead_take(product_ahead *ahead, size_t lines)
{
    if (ahead == NULL || ahead->next == ahead->count) {
        return NULL;
    }
    const char *at = ahead->at[ahead->next];
    if (ahead->lines[ahead->next] <= lines) {
        ahead->next++;
    } else {
        ahead->at[ahead->next] += lines * PRODUCT_LINE;
        ahead->lines[ahead->next] -= lines;
    }
    return at;
}

typedef struct {
    int k;          /* length of the sums */
    const float *a; /* element (r, k) at a[r * a_row + k * a_k] */
    size_t a_row, a_k;
    const float *b; /* row k at b + k * b_k */
    size_t b_k;
    float *c; /* row r at c + r * c_row */
    size_t c_row;
    bool add;          /* add to what is in c */
    const char *fetch; /* a line of this is fetched every FETCH_STEPS steps, the next one fetch_step bytes on */
    size_t fetch_step;
} product_block;

enum { FETCH_STEPS = 128 / SIMD_PANEL }; /* a step is up to six rows of a panel */

INLINE void product_step(const int rows, const int columns, vec sum[12][4], const float *a, size_t a_row,
                         const float *b)
{
    vec w[4];
    UNROLL
    for (int j = 0; j < columns; j++) {
        w[j] = v_load(b + j * LANES);
    }
    UNROLL
    for (int r = 0; r < rows; r++) {
        const vec x = v_set(a[(size_t)r * a_row]);
        UNROLL
        for (int j = 0; j < columns; j++) {
            sum[r][j] = v_fma(x, w[j], sum[r][j]);
        }
    }
}

/* rows and columns (in vectors) are compile-time constants at every call. */
INLINE void product_rows(const int rows, const int columns, product_block *block)
{
    const size_t a_row = block->a_row, a_k = block->a_k, b_k = block->b_k, c_row = block->c_row;
    const float *a = block->a;
    const float *b = block->b;
    float *c = block->c;
    vec sum[12][4];
    UNROLL
    for (int r = 0; r < rows; r++) {
        UNROLL
        for (int j = 0; j < columns; j++) {
            sum[r][j] = block->add ? v_load(c + (size_t)r * c_row + j * LANES) : v_zero();
        }
    }
    int k = block->k;
    for (; k >= FETCH_STEPS; k -= FETCH_STEPS) {
        __builtin_prefetch(block->fetch, 0, 2);
        block->fetch += block->fetch_step;
        UNROLL
        for (int s = 0; s < FETCH_STEPS; s++) {
            product_step(rows, columns, sum, a, a_row, b);
            a += a_k;
            b += b_k;
        }
    }
    for (; k > 0; k--) {
        product_step(rows, columns, sum, a, a_row, b);
        a += a_k;
        b += b_k;
    }
    UNROLL
    for (int r = 0; r < rows; r++) {
        UNROLL
        for (int j = 0; j < columns; j++) {
            v_store(c + (size_t)r * c_row + j * LANES, sum[r][j]);
        }
    }
    block->a += (size_t)rows * a_row;
    block->c += (size_t)rows * c_row;
}

/* All rows of c in one panel of `columns` vectors, `most` rows at a time, the rest in smaller blocks. Returns what to
 * fetch next. */
INLINE const char *product_column(const int most, const int columns, int rows, product_block block)
{
    for (; rows >= most && !(most == 6 && rows == 10); rows -= most) {
        product_rows(most, columns, &block);
    }
    for (; most == 6 && rows >= 5; rows -= 5) { /* two of 5 are faster than 6 and 4, whose sums are too few */
        product_rows(5, columns, &block);
    }
    for (; rows >= 4; rows -= 4) {
        product_rows(4, columns, &block);
    }
    if (rows == 3) {
        product_rows(3, columns, &block);
    } else if (rows == 2) {
        product_rows(2, columns, &block);
    } else if (rows == 1) {
        product_rows(1, columns, &block);
    }
    return block.fetch;
}

/* As above for a panel of simd_panel width. */
INLINE const char *product_panel_rows(int panel, int rows, const product_block *block)
{
    if (simd_widest(panel)) {
        return product_column(6, SIMD_COLUMNS, rows, *block);
    }
    if (panel == SIMD_PANEL / 2) {
        return product_column(8, SIMD_COLUMNS / 2, rows, *block);
    }
    return product_column(12, SIMD_COLUMNS / 4, rows, *block);
}

/* Lines that a product of this size fetches. */
INLINE size_t product_fetches(int rows, int k, int n, int panel)
{
    const int most = panel * 6 >= 96 * LANES / 8 ? 6 : panel == 32 ? 8 : 12;
    return (size_t)(rows / most * (n / panel) * (k / FETCH_STEPS));
}

/* Fetch up to `lines` lines of what comes later while this block is multiplied. */
INLINE void product_fetch(product_block *block, size_t lines, product_ahead *ahead)
{
    const char *fetch = product_ahead_take(ahead, lines);
    block->fetch_step = fetch == NULL ? 0 : PRODUCT_LINE;
    block->fetch = fetch == NULL ? (const char *)block->b : fetch;
}

/* All panels of c; block describes the first. b_panel: floats from a panel of b to the next. */
INLINE void product_all_panels(int panel, int rows, int n, size_t b_panel, product_block block, product_ahead *ahead)
{
    product_fetch(&block, product_fetches(rows, block.k, n, panel), ahead);
    for (int j = 0; j < n; j += panel) {
        block.fetch = product_panel_rows(panel, rows, &block);
        block.b += b_panel;
        block.c += panel;
    }
}

/* See below; k and n are constants where they are usual. */
INLINE void product_tiles_of(int rows, int k, int n, const float *a, const float *b, float *c, bool add,
                             product_ahead *ahead)
{
    const int panel = simd_panel(n, SIMD_PANEL);
    const product_block block = {.k = k,
                                 .a = a,
                                 .a_row = (size_t)k,
                                 .a_k = 1,
                                 .b = b,
                                 .b_k = (size_t)panel,
                                 .c = c,
                                 .c_row = (size_t)n,
                                 .add = add};
    product_all_panels(panel, rows, n, (size_t)(panel * k), block, ahead);
}

/* c [rows][n] (+)= a [rows][k] times b, which lies in panels [n / panel][k][panel]. */
static void product_tiles(int rows, int k, int n, const float *a, const float *b, float *c, bool add,
                          product_ahead *ahead)
{
    if (k == 64 && n == 64) {
        product_tiles_of(rows, 64, 64, a, b, c, add, ahead);
    } else {
        product_tiles_of(rows, k, n, a, b, c, add, ahead);
    }
}

/* See below; m, n and a_k are constants where they are usual. */
INLINE void product_outer_of(int m, int n, int k, const float *a, size_t a_k, const float *b, float *c, bool add,
                             product_ahead *ahead)
{
    const int panel = simd_panel(n, SIMD_PANEL >= 32 ? 32 : PANEL_LEAST);
    const product_block block = {
        .k = k, .a = a, .a_row = 1, .a_k = a_k, .b = b, .b_k = (size_t)n, .c = c, .c_row = (size_t)n, .add = add};
    product_all_panels(panel, m, n, (size_t)panel, block, ahead);
}

/* c [m][n] (+)= a' b with b [k][n] and a the first m columns of [k][a_k]: the sums over tiles of the weight gradient.
 * Eight rows of 32 columns (AVX2, NEON: six of 16) read both operands straight from their rows. */
static void product_outer(int m, int n, int k, const float *a, size_t a_k, const float *b, float *c, bool add,
                          product_ahead *ahead)
{
    if (m == 64 && n == 64 && a_k == 64) {
        product_outer_of(64, 64, k, a, 64, b, c, add, ahead);
    } else {
        product_outer_of(m, n, k, a, a_k, b, c, add, ahead);
    }
}

#endif
