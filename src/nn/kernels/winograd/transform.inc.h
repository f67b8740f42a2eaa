/* The transforms of Winograd's tiles and their adjoints, one vector of channels at a time.
 *
 * Each is a one-dimensional transform (lines.inc.h) applied to columns, then to rows, of a tile of tall x wide
 * outputs, which are constants at every call. Positions are 6 x 6, of which a tile smaller than 4 x 4 has fewer; `step`
 * is the distance between positions in floats, never a multiple of 4 KiB (the streams would share L1 sets). */
#ifndef FAL_NN_KERNELS_WINOGRAD_TRANSFORM_INC_H
#define FAL_NN_KERNELS_WINOGRAD_TRANSFORM_INC_H

#include <stddef.h>

#include "lines.inc.h"

#ifdef WINO_PAIRS
enum { PAIRS = 1 };
#else
enum { PAIRS = 0 };
#endif

/* With products in pairs operands go through powers of two (powers.inc.h), else as they are. */
INLINE vec wino_sized(vec a, vec power) { return PAIRS ? v_mul(a, power) : a; }

/* V = B' d B of one patch; d: rows `row` floats apart, pixels `pixel`; `power`: wino_sized. */
INLINE void wino_input(const float *d, size_t row, size_t pixel, vec power, float *v, size_t step, const int tall,
                       const int wide)
{
    six half[6];
    UNROLL
    for (int j = 0; j < wide + 2; j++) {
        vec column[6];
        UNROLL
        for (int i = 0; i < tall + 2; i++) {
            column[i] = wino_sized(v_load(d + (size_t)i * row + (size_t)j * pixel), power);
        }
        half[j] = wino_input_line(tall, column);
    }
    UNROLL
    for (int i = 0; i < 6; i++) {
        if (!wino_has(tall, i)) {
            continue;
        }
        vec line[6];
        UNROLL
        for (int j = 0; j < wide + 2; j++) {
            line[j] = half[j].at[i];
        }
        const six full = wino_input_line(wide, line);
        UNROLL
        for (int j = 0; j < 6; j++) {
            if (wino_has(wide, j)) {
                v_store(v + (size_t)(6 * i + j) * step, full.at[j]);
            }
        }
    }
}

/* y [tall][wide] = A' M A */
INLINE void wino_output(const float *m, size_t step, vec y[4][4], const int tall, const int wide)
{
    vec half[4][6];
    UNROLL
    for (int j = 0; j < 6; j++) {
        if (!wino_has(wide, j)) {
            continue;
        }
        vec column[6], out[4];
        UNROLL
        for (int i = 0; i < 6; i++) {
            column[i] = wino_has(tall, i) ? v_load(m + (size_t)(6 * i + j) * step) : v_zero();
        }
        wino_output_line(tall, column, out);
        UNROLL
        for (int i = 0; i < tall; i++) {
            half[i][j] = out[i];
        }
    }
    UNROLL
    for (int i = 0; i < tall; i++) {
        wino_output_line(wide, half[i], y[i]);
    }
}

/* Z = A dy A' */
INLINE void wino_output_adjoint(vec dy[4][4], float *z, size_t step, const int tall, const int wide)
{
    six half[4];
    UNROLL
    for (int j = 0; j < wide; j++) {
        vec column[4];
        UNROLL
        for (int i = 0; i < tall; i++) {
            column[i] = dy[i][j];
        }
        half[j] = wino_output_adjoint_line(tall, column);
    }
    UNROLL
    for (int i = 0; i < 6; i++) {
        if (!wino_has(tall, i)) {
            continue;
        }
        vec line[4];
        UNROLL
        for (int j = 0; j < wide; j++) {
            line[j] = half[j].at[i];
        }
        const six full = wino_output_adjoint_line(wide, line);
        UNROLL
        for (int j = 0; j < 6; j++) {
            if (wino_has(wide, j)) {
                v_store(z + (size_t)(6 * i + j) * step, full.at[j]);
            }
        }
    }
}

/* dx (+)= B dV B' of one patch. The first `rows` rows and `columns` columns (0 or 2: neighbours above and to the left
 * have been there; 6: all) are added to, the rest is overwritten, so that dx needs no zeroing. */
INLINE void wino_input_adjoint(const float *dv, size_t step, float *dx, size_t row, size_t pixel, int rows, int columns,
                               const int tall, const int wide)
{
    six half[6];
    UNROLL
    for (int j = 0; j < 6; j++) {
        vec column[6];
        UNROLL
        for (int i = 0; i < 6; i++) {
            column[i] = wino_has(tall, i) && wino_has(wide, j) ? v_load(dv + (size_t)(6 * i + j) * step) : v_zero();
        }
        half[j] = wino_input_adjoint_line(tall, column);
    }
    UNROLL
    for (int i = 0; i < tall + 2; i++) {
        const vec line[6] = {half[0].at[i], half[1].at[i], half[2].at[i], half[3].at[i], half[4].at[i], half[5].at[i]};
        const six full = wino_input_adjoint_line(wide, line);
        UNROLL
        for (int j = 0; j < wide + 2; j++) {
            float *at = dx + (size_t)i * row + (size_t)j * pixel;
            v_store(at, i < rows || j < columns ? v_add(v_load(at), full.at[j]) : full.at[j]);
        }
    }
}

#endif
