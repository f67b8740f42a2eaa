/* The first layer, 3x3 on images of few channels: convolution, BN, ReLU and pooling without a full-resolution map.
 *
 * z is linear in the patches, so its batch statistics follow from theirs: mean = w . mean(patch) and var = w'
 * Cov(patch) w with 9 ci taps (first_moments.h), in double. BN is folded into the weights before the convolution runs,
 * and only the pooled value and its position in the window are kept. Backward needs no z either (first_backward.h).
 *
 * Tap number t = 9 c + 3 u + v as in PyTorch's weights; pixel (i, j) sees x[i + u - 1][j + v - 1][c]. */
#ifndef FAL_NN_KERNELS_FIRST_LAYER_H
#define FAL_NN_KERNELS_FIRST_LAYER_H

#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "kernels.h"
#include "vector.h"

enum {
    FIRST_CHANNELS = 4, /* of the image at most */
    FIRST_TAPS = 9 * FIRST_CHANNELS,
    MARGIN = 16,  /* zero floats left and right of a plane's row */
    FIRST_OFF = 4 /* a position that passes no gradient: ReLU gave zero */
};

typedef struct {
    float *folded;       /* weights times scale in Winograd's positions, see first_tiles.h */
    float *shift;        /* [co] */
    uint8_t *position;   /* [n][ho][wo][co]: which pixel of the window was the largest, or FIRST_OFF */
    double *moments;     /* [FAL_PIECES][first_lags][5][LANES + ...], see first_moments.h */
    double *piece_sums;  /* [FAL_PIECES][taps + 1][co]: sums of g patch, and of g */
    double *tap_sum;     /* [taps] sum of patches over all pixels of the batch */
    double *covariance;  /* [taps][taps] of patches */
    double *spread;      /* [taps][co] covariance times weights */
    double *mean, *rstd; /* [co] of z */
} first_state;

typedef struct {
    const fal_conv_call *call;
    first_state state;
    int ci, co, h, w, ho, wo, n, taps;
    int th, tw;                                 /* tiles of 4 x 4 outputs */
    size_t stride, plane;                       /* of a plane with margins, in floats */
    size_t phase_row, phases, tile_row;         /* first_tiles.h */
    size_t planes, columns;                     /* first_moments.h */
    size_t plane_row, padded, table_row, table; /* first_backward.h */
    size_t thread_floats;
} first_layer;

/* Pairs of planes and offsets between taps: one channel with itself needs half of the 25 offsets, two channels all, and
 * the plain sums are a pair with a plane of ones. */
INLINE int first_lags(int ci) { return 13 * ci + 25 * (ci * (ci - 1) / 2) + ci; }

enum { LAG_DOUBLES = 5 * LANES + 4 };

static void first_sizes(const fal_layer *layer, first_layer *first)
{
    const size_t h = (size_t)layer->h, w = (size_t)layer->w, ci = (size_t)layer->ci;
    first->ci = layer->ci;
    first->co = layer->co;
    first->h = layer->h;
    first->w = layer->w;
    first->ho = layer->ho;
    first->wo = layer->wo;
    first->taps = 9 * layer->ci;
    first->th = (layer->h + 3) / 4;
    first->tw = (layer->w + 3) / 4;
    first->stride = (w + 15) / 16 * 16 + 2 * MARGIN;
    first->plane = (h + 4) * first->stride;
    first->planes = (ci + 1) * first->plane;
    first->columns = (ci + 1) * 6 * ((h + 15) / 16 * 16 + 2 * MARGIN);
    first->phase_row = (ci * 4 * (size_t)(first->tw + 1) + 15) / 16 * 16;
    first->phases = (size_t)(4 * first->th + 2) * first->phase_row;
    first->tile_row = ((size_t)first->tw + 15) / 16 * 16;
    first->plane_row = (w + 2 + 15) / 16 * 16;
    first->padded = ci * (h + 2) * first->plane_row;
    first->table_row = (size_t)(2 * layer->wo + 4) / 4 * 16;
    first->table = ci * (size_t)(2 * layer->ho + 1) * first->table_row;
    const size_t moments = first->planes + first->columns;
    const size_t gradient = first->padded + first->table;
    const size_t tiles = first->phases + 6 * first->phase_row + 36 * ci * first->tile_row + 4 * MARGIN;
    first->thread_floats = moments > gradient ? moments : gradient;
    first->thread_floats = (first->thread_floats > tiles ? first->thread_floats : tiles) + 16;
}

static size_t first_layout(const first_layer *first, const fal_kernel_use *use, unsigned char *base, first_state *state)
{
    const size_t taps = (size_t)first->taps, co = (size_t)first->co;
    size_t used = 0;
    state->folded = fal_kernels_take(base, &used, 4 * taps * co * sizeof(float));
    state->shift = fal_kernels_take(base, &used, co * sizeof(float));
    if (use->training) {
        state->position = fal_kernels_take(base, &used, (size_t)use->batch * (size_t)(first->ho * first->wo) * co);
        state->moments =
            fal_kernels_take(base, &used, FAL_PIECES * (size_t)first_lags(first->ci) * LAG_DOUBLES * sizeof(double));
        state->piece_sums = fal_kernels_take(base, &used, FAL_PIECES * (taps + 1) * co * sizeof(double));
        state->tap_sum = fal_kernels_take(base, &used, taps * sizeof(double));
        state->covariance = fal_kernels_take(base, &used, taps * taps * sizeof(double));
        state->spread = fal_kernels_take(base, &used, taps * co * sizeof(double));
        state->mean = fal_kernels_take(base, &used, co * sizeof(double));
        state->rstd = fal_kernels_take(base, &used, co * sizeof(double));
    }
    return used;
}

static fal_kernel_bytes first_plan(const fal_layer *layer, const fal_kernel_use *use)
{
    first_layer first = {0};
    first_state state = {0};
    first_sizes(layer, &first);
    return (fal_kernel_bytes){.state = first_layout(&first, use, NULL, &state),
                              .scratch = (size_t)use->threads * fal_arena_round(first.thread_floats * sizeof(float))};
}

static void first_begin(const fal_conv_call *call, first_layer *first)
{
    *first = (first_layer){.call = call, .n = call->n};
    first_sizes(call->layer, first);
    (void)first_layout(first, call->use, call->state, &first->state);
}

INLINE float *first_thread(const first_layer *first)
{
    const int thread = fal_parallel_thread();
    FAL_ASSERT(thread < first->call->use->threads);
    return (float *)first->call->scratch +
           (size_t)thread * (fal_arena_round(first->thread_floats * sizeof(float)) / sizeof(float));
}

INLINE const float *first_image(const first_layer *first, int image)
{
    return first->call->images + (size_t)image * (size_t)(first->h * first->w * first->ci);
}

#endif
