/* The forward half of the first layer: statistics from the patches, then convolution, pooling and ReLU in one go. */
#ifndef FAL_NN_KERNELS_IMAGE_FORWARD_INC_H
#define FAL_NN_KERNELS_IMAGE_FORWARD_INC_H

#include "moments.inc.h"
#include "tiles.inc.h"
#include "../norm.h"

/* Batch statistics of z, running statistics, folded weights; for 16 output channels. */
static void image_statistics(void *context, int number)
{
    image_layer *layer = context;
    const fal_conv_call *call = layer->call;
    const size_t taps = (size_t)layer->taps, co = (size_t)layer->co, from = (size_t)number * 16;
    const double values = (double)layer->n * layer->h * layer->w;
    double mean[16] = {0}, var[16] = {0};
    for (size_t t1 = 0; t1 < taps; t1++) {
        double spread[16] = {0};
        for (size_t t2 = 0; t2 < taps; t2++) {
            const double entry = layer->state.covariance[t1 * taps + t2];
            for (size_t o = 0; o < 16; o++) {
                spread[o] += entry * (double)call->weight[(from + o) * taps + t2];
            }
        }
        for (size_t o = 0; o < 16; o++) {
            const double w = (double)call->weight[(from + o) * taps + t1];
            layer->state.spread[t1 * co + from + o] = spread[o];
            var[o] += w * spread[o];
            mean[o] += w * layer->state.tap_sum[t1] / values;
        }
    }
    for (size_t o = 0; o < 16; o++) {
        const size_t c = from + o;
        const double variance = var[o] < 0 ? 0 : var[o]; /* rounding, where all patches are alike */
        const double rstd = 1 / sqrt(variance + FAL_BN_EPS), scale = (double)call->gamma[c] * rstd;
        const double unbiased = values > 1 ? variance * values / (values - 1) : variance;
        const double bias = call->bias == NULL ? 0 : (double)call->bias[c];
        layer->state.mean[c] = mean[o];
        layer->state.rstd[c] = rstd;
        layer->state.shift[c] = (float)((double)call->beta[c] - mean[o] * scale);
        call->mean[c] = (float)((1 - FAL_BN_MOMENTUM) * (double)call->mean[c] + FAL_BN_MOMENTUM * (mean[o] + bias));
        call->var[c] = (float)((1 - FAL_BN_MOMENTUM) * (double)call->var[c] + FAL_BN_MOMENTUM * unbiased);
        image_fold(layer, c, scale);
    }
}

/* Loops over so few channels are better unrolled. */
INLINE void image_forward(const image_layer *layer, int image, const bool keep)
{
    switch (layer->ci) {
    case 1:
        image_convolve(layer, image, 1, keep);
        break;
    case 2:
        image_convolve(layer, image, 2, keep);
        break;
    case 3:
        image_convolve(layer, image, 3, keep);
        break;
    default:
        image_convolve(layer, image, IMAGE_CHANNELS, keep);
        break;
    }
}

static void image_train(void *context, int image) { image_forward(context, image, true); }

static void image_infer(void *context, int image) { image_forward(context, image, false); }

static void image_forward_train(const fal_conv_call *call)
{
    image_layer layer;
    image_begin(call, &layer);
    image_moments(&layer);
    fal_parallel_for(layer.co / 16, image_statistics, &layer);
    fal_parallel_for(layer.n, image_train, &layer);
}

static void image_prepare_infer(const fal_conv_call *call)
{
    image_layer layer;
    image_begin(call, &layer);
    for (size_t c = 0; c < (size_t)layer.co; c++) {
        image_fold(&layer, c, fal_norm_fold(call, c, &layer.state.shift[c]));
    }
}

static void image_forward_infer(const fal_conv_call *call)
{
    image_layer layer;
    image_begin(call, &layer);
    fal_parallel_for(layer.n, image_infer, &layer);
}

#endif
