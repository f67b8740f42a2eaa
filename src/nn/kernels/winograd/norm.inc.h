/* What surrounds the convolution: batch statistics and BN + residual + ReLU, and the sums of their gradients. */
#ifndef FAL_NN_KERNELS_WINOGRAD_NORM_INC_H
#define FAL_NN_KERNELS_WINOGRAD_NORM_INC_H

#include <math.h>

#include "powers.inc.h"

/* Batch statistics from the images' sums in image order; moves the running ones. The sums are of z and z^2 as they
 * are, but in double: the difference loses nothing that z, a float, still had. */
static void wino_statistics(wino_layer *wino)
{
    const fal_conv_call *call = wino->call;
    const wino_channels *channel = &wino->state.channel;
    const size_t co = (size_t)wino->co;
    const double values = (double)wino->grid.h * wino->grid.w * wino->n;
    for (size_t c = 0; c < co; c++) {
        double sum = 0, square = 0;
        for (size_t k = 0; k < (size_t)wino->n; k++) {
            sum += wino->state.image_sums[2 * k * co + c];
            square += wino->state.image_sums[(2 * k + 1) * co + c];
        }
        const double mean = sum / values;
        const double about = square - sum * mean; /* the mean; NaN stays */
        const double apart = about < 0 ? 0 : about;
        const double var = apart / values, unbiased = values > 1 ? apart / (values - 1) : var;
        const double bias = call->bias == NULL ? 0 : (double)call->bias[c];
        channel->bn.rstd[c] = 1 / sqrt(var + FAL_BN_EPS);
        channel->bn.mean[c] = (float)mean;
        channel->bn.scale[c] = (float)((double)call->gamma[c] * channel->bn.rstd[c]);
        channel->bn.beta[c] =
            (float)((double)call->beta[c] + ((double)channel->bn.mean[c] - mean) * (double)channel->bn.scale[c]);
        call->mean[c] = (float)((1 - FAL_BN_MOMENTUM) * (double)call->mean[c] + FAL_BN_MOMENTUM * (mean + bias));
        call->var[c] = (float)((1 - FAL_BN_MOMENTUM) * (double)call->var[c] + FAL_BN_MOMENTUM * unbiased);
    }
}

/* What BN is applied to, row i of an image: pooled values or z. */
INLINE const float *wino_values_row(const wino_layer *wino, int image, int i)
{
    return wino->call->layer->max_pool
               ? wino->state.pooled + (size_t)image * wino->pooled_image + (size_t)(i * wino->wo) * (size_t)wino->co
               : wino_z_at(wino, image, i, 0);
}

INLINE void wino_activate_row(const wino_layer *wino, const float *z, const float *residual, float *y, const bool relu)
{
    const wino_channels *channel = &wino->state.channel;
    const size_t co = (size_t)wino->co;
    for (size_t e = 0; e < (size_t)wino->wo * co; e += co) {
        for (size_t c = 0; c < co; c += LANES) {
            const vec centred = v_sub(v_load(z + e + c), v_load(channel->bn.mean + c));
            vec out = v_fma(v_load(channel->bn.scale + c), centred, v_load(channel->bn.beta + c));
            out = residual == NULL ? out : v_add(out, v_load(residual + e + c));
            v_store(y + e + c, relu ? v_relu(out) : out);
        }
    }
}

/* y = ReLU(scale (z - mean) + beta + residual) of one image, of the pooled z where there is pooling. */
static void wino_activate_image(void *context, int image)
{
    const wino_layer *wino = context;
    const fal_conv_call *call = wino->call;
    for (int i = 0; i < wino->ho; i++) {
        const float *z = wino_values_row(wino, image, i);
        const float *residual = call->residual.at == NULL ? NULL : fal_map_pixel(&call->residual, image, i, 0);
        float *y = fal_map_pixel(&call->y, image, i, 0);
        if (call->layer->relu) {
            wino_activate_row(wino, z, residual, y, true);
        } else {
            wino_activate_row(wino, z, residual, y, false);
        }
    }
}

