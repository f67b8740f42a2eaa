/* BN of layers whose z is computed as a whole or twice (direct_*.h, depth_*.h): batch statistics from partial sums,
 * constants of the two passes that apply it.
 *
 *   y  = relu((z - mean) scale + beta)            scale = gamma / sqrt(var + eps)
 *   dz = scale g + c0 + c1 (z - mean)             g = dy where y > 0
 *
 * Partial sums belong to fixed parts of the batch and are added in order of the parts. A part gives its sum of z and,
 * about its own mean, of squares: nothing cancels for a channel whose mean is large against its spread. */
#ifndef FAL_NN_KERNELS_BATCH_NORM_H
#define FAL_NN_KERNELS_BATCH_NORM_H

#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "kernels.h"
#include "vector.h"

/** Per channel, refreshed in each call. */
typedef struct {
    float *mean;    /* of z over the batch */
    float *scale;   /* gamma / sqrt(var + eps) */
    float *beta;    /* copy */
    float *c0, *c1; /* backward */
    double *rstd;   /* 1 / sqrt(var + eps) */
} bn_channels;

/* Next piece of a block at base (NULL while planning). */
INLINE void *bn_take(void *base, size_t *used, size_t bytes)
{
    void *piece = base == NULL ? NULL : (unsigned char *)base + *used;
    *used += fal_arena_round(bytes);
    return piece;
}

static void bn_layout(void *base, size_t *used, size_t co, bn_channels *channel)
{
    float **const vectors[] = {&channel->mean, &channel->scale, &channel->beta, &channel->c0, &channel->c1};
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        *vectors[i] = bn_take(base, used, co * sizeof(float));
    }
    channel->rstd = bn_take(base, used, co * sizeof(double));
}

enum { BN_AHEAD = 1024 }; /* floats: far enough for what comes from memory */

/* Ask for a line that will be needed soon. Maps have borders, which end the runs that the CPU follows by itself. */
INLINE void bn_fetch(const float *at) { __builtin_prefetch(at, 0, 2); }

#ifdef __AVX512F__
enum { BN_VECTORS = 4 };
#else
enum { BN_VECTORS = 2 };
#endif
/* So many vectors of channels walk along pixels together: whole lines, so that memory is read nearly straight. */

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

/* sums [parts][2][co] of z and of z^2 over `values` pixels: constants of the forward pass, running statistics. */
static void bn_batch_statistics(const fal_conv_call *call, const double *sums, size_t parts, double values,
                                const bn_channels *channel)
{
    const size_t co = (size_t)call->layer->co;
    for (size_t c = 0; c < co; c++) {
        double sum = 0, square = 0;
        for (size_t part = 0; part < parts; part++) {
            sum += sums[2 * part * co + c];
            square += sums[(2 * part + 1) * co + c];
        }
        const double mean = sum / values;
        const double centred = square - sum * mean;
        const double var = centred < 0 ? 0 : centred / values; /* rounding, where all values are alike */
        const double unbiased = values > 1 ? var * values / (values - 1) : var;
        const double bias = call->bias == NULL ? 0 : (double)call->bias[c];
        channel->rstd[c] = 1 / sqrt(var + FAL_BN_EPS);
        channel->mean[c] = (float)mean;
        channel->scale[c] = (float)((double)call->gamma[c] * channel->rstd[c]);
        channel->beta[c] = call->beta[c];
        call->mean[c] = (float)((1 - FAL_BN_MOMENTUM) * (double)call->mean[c] + FAL_BN_MOMENTUM * (mean + bias));
        call->var[c] = (float)((1 - FAL_BN_MOMENTUM) * (double)call->var[c] + FAL_BN_MOMENTUM * unbiased);
    }
}

/* sums [parts][2][co] of g and g (z - mean): gradients of gamma and beta, constants of dz. */
static void bn_gradient_statistics(const fal_conv_call *call, const double *sums, size_t parts, double values,
                                   const bn_channels *channel)
{
    const size_t co = (size_t)call->layer->co;
    for (size_t c = 0; c < co; c++) {
        double sum = 0, product = 0;
        for (size_t part = 0; part < parts; part++) {
            sum += sums[2 * part * co + c];
            product += sums[(2 * part + 1) * co + c];
        }
        const double rstd = channel->rstd[c], scale = (double)call->gamma[c] * rstd;
        call->dgamma[c] = (float)(product * rstd);
        call->dbeta[c] = (float)sum;
        if (call->dbias != NULL) {
            call->dbias[c] = 0;
        }
        channel->c0[c] = (float)(-scale * sum / values);
        channel->c1[c] = (float)(-scale * rstd * rstd * product / values);
    }
}

/* Inference: weights are multiplied by the returned factor, `shift` is added. */
INLINE double bn_fold(const fal_conv_call *call, size_t c, float *shift)
{
    const double scale = (double)call->gamma[c] / sqrt((double)call->running_var[c] + FAL_BN_EPS);
    const double bias = call->bias == NULL ? 0 : (double)call->bias[c];
    *shift = (float)((double)call->beta[c] + (bias - (double)call->running_mean[c]) * scale);
    return scale;
}

/* BN and ReLU of one vector. Forward and backward use the same operations, so they agree on what is active. */
INLINE vec bn_apply(vec z, vec mean, vec scale, vec beta) { return v_fma(v_sub(z, mean), scale, beta); }

/* dy where the ReLU was active; a NaN in y passes, so that it is noticed. */
INLINE vec bn_active(vec y, vec dy, bool relu)
{
    return relu ? v_where(v_mask_or(v_greater(y, v_zero()), v_unordered(y, y)), dy) : dy;
}

#endif
