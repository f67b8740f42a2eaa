/* The transforms of Winograd's tiles in one dimension, and their adjoints, one vector of channels at a time.
 *
 * A tile has 4 outputs per side, or 3 or 2 at the edge of a map. A smaller tile leaves out the last finite points: F(3)
 * has 0, a, -a, b and infinity, F(2) 0, a, -a and infinity. Its positions are a subset of the six, and the weights
 * there are the same: what 1 / N(p) misses for the points left out, the product of (p - q), is in the input transform.
 */
#ifndef FAL_NN_KERNELS_WINOGRAD_LINES_INC_H
#define FAL_NN_KERNELS_WINOGRAD_LINES_INC_H

#include <stdbool.h>

#include "../simd/simd.h"
#include "points.h"

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

/* Whether a tile with so many outputs per side has the position. */
INLINE bool wino_has(const int outputs, int position) { return position <= outputs || position == WINO_PATCH - 1; }

/* B' d of outputs + 2 inputs; positions that the tile lacks are zero. */
INLINE six wino_input_line(const int outputs, const vec d[6])
{
    const vec half = v_set((float)WINO_A2), a = v_set((float)WINO_A), b = v_set((float)WINO_B);
    if (outputs == 4) {
        return wino_input_1d(d[0], d[1], d[2], d[3], d[4], d[5]);
    }
    if (outputs == 3) { /* F(2) of t, the product with (x - b), times p + b = 2a, 3a, a; and x (x^2 - a^2) times 2b */
        const vec a4 = v_set((float)(4 * WINO_A));
        const vec t0 = v_fnma(b, d[0], d[1]), t1 = v_fnma(b, d[1], d[2]);
        const vec t2 = v_fnma(b, d[2], d[3]), t3 = v_fnma(b, d[3], d[4]);
        return (six){{v_mul(a, v_sub(v_add(t2, t2), t0)), v_mul(v_set((float)(3 * WINO_A)), v_fma(a, t1, t2)),
                      v_mul(a, v_fnma(a, t1, t2)), v_mul(a4, v_fnma(half, d[1], d[3])), v_zero(),
                      v_fnma(half, t1, t3)}};
    }
    const vec factor = v_set((float)(WINO_A2 - WINO_B2)); /* p^2 - b^2 at a and -a */
    return (six){{v_fnma(v_set((float)WINO_B2), d[2], d[0]), v_mul(factor, v_fma(a, d[1], d[2])),
                  v_mul(factor, v_fnma(a, d[1], d[2])), v_zero(), v_zero(), v_fnma(half, d[1], d[3])}};
}

/* B v, the adjoint of the above; what is beyond outputs + 2 is zero. */
INLINE six wino_input_adjoint_line(const int outputs, const vec v[6])
{
    const vec half = v_set((float)WINO_A2), a = v_set((float)WINO_A), b = v_set((float)WINO_B);
    if (outputs == 4) {
        return wino_input_adjoint_1d(v);
    }
    if (outputs == 3) {
        const vec t0 = v_mul(v_set(-(float)WINO_A), v[0]);
        const vec t1 = v_fnma(half, v_add(v[2], v[5]), v_mul(v_set(1.5F), v[1]));
        const vec t2 = v_mul(a, v_fma(v_set(3.0F), v[1], v_add(v_add(v[0], v[0]), v[2])));
        return (six){{v[0], v_fnma(v_set((float)(2 * WINO_A)), v[3], v_fnma(b, t1, t0)), v_fnma(b, t2, t1),
                      v_fma(v_set((float)(4 * WINO_A)), v[3], v_fnma(b, v[5], t2)), v[5], v_zero()}};
    }
    const vec factor = v_set((float)(WINO_A2 - WINO_B2));
    return (six){{v[0], v_fnma(half, v[5], v_mul(v_mul(factor, a), v_sub(v[1], v[2]))),
                  v_fnma(v_set((float)WINO_B2), v[0], v_mul(factor, v_add(v[1], v[2]))), v[5], v_zero(), v_zero()}};
}

/* A' m; y has `outputs` values. */
INLINE void wino_output_line(const int outputs, const vec m[6], vec y[4])
{
    if (outputs == 4) {
        wino_output_1d(m, y);
        return;
    }
    const vec even = v_add(m[1], m[2]), odd = v_sub(m[1], m[2]);
    y[0] = v_add(m[0], even);
    y[1] = v_mul(v_set((float)WINO_A), odd);
    if (outputs == 3) {
        y[0] = v_add(y[0], m[3]);
        y[1] = v_fma(v_set((float)WINO_B), m[3], y[1]);
        y[2] = v_fma(v_set((float)WINO_A2), even, v_fma(v_set((float)WINO_B2), m[3], m[5]));
    } else {
        y[1] = v_add(y[1], m[5]);
    }
}

/* A y, the adjoint of the above. */
INLINE six wino_output_adjoint_line(const int outputs, const vec y[4])
{
    const vec a = v_set((float)WINO_A);
    if (outputs == 4) {
        return wino_output_adjoint_1d(y[0], y[1], y[2], y[3]);
    }
    if (outputs == 3) {
        const vec even = v_fma(v_set((float)WINO_A2), y[2], y[0]);
        return (six){{y[0], v_fma(a, y[1], even), v_fnma(a, y[1], even),
                      v_fma(v_set((float)WINO_B), y[1], v_fma(v_set((float)WINO_B2), y[2], y[0])), v_zero(), y[2]}};
    }
    return (six){{y[0], v_fma(a, y[1], y[0]), v_fnma(a, y[1], y[0]), v_zero(), v_zero(), y[1]}};
}

#endif
