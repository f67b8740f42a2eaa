/* The transforms of Winograd F(4x4, 3x3) and their adjoints, one vector of channels at a time.
 *
 * Each is a one-dimensional transform applied to columns, then to rows. Positions are 6 x 6; `step` is the distance
 * between positions in floats, never a multiple of 4 KiB (the streams would share L1 sets). */
#ifndef FAL_NN_KERNELS_WINO_TRANSFORM_H
#define FAL_NN_KERNELS_WINO_TRANSFORM_H

#include <stddef.h>

#include "vector.h"
#include "wino_points.h"

typedef struct {
    vec at[6];
} six;

/* B' d */
INLINE six wino_input_1d(vec d0, vec d1, vec d2, vec d3, vec d4, vec d5)
{
    const vec sum = v_set((float)WINO_SUM), two = v_set((float)WINO_B2), half = v_set((float)WINO_A2);
    const vec a = v_set((float)WINO_A), b = v_set((float)WINO_B);
    const vec even_a = v_fnma(two, d2, d4), odd_a = v_fnma(two, d1, d3);
    const vec even_b = v_fnma(half, d2, d4), odd_b = v_fnma(half, d1, d3);
    return (six){{v_fnma(sum, d2, v_add(d0, d4)), v_fma(a, odd_a, even_a), v_fnma(a, odd_a, even_a),
                  v_fma(b, odd_b, even_b), v_fnma(b, odd_b, even_b), v_fnma(sum, d3, v_add(d1, d5))}};
}

/* B v, the adjoint of the above */
INLINE six wino_input_adjoint_1d(const vec v[6])
{
    const vec two = v_set((float)WINO_B2), half = v_set((float)WINO_A2);
    const vec a = v_set((float)WINO_A), b = v_set((float)WINO_B);
    const vec even_a = v_add(v[1], v[2]), odd_a = v_sub(v[1], v[2]);
    const vec even_b = v_add(v[3], v[4]), odd_b = v_sub(v[3], v[4]);
    return (six){{v[0], v_fnma(b, odd_a, v_fnma(a, odd_b, v[5])),
                  v_fnma(two, even_a, v_fnma(half, even_b, v_mul(v_set(-(float)WINO_SUM), v[0]))),
                  v_fma(a, odd_a, v_fma(b, odd_b, v_mul(v_set(-(float)WINO_SUM), v[5]))),
                  v_add(v[0], v_add(even_a, even_b)), v[5]}};
}

/* A' m */
INLINE void wino_output_1d(const vec m[6], vec y[4])
{
    const vec even_a = v_add(m[1], m[2]), odd_a = v_sub(m[1], m[2]);
    const vec even_b = v_add(m[3], m[4]), odd_b = v_sub(m[3], m[4]);
    y[0] = v_add(m[0], v_add(even_a, even_b));
    y[1] = v_fma(v_set((float)WINO_A), odd_a, v_mul(v_set((float)WINO_B), odd_b));
    y[2] = v_fma(v_set((float)WINO_A2), even_a, v_mul(v_set((float)WINO_B2), even_b));
    y[3] = v_fma(v_set((float)WINO_A3), odd_a, v_fma(v_set((float)WINO_B3), odd_b, m[5]));
}

/* A y, the adjoint of the above */
INLINE six wino_output_adjoint_1d(vec y0, vec y1, vec y2, vec y3)
{
    const vec half = v_set((float)WINO_A2), two = v_set((float)WINO_B2);
    const vec a = v_set((float)WINO_A), b = v_set((float)WINO_B);
    const vec even_a = v_fma(half, y2, y0), odd_a = v_fma(half, y3, y1);
    const vec even_b = v_fma(two, y2, y0), odd_b = v_fma(two, y3, y1);
    return (six){
        {y0, v_fma(a, odd_a, even_a), v_fnma(a, odd_a, even_a), v_fma(b, odd_b, even_b), v_fnma(b, odd_b, even_b), y3}};
}

/* G w */
INLINE six wino_weight_1d(vec w0, vec w1, vec w2)
{
    const vec ga = v_set((float)WINO_GA), gb = v_set((float)WINO_GB);
    const vec even_a = v_mul(ga, v_fma(v_set((float)WINO_A2), w2, w0));
    const vec even_b = v_mul(gb, v_fma(v_set((float)WINO_B2), w2, w0));
    const vec odd_a = v_mul(v_set((float)(WINO_GA * WINO_A)), w1);
    const vec odd_b = v_mul(v_set((float)(WINO_GB * WINO_B)), w1);
    return (six){{w0, v_add(even_a, odd_a), v_sub(even_a, odd_a), v_add(even_b, odd_b), v_sub(even_b, odd_b), w2}};
}

