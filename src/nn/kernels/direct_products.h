/* The two products of direct layers, in register blocks of either kind: plain (direct_gemm.h), or in pairs
 * (direct_pairs.h) where DIRECT_PAIRS is defined. */
#ifndef FAL_NN_KERNELS_DIRECT_PRODUCTS_H
#define FAL_NN_KERNELS_DIRECT_PRODUCTS_H

#include "direct_pairs.h"

/* Width of a panel for n columns, a multiple of 16. */
INLINE int direct_panel(int n)
{
#ifdef __AVX512F__
    return n % 64 == 0 && !PAIRS ? 64 : n % 32 == 0 ? 32 : 16;
#else
    (void)n;
    return 16;
#endif
}

/* Parts that sums of runs x k are cut into. */
INLINE int direct_part_count(int runs, int k)
{
    return runs * k <= DIRECT_K ? 1 : runs * ((k + DIRECT_K - 1) / DIRECT_K);
}

INLINE direct_part direct_part_of(const direct_product *product, int number)
{
    const int runs = product->runs, all = product->k, count = direct_part_count(runs, all);
    direct_part part = {.number = number, .runs = runs, .k = all, .begin = number == 0, .last = number + 1 == count};
    part.add = product->add || number > 0;
    if (count > 1) {
        const int of_run = count / runs, length = ((all + of_run - 1) / of_run + 7) / 8 * 8;
        part.runs = 1;
        part.first = number / of_run;
        part.k0 = number % of_run * length;
        part.k = all - part.k0 < length ? all - part.k0 : length;
    }
    return part;
}

/* Pairs: rows of a panel that are sums of its columns, one for each part. */
INLINE int direct_own_rows(int k) { return PAIRS ? direct_part_count(1, k) : 0; }

/* Fills them. */
static void direct_panel_own(float *b, int k)
{
    const direct_product product = {.runs = 1, .k = k, .b = b};
    for (int number = 0; number < direct_own_rows(k); number++) {
        const direct_part part = direct_part_of(&product, number);
        pairs_columns_own(&product, &part, b + (size_t)(k + number) * PAIRS_PANEL);
    }
}

/* One panel of c, at `column` of its rows. The tables of a and c hold rows + 2 DIRECT_ROWS entries: what is read
 * and written beyond the last row must be harmless. */
static void direct_rows(int panel, int rows, const direct_product *product, size_t column)
{
    const int count = direct_part_count(product->runs, product->k);
    for (int number = 0; number < count; number++) {
        const direct_part part = direct_part_of(product, number);
        if (PAIRS) {
            pairs_part_rows(rows, product, &part, column);
        } else {
            direct_part_rows(panel, rows, product, &part, column);
        }
    }
}

/* c [m][panel] (+)= a' b. So many pixels at once that their b stays in L1; each such sum starts from zero and is then
 * added to c, which is also more exact than one long chain. */
static void direct_outer(int panel, int m, direct_sum outer)
{
    const int pixels = outer.pixels;
    if (PAIRS) {
        pairs_outer(m, &outer);
        return;
    }
    for (int p = 0; p < pixels; p += DIRECT_PIXELS) {
        outer.pixels = pixels - p < DIRECT_PIXELS ? pixels - p : DIRECT_PIXELS;
        direct_outer_rows(panel, m, &outer);
        outer.a += (size_t)outer.pixels * outer.a_row;
        outer.b += (size_t)outer.pixels * outer.b_row;
        outer.add = true;
    }
}

#endif
