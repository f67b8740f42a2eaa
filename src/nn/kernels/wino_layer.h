/* What a Winograd layer keeps between calls, and where its tiles lie. Shared by conv_wino_*.h. */
#ifndef FAL_NN_KERNELS_WINO_LAYER_H
#define FAL_NN_KERNELS_WINO_LAYER_H

#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "kernels.h"
#include "wino_gemm.h"
#include "wino_transform.h"

enum {
    TILE_BLOCK = 48,   /* tiles at once: V and M of a block stay near L2 size, a multiple of 6 needs no edge rows */
    STEP_PAD = 16,     /* floats that keep the distance of positions off multiples of 4 KiB */
    CHANNEL_PIECE = 16 /* channels that one thread takes in transforms of weights */
};

/** Per channel, refreshed in each call. */
typedef struct {
    float *mean;  /* of z over the batch; in inference: the shift after folding */
    float *scale; /* gamma / sqrt(var + eps) */
    float *beta;
    float *sign;    /* -1, 0 or 1 as gamma: what pooling compares is sign z */
    float *c0, *c1; /* backward: dz = scale g + c0 + c1 (z - mean) */
    double *rstd;
} wino_channels;

typedef struct {
    float *u;           /* [36][co / panel][ci][panel] transformed weights; positions u_step apart */
    float *ut;          /* the same of the transposed weights, for dV = Z U' */
    float *z;           /* [n][4 th][4 tw][co] raw convolution */
    float *pooled;      /* [n][ho][wo][co] its largest (gamma < 0: smallest) of each window */
    uint8_t *position;  /* [n][ho][wo][co] which of the four that was */
    double *image_sums; /* [n][2][co] per image; added in image order */
    float *piece_sums;  /* [FAL_PIECES][36][ci][co] sums of V' Z; positions u_step apart */
    wino_channels channel;
} wino_state;

typedef struct {
    const fal_conv_call *call;
    wino_state state;
    int ci, co, h, w, ho, wo, n;
    int th, tw; /* tiles of an image */
    size_t u_step, v_step, m_step;
    size_t z_image, pooled_image;
    size_t thread_floats; /* V and M of one thread */
    float *workspace;
    int images_per_unit;
} wino_layer;

INLINE int wino_tiles(int size) { return (size + WINO_TILE - 1) / WINO_TILE; }

/* Next piece of a state at base (NULL while planning). */
INLINE void *wino_take(unsigned char *base, size_t *used, size_t bytes)
{
    void *piece = base == NULL ? NULL : base + *used;
    *used += fal_arena_round(bytes);
    return piece;
}

static void wino_sizes(const fal_layer *layer, wino_layer *wino)
{
    wino->ci = layer->ci;
    wino->co = layer->co;
    wino->h = layer->hc;
    wino->w = layer->wc;
    wino->ho = layer->ho;
    wino->wo = layer->wo;
    wino->th = wino_tiles(layer->hc);
    wino->tw = wino_tiles(layer->wc);
    wino->u_step = (size_t)layer->ci * (size_t)layer->co + STEP_PAD;
    wino->v_step = (size_t)TILE_BLOCK * (size_t)layer->ci + STEP_PAD;
    wino->m_step = (size_t)TILE_BLOCK * (size_t)layer->co + STEP_PAD;
    wino->z_image = (size_t)(wino->th * wino->tw) * 16 * (size_t)layer->co;
    wino->pooled_image = (size_t)(layer->ho * layer->wo) * (size_t)layer->co;
    wino->thread_floats = WINO_POSITIONS * (wino->v_step + wino->m_step);
}

/* Lay the state out; returns its bytes. */
static size_t wino_layout(const wino_layer *wino, const fal_kernel_use *use, unsigned char *base, wino_state *state)
{
    const size_t images = (size_t)use->batch, co = (size_t)wino->co;
    const size_t weights = WINO_POSITIONS * wino->u_step * sizeof(float);
    wino_channels *channel = &state->channel;
    size_t used = 0;
    state->u = wino_take(base, &used, weights);
    channel->mean = wino_take(base, &used, co * sizeof(float));
    if (use->training) {
        state->ut = wino_take(base, &used, weights);
        state->z = wino_take(base, &used, images * wino->z_image * sizeof(float));
        state->pooled = wino_take(base, &used, images * wino->pooled_image * sizeof(float));
        state->position = wino_take(base, &used, images * wino->pooled_image);
        state->image_sums = wino_take(base, &used, images * 2 * co * sizeof(double));
        state->piece_sums = wino_take(base, &used, FAL_PIECES * weights);
        channel->scale = wino_take(base, &used, co * sizeof(float));
        channel->beta = wino_take(base, &used, co * sizeof(float));
        channel->sign = wino_take(base, &used, co * sizeof(float));
        channel->c0 = wino_take(base, &used, co * sizeof(float));
        channel->c1 = wino_take(base, &used, co * sizeof(float));
        channel->rstd = wino_take(base, &used, co * sizeof(double));
    }
    return used;
}

static fal_kernel_bytes wino_plan(const fal_layer *layer, const fal_kernel_use *use)
{
    wino_layer wino = {0};
    wino_state state = {0};
    wino_sizes(layer, &wino);
    const size_t weights = 9 * (size_t)layer->ci * (size_t)layer->co;
    const size_t work = (size_t)use->threads * wino.thread_floats;
    return (fal_kernel_bytes){.state = wino_layout(&wino, use, NULL, &state),
                              .scratch = (work + 2 * weights) * sizeof(float)};
}

static void wino_begin(const fal_conv_call *call, wino_layer *wino)
{
    *wino = (wino_layer){.call = call, .n = call->n};
    wino_sizes(call->layer, wino);
    (void)wino_layout(wino, call->use, call->state, &wino->state);
    wino->workspace = call->scratch;
}

/* Images are independent in the forward passes: any grouping gives the same bits. As many as fill a block of tiles,
 * but so that the units divide evenly over the threads. */
static int wino_units(wino_layer *wino)
{
    const int tiles = wino->th * wino->tw, threads = wino->call->use->threads;
    const int most = tiles < TILE_BLOCK ? TILE_BLOCK / tiles : 1;
    const int rounds = (wino->n + most * threads - 1) / (most * threads);
    const int units = rounds * threads;
    wino->images_per_unit = (wino->n + units - 1) / units;
    return (wino->n + wino->images_per_unit - 1) / wino->images_per_unit;
}

INLINE float *wino_thread_v(const wino_layer *wino)
{
    const int thread = fal_parallel_thread();
    FAL_ASSERT(thread < wino->call->use->threads);
    return wino->workspace + (size_t)thread * wino->thread_floats;
}

/** Where tile number `tile` of the batch lies: image, row and column of tiles. */
typedef struct {
    int image, i, j;
} wino_place;

INLINE wino_place wino_place_of(const wino_layer *wino, int tile)
{
    const int tiles = wino->th * wino->tw;
    const int inside = tile % tiles;
    return (wino_place){tile / tiles, inside / wino->tw, inside % wino->tw};
}

#endif