/* Sums of g and g (z - mean) over an image, g = dy where y > 0, for some vectors of channels from c on; g is the
 * gradient of the residual, too. With products in pairs also its largest and the sum of squares (powers.inc.h). */
INLINE void wino_gradient_sums_of(const wino_layer *wino, int image, size_t c, const int vectors)
{
    const fal_conv_call *call = wino->call;
    const size_t co = (size_t)wino->co;
    const bool relu = call->layer->relu, residual = call->dresidual.at != NULL;
    double *out = wino->state.image_sums + (size_t)image * 2 * co + c;
    _Alignas(64) float lanes[2][LANES];
    vec mean[4], sum[4], product[4], most[4], square[4];
    UNROLL
    for (int q = 0; q < vectors; q++) {
        mean[q] = v_load(wino->state.channel.bn.mean + c + q * LANES);
        sum[q] = product[q] = most[q] = square[q] = v_zero();
    }
    for (int i = 0; i < wino->ho; i++) {
        const float *z = wino_values_row(wino, image, i) + c;
        const float *y = fal_map_pixel(&call->y, image, i, 0) + c;
        const float *dy = fal_map_pixel(&call->dy, image, i, 0) + c;
        float *to = residual ? fal_map_pixel(&call->dresidual, image, i, 0) + c : NULL;
        vec row_sum[4], row_product[4];
        UNROLL
        for (int q = 0; q < vectors; q++) {
            row_sum[q] = row_product[q] = v_zero();
        }
        for (size_t e = 0; e < (size_t)wino->wo * co; e += co) {
            UNROLL
            for (int q = 0; q < vectors; q++) {
                const size_t at = e + (size_t)q * LANES;
                vec g = v_load(dy + at);
                g = relu ? v_where(v_greater(v_load(y + at), v_zero()), g) : g;
                if (residual) {
                    v_store(to + at, call->add_dresidual ? v_add(v_load(to + at), g) : g);
                }
                row_sum[q] = v_add(row_sum[q], g);
                most[q] = PAIRS ? power_larger(most[q], g) : most[q];
                square[q] = PAIRS ? v_fma(g, g, square[q]) : square[q];
                row_product[q] = v_fma(g, v_sub(v_load(z + at), mean[q]), row_product[q]);
            }
        }
        UNROLL
        for (int q = 0; q < vectors; q++) {
            sum[q] = v_add(sum[q], row_sum[q]);
            product[q] = v_add(product[q], row_product[q]);
        }
    }
    UNROLL
    for (int q = 0; q < vectors; q++) {
        v_store(lanes[0], sum[q]);
        v_store(lanes[1], product[q]);
        if (PAIRS) {
            const size_t at = (size_t)image * co + c + (size_t)q * LANES;
            v_store(wino->scratch.most + at, most[q]);
            v_store(wino->scratch.square + at, square[q]);
        }
        for (int l = 0; l < LANES; l++) {
            out[q * LANES + l] = (double)lanes[0][l];
            out[co + (size_t)(q * LANES + l)] = (double)lanes[1][l];
        }
    }
}

static void wino_gradient_sums(void *context, int image)
{
    const wino_layer *wino = context;
    const size_t co = (size_t)wino->co;
    size_t c = 0;
    for (; c + 4 * LANES <= co; c += 4 * LANES) {
        wino_gradient_sums_of(wino, image, c, 4);
    }
    for (; c < co; c += LANES) {
        wino_gradient_sums_of(wino, image, c, 1);
    }
}

/* Gradients of gamma and beta, and dz = scale g + c0 + c1 (z - mean). */
static void wino_gradient_statistics(const wino_layer *wino)
{
    fal_norm_gradient(wino->call, wino->state.image_sums, (size_t)wino->n,
                      (double)wino->grid.h * wino->grid.w * wino->n, &wino->state.channel.bn);
    wino_find_powers_z(wino);
}

#endif
