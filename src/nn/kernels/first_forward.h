/* The forward half of the first layer: statistics from the patches, then convolution, pooling and ReLU in one go. */
#ifndef FAL_NN_KERNELS_FIRST_FORWARD_H
#define FAL_NN_KERNELS_FIRST_FORWARD_H

#include "first_moments.h"
#include "first_tiles.h"
#include "norm.h"

/* Batch statistics of z, running statistics, folded weights; for a piece of 16 output channels. */
static void first_statistics_piece(void *context, int piece)
{
    first_layer *first = context;
    const fal_conv_call *call = first->call;
    const size_t taps = (size_t)first->taps, co = (size_t)first->co, from = (size_t)piece * 16;
    const double values = (double)first->n * first->h * first->w;
    double mean[16] = {0}, var[16] = {0};
    for (size_t t1 = 0; t1 < taps; t1++) {
        double spread[16] = {0};
        for (size_t t2 = 0; t2 < taps; t2++) {
            const double entry = first->state.covariance[t1 * taps + t2];
            for (size_t o = 0; o < 16; o++) {
                spread[o] += entry * (double)call->weight[(from + o) * taps + t2];
            }
        }
        for (size_t o = 0; o < 16; o++) {
            const double w = (double)call->weight[(from + o) * taps + t1];
            first->state.spread[t1 * co + from + o] = spread[o];
            var[o] += w * spread[o];
            mean[o] += w * first->state.tap_sum[t1] / values;
        }
    }
    for (size_t o = 0; o < 16; o++) {
        const size_t c = from + o;
        const double variance = var[o] < 0 ? 0 : var[o]; /* rounding, where all patches are alike */
        const double rstd = 1 / sqrt(variance + FAL_BN_EPS), scale = (double)call->gamma[c] * rstd;
        const double unbiased = values > 1 ? variance * values / (values - 1) : variance;
        const double bias = call->bias == NULL ? 0 : (double)call->bias[c];
        first->state.mean[c] = mean[o];
        first->state.rstd[c] = rstd;
        first->state.shift[c] = (float)((double)call->beta[c] - mean[o] * scale);
        call->mean[c] = (float)((1 - FAL_BN_MOMENTUM) * (double)call->mean[c] + FAL_BN_MOMENTUM * (mean[o] + bias));
        call->var[c] = (float)((1 - FAL_BN_MOMENTUM) * (double)call->var[c] + FAL_BN_MOMENTUM * unbiased);
        first_fold(first, c, scale);
    }
}

/* Loops over so few channels are better unrolled. */
INLINE void first_forward_image(const first_layer *first, int image, const bool keep)
{
    switch (first->ci) {
    case 1:
        first_convolve_image(first, image, 1, keep);
        break;
    case 2:
        first_convolve_image(first, image, 2, keep);
        break;
    case 3:
        first_convolve_image(first, image, 3, keep);
        break;
    default:
        first_convolve_image(first, image, FIRST_CHANNELS, keep);
        break;
    }
}

static void first_train_image(void *context, int image) { first_forward_image(context, image, true); }

static void first_infer_image(void *context, int image) { first_forward_image(context, image, false); }

static void first_forward_train(const fal_conv_call *call)
{
    first_layer first;
    first_begin(call, &first);
    first_moments(&first);
    fal_parallel_for(first.co / 16, first_statistics_piece, &first);
    fal_parallel_for(first.n, first_train_image, &first);
}

static void first_prepare_infer(const fal_conv_call *call)
{
    first_layer first;
    first_begin(call, &first);
    for (size_t c = 0; c < (size_t)first.co; c++) {
        first_fold(&first, c, fal_norm_fold(call, c, &first.state.shift[c]));
    }
}

static void first_forward_infer(const fal_conv_call *call)
{
    first_layer first;
    first_begin(call, &first);
    fal_parallel_for(first.n, first_infer_image, &first);
}

#endif
