/* Products of plain matrices. Compiled once for each instruction set.
 *
 * A panel of b (the columns of a register block, TERMS terms of the sums: at most 32 KiB) is packed and stays near, and
 * the rows of a pass by it, read where they lie. Each element of c is a chain of FMAs in the order of the terms; every
 * TERMS of them begin at zero and are then added to c. So its bits depend neither on the instruction set nor on the
 * rows and columns beside it, and a long sum is more exact than one chain. */
#include "matrix.h"

#include <string.h>

#include "../simd/simd.h"

enum {
    ROWS = 6,         /* of a register block */
    BLOCK_ROWS = 192, /* of a: as many terms of them as a panel has stay in L2 */
    TERMS = 128,
    AHEAD = 6 /* terms, where a is read by columns: a few floats of each line, no run to follow */
};

typedef struct {
    int terms;
    const float *a;
    size_t a_row, a_term; /* floats from a row, and from a term, to the next */
    const float *b;       /* packed: [terms][columns LANES] */
    float *c;
    size_t c_row;
    int width; /* columns that c has here */
    bool add;
} pass;

/* rows, columns (in vectors) and whether terms of a are neighbours are known when compiling. */
INLINE void multiply(const int rows, const int columns, const bool neighbours, const pass *p, int row)
{
    vec sum[ROWS][SIMD_COLUMNS];
    const size_t a_row = neighbours ? p->a_row : 1, a_term = neighbours ? 1 : p->a_term;
    const float *a = p->a + (size_t)row * a_row;
    const float *b = p->b;
    UNROLL
    for (int r = 0; r < rows; r++) {
        UNROLL
        for (int j = 0; j < columns; j++) {
            sum[r][j] = v_zero();
        }
    }
    for (int k = p->terms; k > 0; k--, a += a_term, b += columns * LANES) {
        vec w[SIMD_COLUMNS];
        if (!neighbours) {
            v_prefetch(a + AHEAD * a_term);
        }
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
    float *c = p->c + (size_t)row * p->c_row;
    UNROLL
    for (int r = 0; r < rows; r++) {
        float *to = c + (size_t)r * p->c_row;
        if (p->width == columns * LANES) {
            UNROLL
            for (int j = 0; j < columns; j++) {
                v_store(to + j * LANES, p->add ? v_add(v_load(to + j * LANES), sum[r][j]) : sum[r][j]);
            }
        } else {
            float whole[SIMD_PANEL] = {0};
            UNROLL
            for (int j = 0; j < columns; j++) {
                v_store(whole + j * LANES, sum[r][j]);
            }
            for (int j = 0; j < p->width; j++) {
                to[j] = p->add ? to[j] + whole[j] : whole[j];
            }
        }
    }
}

INLINE void multiply_rows(const int columns, const bool neighbours, const pass *p, int rows)
{
    int row = 0;
    for (; row + ROWS <= rows; row += ROWS) {
        multiply(ROWS, columns, neighbours, p, row);
    }
    if (rows - row >= 4) {
        multiply(4, columns, neighbours, p, row);
        row += 4;
    }
    if (rows - row >= 2) {
        multiply(2, columns, neighbours, p, row);
        row += 2;
    }
    if (rows - row >= 1) {
        multiply(1, columns, neighbours, p, row);
    }
}

static void multiply_panel(int columns, const pass *p, int rows)
{
    const bool neighbours = p->a_term == 1;
    if (columns == SIMD_COLUMNS) {
        neighbours ? multiply_rows(SIMD_COLUMNS, true, p, rows) : multiply_rows(SIMD_COLUMNS, false, p, rows);
    } else if (columns == SIMD_COLUMNS / 2) {
        neighbours ? multiply_rows(SIMD_COLUMNS / 2, true, p, rows) : multiply_rows(SIMD_COLUMNS / 2, false, p, rows);
    } else {
        neighbours ? multiply_rows(1, true, p, rows) : multiply_rows(1, false, p, rows);
    }
}

/* Vectors side by side for so many columns: SIMD_COLUMNS, half of them or one. */
static int columns_for(int width)
{
    return width > SIMD_PANEL / 2 ? SIMD_COLUMNS : width > LANES ? SIMD_COLUMNS / 2 : 1;
}

/* packed [terms][columns LANES] := b from its term and column on, zeros beyond its width. */
static void pack(const fal_gemm_matrix *b, size_t term, size_t column, int terms, int width, int columns, float *packed)
{
    const size_t panel = (size_t)(columns * LANES), stride = b->stride;
    if (width < columns * LANES) {
        memset(packed, 0, (size_t)terms * panel * sizeof *packed);
    }
    if (b->layout == FAL_GEMM_PLAIN) {
        const float *from = b->at + term * stride + column;
        for (int k = 0; k < terms; k++, from += stride, packed += panel) {
            int j = 0;
            for (; j + LANES <= width; j += LANES) {
                v_store(packed + j, v_load(from + j));
            }
            for (; j < width; j++) {
                packed[j] = from[j];
            }
        }
        return;
    }
    static const float one[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    const float *from = b->at + column * stride + term;
    int whole = 0; /* columns that went through as blocks of 8 x 8 */
    const int whole_terms = terms / 8 * 8;
    for (; whole + 8 <= width; whole += 8, from += 8 * stride) {
        for (int k = 0; k < whole_terms; k += 8) {
            const float *rows[8];
            for (size_t r = 0; r < 8; r++) {
                rows[r] = from + r * stride + k;
            }
            transpose_block(rows, one, packed + (size_t)k * panel + whole, panel);
        }
    }
    from = b->at + column * stride + term;
    for (int j = 0; j < width; j++, from += stride) {
        for (int k = j < whole ? whole_terms : 0; k < terms; k++) {
            packed[(size_t)k * panel + (size_t)j] = from[k];
        }
    }
}

static int least(size_t left, int most) { return left < (size_t)most ? (int)left : most; }

void SIMD_JOIN(fal_matrix, FAL_SIMD)(const fal_matrix_call *call)
{
    _Alignas(64) float packed[TERMS * SIMD_PANEL];
    const bool plain = call->a.layout == FAL_GEMM_PLAIN;
    pass p = {.a_row = plain ? call->a.stride : 1,
              .a_term = plain ? 1 : call->a.stride,
              .b = packed,
              .c_row = call->c_stride};
    for (size_t row = 0; row < call->m; row += BLOCK_ROWS) {
        const int rows = least(call->m - row, BLOCK_ROWS);
        for (size_t term = 0; term < call->k; term += TERMS) {
            p.terms = least(call->k - term, TERMS);
            p.add = term > 0;
            p.a = call->a.at + row * p.a_row + term * p.a_term;
            for (size_t column = 0; column < call->n; column += SIMD_PANEL) {
                p.width = least(call->n - column, SIMD_PANEL);
                p.c = call->c + row * p.c_row + column;
                const int columns = columns_for(p.width);
                pack(&call->b, term, column, p.terms, p.width, columns, packed);
                multiply_panel(columns, &p, rows);
            }
        }
    }
}
