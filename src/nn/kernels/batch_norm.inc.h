/* BN in vectors, for layers whose z is computed as a whole or twice (gemm/, depthwise/): partial sums, and the two
 * passes that apply it; norm.h has the constants.
 *
 *   y  = relu((z - mean) scale + beta)            scale = gamma / sqrt(var + eps)
 *   dz = scale g + c0 + c1 (z - mean)             g = dy where y > 0
 *
 * Partial sums belong to fixed parts of the batch and are added in order of the parts. A part gives its sum of z and,
 * about its own mean, of squares: nothing cancels for a channel whose mean is large against its spread. */
#ifndef FAL_NN_KERNELS_BATCH_NORM_INC_H
#define FAL_NN_KERNELS_BATCH_NORM_INC_H

#include <string.h>

#include "norm.h"
#include "simd/simd.h"

enum { BN_AHEAD = 1024 }; /* floats: far enough for what comes from memory */

/* Ask for a line that will be needed soon. Maps have borders, which end the runs that the CPU follows by itself. */
INLINE void bn_fetch(const float *at) { __builtin_prefetch(at, 0, 2); }

/* So many vectors of channels walk along pixels together: whole lines, so that memory is read nearly straight. */
enum { BN_VECTORS = SIMD_COLUMNS };

/* Sums of `vectors` vectors of channels over pixels `step` floats apart, added to sums[0 ..] of z and sums[co ..] of
 * z^2. Squares are summed about the part's own mean first, then moved in double. */
INLINE void bn_sum_vectors(const float *z, int pixels, size_t step, const int vectors, size_t co, double *sums)
{
    vec part[2][BN_VECTORS], pivot[BN_VECTORS];
    _Alignas(64) float total[BN_VECTORS * LANES], mean[BN_VECTORS * LANES], square[BN_VECTORS * LANES];
    for (int pass = 0; pass < 2; pass++) {
        UNROLL
        for (int v = 0; v < vectors; v++) {
            part[0][v] = part[1][v] = v_zero();
            pivot[v] = pass == 0 ? v_zero() : v_load(mean + v * LANES);
        }
        const float *at = z;
        for (int p = 0; p + 2 <= pixels; p += 2, at += 2 * step) {
            UNROLL
            for (int v = 0; v < vectors; v++) {
                const vec d0 = v_sub(v_load(at + v * LANES), pivot[v]);
                const vec d1 = v_sub(v_load(at + step + v * LANES), pivot[v]);
                part[0][v] = pass == 0 ? v_add(part[0][v], d0) : v_fma(d0, d0, part[0][v]);
                part[1][v] = pass == 0 ? v_add(part[1][v], d1) : v_fma(d1, d1, part[1][v]);
            }
        }
        UNROLL
        for (int v = 0; v < vectors; v++) {
            if (pixels % 2 == 1) {
                const vec d = v_sub(v_load(at + v * LANES), pivot[v]);
                part[0][v] = pass == 0 ? v_add(part[0][v], d) : v_fma(d, d, part[0][v]);
            }
            v_store((pass == 0 ? total : square) + v * LANES, v_add(part[0][v], part[1][v]));
        }
        for (int l = 0; pass == 0 && l < vectors * LANES; l++) {
            mean[l] = total[l] / (float)pixels;
        }
    }
    for (int l = 0; l < vectors * LANES; l++) {
        /* sum z^2 = sum (z - m)^2 + 2 m sum z - pixels m^2, exact in double. */
        const double m = (double)mean[l], sum = (double)total[l];
        sums[l] += sum;
        sums[co + (size_t)l] += (double)square[l] + m * (2 * sum - pixels * m);
    }
}

/* The same for `channels` of them, a multiple of 16. */
INLINE void bn_sum_pixels(const float *z, int pixels, size_t step, size_t channels, size_t co, double *sums)
{
    size_t c = 0;
    for (; c + BN_VECTORS * LANES <= channels; c += BN_VECTORS * LANES) {
        bn_sum_vectors(z + c, pixels, step, BN_VECTORS, co, sums + c);
    }
    for (; c < channels; c += LANES) {
        bn_sum_vectors(z + c, pixels, step, 1, co, sums + c);
    }
}

/* BN and ReLU of one vector. Forward and backward use the same operations, so they agree on what is active. */
INLINE vec bn_apply(vec z, vec mean, vec scale, vec beta) { return v_fma(v_sub(z, mean), scale, beta); }

/* dy where the ReLU was active; a NaN in y passes, so that it is noticed. */
INLINE vec bn_active(vec y, vec dy, bool relu)
{
    return relu ? v_where(v_mask_or(v_greater(y, v_zero()), v_unordered(y, y)), dy) : dy;
}

#endif
