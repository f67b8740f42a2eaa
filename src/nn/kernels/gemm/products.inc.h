/* The two products of direct layers, in register blocks of either kind: plain (blocks.inc.h), or in pairs
 * (pairs.inc.h) where GEMM_PAIRS is defined. */
#ifndef FAL_NN_KERNELS_GEMM_PRODUCTS_INC_H
#define FAL_NN_KERNELS_GEMM_PRODUCTS_INC_H

#include "pairs.inc.h"

/* Width of a panel for n columns, a multiple of 16. */
INLINE int gemm_panel(int n) { return PAIRS ? PAIRS_PANEL : simd_panel(n, SIMD_PANEL); }

/* Cuts that sums of runs x k are made in. */
INLINE int gemm_cut_count(int runs, int k)
{
    return runs * k <= SIMD_TERMS ? 1 : runs * ((k + SIMD_TERMS - 1) / SIMD_TERMS);
}

INLINE gemm_cut gemm_cut_of(const gemm_product *product, int number)
{
    const int runs = product->runs, all = product->k, count = gemm_cut_count(runs, all);
    gemm_cut cut = {.number = number, .runs = runs, .k = all, .begin = number == 0, .last = number + 1 == count};
    cut.add = product->add || number > 0;
    if (count > 1) {
        const int of_run = count / runs, length = ((all + of_run - 1) / of_run + 7) / 8 * 8;
        cut.runs = 1;
        cut.first = number / of_run;
        cut.k0 = number % of_run * length;
        cut.k = all - cut.k0 < length ? all - cut.k0 : length;
    }
    return cut;
}

/* Pairs: rows of a panel that are sums of its columns, one for each cut. */
INLINE int gemm_own_rows(int k) { return PAIRS ? gemm_cut_count(1, k) : 0; }

/* Fills them. */
static void gemm_panel_own(float *b, int k)
{
    const gemm_product product = {.runs = 1, .k = k, .b = b};
    for (int number = 0; number < gemm_own_rows(k); number++) {
        const gemm_cut cut = gemm_cut_of(&product, number);
        pairs_columns_own(&product, &cut, b + (size_t)(k + number) * PAIRS_PANEL);
    }
}

/* One panel of c, at `column` of its rows. The tables of a and c hold rows + 2 GEMM_ROWS entries: what is read
 * and written beyond the last row must be harmless. */
static void gemm_rows(int panel, int rows, const gemm_product *product, size_t column)
{
    const int count = gemm_cut_count(product->runs, product->k);
    for (int number = 0; number < count; number++) {
        const gemm_cut cut = gemm_cut_of(product, number);
        if (PAIRS) {
            pairs_cut_rows(rows, product, &cut, column);
        } else {
            gemm_cut_rows(panel, rows, product, &cut, column);
        }
    }
}

/* c [m][panel] (+)= a' b. So many pixels at once that their b stays in L1; each such sum starts from zero and is then
 * added to c, which is also more exact than one long chain. */
static void gemm_outer(int panel, int m, gemm_sum outer)
{
    const int pixels = outer.pixels;
    if (PAIRS) {
        pairs_outer(m, &outer);
        return;
    }
    for (int p = 0; p < pixels; p += GEMM_PIXELS) {
        outer.pixels = pixels - p < GEMM_PIXELS ? pixels - p : GEMM_PIXELS;
        gemm_outer_rows(panel, m, &outer);
        outer.a += (size_t)outer.pixels * outer.a_row;
        outer.b += (size_t)outer.pixels * outer.b_row;
        outer.add = true;
    }
}

#endif