/* G' u, the adjoint of the above */
INLINE void wino_weight_adjoint_1d(const vec u[6], vec w[3])
{
    const vec even_a = v_add(u[1], u[2]), odd_a = v_sub(u[1], u[2]);
    const vec even_b = v_add(u[3], u[4]), odd_b = v_sub(u[3], u[4]);
    w[0] = v_fma(v_set((float)WINO_GA), even_a, v_fma(v_set((float)WINO_GB), even_b, u[0]));
    w[1] = v_fma(v_set((float)(WINO_GA * WINO_A)), odd_a, v_mul(v_set((float)(WINO_GB * WINO_B)), odd_b));
    w[2] = v_fma(v_set((float)(WINO_GA * WINO_A2)), even_a, v_fma(v_set((float)(WINO_GB * WINO_B2)), even_b, u[5]));
}

/* V = B' d B of one patch; d: rows `row` floats apart, pixels `pixel`. */
INLINE void wino_input(const float *d, size_t row, size_t pixel, float *v, size_t step)
{
    six half[6];
    UNROLL
    for (int j = 0; j < 6; j++) {
        const float *at = d + (size_t)j * pixel;
        half[j] = wino_input_1d(v_load(at), v_load(at + row), v_load(at + 2 * row), v_load(at + 3 * row),
                                v_load(at + 4 * row), v_load(at + 5 * row));
    }
    UNROLL
    for (int i = 0; i < 6; i++) {
        const six full =
            wino_input_1d(half[0].at[i], half[1].at[i], half[2].at[i], half[3].at[i], half[4].at[i], half[5].at[i]);
        UNROLL
        for (int j = 0; j < 6; j++) {
            v_store(v + (size_t)(6 * i + j) * step, full.at[j]);
        }
    }
}

/* y [4][4] = A' M A */
INLINE void wino_output(const float *m, size_t step, vec y[4][4])
{
    vec half[4][6];
    UNROLL
    for (int j = 0; j < 6; j++) {
        vec column[6], out[4];
        UNROLL
        for (int i = 0; i < 6; i++) {
            column[i] = v_load(m + (size_t)(6 * i + j) * step);
        }
        wino_output_1d(column, out);
        UNROLL
        for (int i = 0; i < 4; i++) {
            half[i][j] = out[i];
        }
    }
    UNROLL
    for (int i = 0; i < 4; i++) {
        wino_output_1d(half[i], y[i]);
    }
}

/* Z = A dy A' */
INLINE void wino_output_adjoint(vec dy[4][4], float *z, size_t step)
{
    six half[4];
    UNROLL
    for (int j = 0; j < 4; j++) {
        half[j] = wino_output_adjoint_1d(dy[0][j], dy[1][j], dy[2][j], dy[3][j]);
    }
    UNROLL
    for (int i = 0; i < 6; i++) {
        const six full = wino_output_adjoint_1d(half[0].at[i], half[1].at[i], half[2].at[i], half[3].at[i]);
        UNROLL
        for (int j = 0; j < 6; j++) {
            v_store(z + (size_t)(6 * i + j) * step, full.at[j]);
        }
    }
}

/* dx (+)= B dV B' of one patch. The first `rows` rows and `columns` columns (0 or 2: neighbours above and to the left
 * have been there; 6: all) are added to, the rest is overwritten, so that dx needs no zeroing. */
INLINE void wino_input_adjoint(const float *dv, size_t step, float *dx, size_t row, size_t pixel, int rows, int columns)
{
    six half[6];
    UNROLL
    for (int j = 0; j < 6; j++) {
        vec column[6];
        UNROLL
        for (int i = 0; i < 6; i++) {
            column[i] = v_load(dv + (size_t)(6 * i + j) * step);
        }
        half[j] = wino_input_adjoint_1d(column);
    }
    UNROLL
    for (int i = 0; i < 6; i++) {
        const vec line[6] = {half[0].at[i], half[1].at[i], half[2].at[i], half[3].at[i], half[4].at[i], half[5].at[i]};
        const six full = wino_input_adjoint_1d(line);
        UNROLL
        for (int j = 0; j < 6; j++) {
            float *at = dx + (size_t)i * row + (size_t)j * pixel;
            v_store(at, i < rows || j < columns ? v_add(v_load(at), full.at[j]) : full.at[j]);
        }
    }
}

#endif
