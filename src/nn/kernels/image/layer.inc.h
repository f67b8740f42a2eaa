/* The first layer, 3x3 on images of few channels: convolution, BN, ReLU and pooling without a full-resolution map.
 *
 * z is linear in the patches, so its batch statistics follow from theirs: mean = w . mean(patch) and var = w'
 * Cov(patch) w with 9 ci taps (moments.inc.h), in double. BN is folded into the weights before the convolution runs,
 * and only the pooled value and its position in the window are kept. Backward needs no z either (backward.inc.h).
 *
 * Tap number t = 9 c + 3 u + v as in PyTorch's weights; pixel (i, j) sees x[i + u - 1][j + v - 1][c]. */
#ifndef FAL_NN_KERNELS_IMAGE_LAYER_INC_H
#define FAL_NN_KERNELS_IMAGE_LAYER_INC_H

#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "../kernels.h"
#include "../simd/simd.h"

enum {
    IMAGE_CHANNELS = 4, /* of the image at most */
    IMAGE_TAPS = 9 * IMAGE_CHANNELS,
    MARGIN = 16,  /* zero floats left and right of a plane's row */
    IMAGE_OFF = 4 /* a position that passes no gradient: ReLU gave zero */
};

typedef struct {
    float *folded;       /* weights times scale in Winograd's positions, see tiles.inc.h */
    float *shift;        /* [co] */
    uint8_t *position;   /* [n][ho][wo][co]: which pixel of the window was the largest, or IMAGE_OFF */
    double *moments;     /* [FAL_PIECES][image_lags][5][LANES + ...], see moments.inc.h */
    double *piece_sums;  /* [FAL_PIECES][taps + 1][co]: sums of g patch, and of g */
    double *tap_sum;     /* [taps] sum of patches over all pixels of the batch */
    double *covariance;  /* [taps][taps] of patches */
    double *spread;      /* [taps][co] covariance times weights */
    double *mean, *rstd; /* [co] of z */
} image_state;

typedef struct {
    const fal_conv_call *call;
    image_state state;
    int ci, co, h, w, ho, wo, n, taps;
    int th, tw;                                 /* tiles of 4 x 4 outputs */
    size_t stride, plane;                       /* of a plane with margins, in floats */
    size_t phase_row, phases, tile_row;         /* tiles.inc.h */
    size_t planes, columns;                     /* moments.inc.h */
    size_t plane_row, padded, table_row, table; /* backward.inc.h */
    size_t thread_bytes;                        /* of a thread */
} image_layer;

/* Pairs of planes and offsets between taps: one channel with itself needs half of the 25 offsets, two channels all, and
 * the plain sums are a pair with a plane of ones. */
INLINE int image_lags(int ci) { return 13 * ci + 25 * (ci * (ci - 1) / 2) + ci; }

enum { LAG_DOUBLES = 5 * LANES + 4 };

static void image_sizes(const fal_layer *shape, image_layer *layer)
{
    const size_t h = (size_t)shape->h, w = (size_t)shape->w, ci = (size_t)shape->ci;
    layer->ci = shape->ci;
    layer->co = shape->co;
    layer->h = shape->h;
    layer->w = shape->w;
    layer->ho = shape->ho;
    layer->wo = shape->wo;
    layer->taps = 9 * shape->ci;
    layer->th = (shape->h + 3) / 4;
    layer->tw = (shape->w + 3) / 4;
    layer->stride = (w + 15) / 16 * 16 + 2 * MARGIN;
    layer->plane = (h + 4) * layer->stride;
    layer->planes = (ci + 1) * layer->plane;
    layer->columns = (ci + 1) * 6 * ((h + 15) / 16 * 16 + 2 * MARGIN);
    layer->phase_row = (ci * 4 * (size_t)(layer->tw + 1) + 15) / 16 * 16;
    layer->phases = (size_t)(4 * layer->th + 2) * layer->phase_row;
    layer->tile_row = ((size_t)layer->tw + 15) / 16 * 16;
    layer->plane_row = (w + 2 + 15) / 16 * 16;
    layer->padded = ci * (h + 2) * layer->plane_row;
    layer->table_row = (size_t)(2 * shape->wo + 4) / 4 * 16;
    layer->table = ci * (size_t)(2 * shape->ho + 1) * layer->table_row;
    const size_t moments = layer->planes + layer->columns;
    const size_t gradient = layer->padded + layer->table;
    const size_t tiles = layer->phases + 6 * layer->phase_row + 36 * ci * layer->tile_row + 4 * MARGIN;
    const size_t most = moments > gradient ? moments : gradient;
    layer->thread_bytes = fal_arena_round(((most > tiles ? most : tiles) + 16) * sizeof(float));
}

static size_t image_layout(const image_layer *layer, const fal_kernel_use *use, unsigned char *base, image_state *state)
{
    const size_t taps = (size_t)layer->taps, co = (size_t)layer->co;
    size_t used = 0;
    state->folded = fal_kernels_take(base, &used, 4 * taps * co * sizeof(float));
    state->shift = fal_kernels_take(base, &used, co * sizeof(float));
    if (use->training) {
        state->position = fal_kernels_take(base, &used, (size_t)use->batch * (size_t)(layer->ho * layer->wo) * co);
        state->moments =
            fal_kernels_take(base, &used, FAL_PIECES * (size_t)image_lags(layer->ci) * LAG_DOUBLES * sizeof(double));
        state->piece_sums = fal_kernels_take(base, &used, FAL_PIECES * (taps + 1) * co * sizeof(double));
        state->tap_sum = fal_kernels_take(base, &used, taps * sizeof(double));
        state->covariance = fal_kernels_take(base, &used, taps * taps * sizeof(double));
        state->spread = fal_kernels_take(base, &used, taps * co * sizeof(double));
        state->mean = fal_kernels_take(base, &used, co * sizeof(double));
        state->rstd = fal_kernels_take(base, &used, co * sizeof(double));
    }
    return used;
}

static fal_kernel_bytes image_plan(const fal_layer *shape, const fal_kernel_use *use)
{
    image_layer layer = {0};
    image_state state = {0};
    image_sizes(shape, &layer);
    return (fal_kernel_bytes){.state = image_layout(&layer, use, NULL, &state),
                              .scratch = (size_t)use->threads * layer.thread_bytes};
}

static void image_begin(const fal_conv_call *call, image_layer *layer)
{
    *layer = (image_layer){.call = call, .n = call->n};
    image_sizes(call->layer, layer);
    (void)image_layout(layer, call->use, call->state, &layer->state);
}

INLINE float *image_thread(const image_layer *layer)
{
    return fal_kernels_thread(layer->call->scratch, layer->thread_bytes, layer->call->use);
}

INLINE const float *image_pixels(const image_layer *layer, int image)
{
    return layer->call->images + (size_t)image * (size_t)(layer->h * layer->w * layer->ci);
}

#endif
