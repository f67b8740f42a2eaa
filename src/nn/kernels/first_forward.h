/* The forward half of the first layer: statistics from the patches, then convolution, pooling and ReLU in one go. */
#ifndef FAL_NN_KERNELS_FIRST_FORWARD_H
#define FAL_NN_KERNELS_FIRST_FORWARD_H

#include "first_moments.h"

/* Weights times scale, in the order in which a patch lies in memory. */
static void first_fold(first_layer *first, size_t o, double scale)
{
    const size_t ci = (size_t)first->ci, panel = (size_t)first->panel, taps = (size_t)first->taps;
    const float *w = first->call->weight + o * taps;
    float *out = first->state.folded + o / panel * taps * panel + o % panel;
    for (size_t uv = 0; uv < 9; uv++) {
        for (size_t c = 0; c < ci; c++) {
            out[(uv * ci + c) * panel] = (float)((double)w[9 * c + uv] * scale);
        }
    }
}

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

/* The four pixels of a window for `count` vectors of channels. */
INLINE void first_window(const float *patch, size_t row, int ci, const float *w, const int count, vec sum[4][4])
{
    const size_t right = (size_t)ci, below = row;
    UNROLL
    for (int q = 0; q < 4; q++) {
        UNROLL
        for (int k = 0; k < count; k++) {
            sum[q][k] = v_zero();
        }
    }
    for (int u = 0; u < 3; u++) {
        const float *x = patch + (size_t)u * row;
        for (int vc = 0; vc < 3 * ci; vc++, x++, w += count * LANES) {
            const vec value[4] = {v_set(x[0]), v_set(x[right]), v_set(x[below]), v_set(x[below + right])};
            UNROLL
            for (int k = 0; k < count; k++) {
                const vec weight = v_load(w + k * LANES);
                UNROLL
                for (int q = 0; q < 4; q++) {
                    sum[q][k] = v_fma(value[q], weight, sum[q][k]);
                }
            }
        }
    }
}

/* y and positions (NULL: not wanted) of an image. */
INLINE void first_image_forward(const first_layer *first, int image, const float *padded, const int count,
                                uint8_t *position)
{
    const size_t co = (size_t)first->co, panel = (size_t)(count * LANES), taps = (size_t)first->taps;
    for (int i = 0; i < first->ho; i++) {
        float *y = fal_map_pixel(&first->call->y, image, i, 0);
        for (int j = 0; j < first->wo; j++, y += co) {
            const float *patch = padded + (size_t)(2 * i) * first->padded_row + (size_t)(2 * j * first->ci);
            for (size_t o = 0; o < co; o += panel) {
                vec sum[4][4];
                first_window(patch, first->padded_row, first->ci, first->state.folded + o * taps, count, sum);
                UNROLL
                for (int k = 0; k < count; k++) {
                    const size_t at = o + (size_t)(k * LANES);
                    vec best = sum[0][k];
                    ivec which = i_set(0);
                    UNROLL
                    for (int q = 1; q < 4; q++) {
                        const vmask larger = v_greater(sum[q][k], best);
                        best = v_select(larger, sum[q][k], best);
                        which = i_select(larger, i_set(q), which);
                    }
                    v_store(y + at, v_relu(v_add(best, v_load(first->state.shift + at))));
                    if (position != NULL) {
                        i_store_bytes(position + at, which);
                    }
                }
            }
            position = position == NULL ? NULL : position + co;
        }
    }
}

static void first_forward_image(void *context, int image)
{
    const first_layer *first = context;
    float *padded = first_thread(first);
    uint8_t *position = first->state.position == NULL
                            ? NULL
                            : first->state.position + (size_t)image * (size_t)(first->ho * first->wo * first->co);
    first_pad(first, image, padded);
#ifdef __AVX512F__
    if (first->panel == 64) {
        first_image_forward(first, image, padded, 4, position);
    } else {
        first_image_forward(first, image, padded, 1, position);
    }
#else
    first_image_forward(first, image, padded, 2, position);
#endif
}

static void first_forward_train(const fal_conv_call *call)
{
    first_layer first;
    first_begin(call, &first);
    first_moments(&first);
    fal_parallel_for(first.co / 16, first_statistics_piece, &first);
    fal_parallel_for(first.n, first_forward_image, &first);
}

static void first_prepare_infer(const fal_conv_call *call)
{
    first_layer first;
    first_begin(call, &first);
    for (int c = 0; c < first.co; c++) {
        const double scale = (double)call->gamma[c] / sqrt((double)call->running_var[c] + FAL_BN_EPS);
        const double bias = call->bias == NULL ? 0 : (double)call->bias[c];
        first.state.shift[c] = (float)((double)call->beta[c] + (bias - (double)call->running_mean[c]) * scale);
        first_fold(&first, (size_t)c, scale);
    }
}

static void first_forward_infer(const fal_conv_call *call)
{
    first_layer first;
    first_begin(call, &first);
    first.state.position = NULL;
    fal_parallel_for(first.n, first_forward_image, &first);
}

#endif
