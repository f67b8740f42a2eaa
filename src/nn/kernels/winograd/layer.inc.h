/* What a Winograd layer keeps between calls, and where its tiles and weights lie. Shared by winograd/.
 *
 * Channels go in blocks of 64. Tiles, transformed (V of x, M of z, Z of dz): [block][36][tiles][width]. Transformed
 * weights: pairs of blocks, each [36][panels of columns][rows][panel]. Distances between positions are kept off
 * multiples of 4 KiB, or the 36 streams of a transform would share L1 sets.
 *
 * Two orders of work. By tiles, for many tiles and few channels: all transformed weights are kept, blocks of tiles that
 * fit L2 go through one after the other. By weights, for few tiles and many channels, whose transformed weights would
 * be larger than everything else (36 x 512 x 512 floats are 38 MB): all tiles are kept, and a block of weights is
 * transformed where it is used and forgotten; the gradient of a block is complete at once. */
#ifndef FAL_NN_KERNELS_WINOGRAD_LAYER_INC_H
#define FAL_NN_KERNELS_WINOGRAD_LAYER_INC_H

#include <string.h>

#include "fal/base/clock.h"
#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "../norm.h"
#include "pairs.inc.h"
#include "grid.inc.h"
#include "transform.inc.h"

enum {
    CHANNEL_BLOCK = 64,
    CHANNELS_LEAST = 16, /* the least that a thread takes */
    STEP_PAD = 16,       /* floats: one cache line */
    /* By tiles: tiles x channels of V and M of a block. With the weights (590 KiB for 64 channels) and what is fetched
     * ahead they fill a L2 of 1 MiB; more in backward, where every block reads and writes the sums of the weights. */
    FORWARD_FLOATS = 1536,
    BACKWARD_FLOATS = 3072,
    TILES_LEAST = 12, /* a multiple of 6 needs no edge rows */
    /* By weights if tiles (ci + co) <= 6 ci co: then it takes less memory, too. In inference, where the weights are
     * transformed once for many batches, only if they are large. */
    TILES_PER_WEIGHT = 6,
    INFERENCE_BLOCK_PAIRS = 4
};

/** Per channel, refreshed in each call. In inference bn.mean is the shift after folding and bn.scale what the weights
 * are multiplied by; nothing else is there. */
typedef struct {
    norm_channels bn;
    float *sign; /* -1, 0 or 1 as gamma: what pooling compares is sign z */
} wino_channels;

/** Powers of two and their inverses. */
typedef struct {
    float *to, *back;
} wino_power;

/** Products in pairs: what operands are multiplied by (powers.inc.h). */
typedef struct {
    wino_power u; /* [co] columns of the weights */
    wino_power x; /* [ci]; this and what follows in training alone */
    wino_power z; /* [co] the gradient of z */
    float *scale; /* [co] bn.scale by that */
} wino_powers;

typedef struct {
    float *u;           /* by tiles: transformed weights, pairs [ci block][co block] */
    float *z;           /* [n][rows of the tiles][columns][co] raw convolution */
    float *pooled;      /* with pooling: [n][ho][wo][co] its largest (gamma < 0: smallest) of each window */
    uint8_t *position;  /* with pooling: [n][ho][wo][co] which of the four that was */
    double *image_sums; /* [n][2][co] per image; added in image order */
    wino_channels channel;
    wino_powers power;
} wino_state;

/** Transformed tiles. */
typedef struct {
    float *at;
    int channels;
    size_t step, block; /* floats from position to position, from block to block */
} wino_tiles;

/** What lies in the scratch. */
typedef struct {
    float *ut;         /* by tiles: weights for dV = Z U', pairs [co block][ci block] */
    float *piece_sums; /* by tiles: [FAL_PIECES] sums of Z' V, pairs [co block][ci block] */
    wino_tiles v, z;   /* by weights: of the whole batch */
    /* Products in pairs: */
    wino_power image; /* inference, whose state many threads read: [n] of images of x */
    float *most;      /* training: [n][ci] largest x, then [n][co] largest gradients behind ReLU */
    float *square;    /* training: [n][co] sums of those gradients' squares */
    float *taps;      /* [ci][9] */
    float *threads;
} wino_scratch;

/** Steps of the backward pass; all but in measurements. */
enum { STEP_Z = 1, STEP_FILTERS = 2, STEP_DX = 4 };

typedef struct {
    const fal_conv_call *call;
    bool training; /* not: inference, which a state for training serves, too */
    int steps;
    double *apart; /* measuring on one thread: the seconds of transforms of weights are added here; else NULL */
    wino_state state;
    wino_scratch scratch;
    int ci, co, ho, wo, n;
    wino_grid grid;
    bool by_weights;
    int tiles_forward, tiles_backward; /* by tiles: most of a block; by weights: of the batch */
    size_t u_step, block_pairs;        /* between positions of a pair of blocks; pairs */
    size_t z_row, z_image, pooled_image;
    size_t thread_floats;
    int images_per_item;
    int item_width; /* by weights: channels that a thread takes at a time */
} wino_layer;

INLINE int wino_blocks(int channels) { return (channels + CHANNEL_BLOCK - 1) / CHANNEL_BLOCK; }

/* Channels of block b. */
INLINE int wino_width(int channels, int b)
{
    const int left = channels - b * CHANNEL_BLOCK;
    return left < CHANNEL_BLOCK ? left : CHANNEL_BLOCK;
}

INLINE wino_tiles wino_tiles_at(float *at, int channels, int tiles)
{
    wino_tiles set = {.at = at, .channels = channels};
    set.step = (size_t)tiles * (size_t)wino_width(channels, 0) + STEP_PAD;
    set.block = WINO_POSITIONS * set.step;
    return set;
}

INLINE size_t wino_tiles_floats(int channels, int tiles)
{
    return (size_t)wino_blocks(channels) * wino_tiles_at(NULL, channels, tiles).block;
}

INLINE float *wino_tiles_position(const wino_tiles *set, int b, size_t position, int slot)
{
    return set->at + (size_t)b * set->block + position * set->step + (size_t)(slot * wino_width(set->channels, b));
}

/* Position 0 of a slot, channel c. */
INLINE float *wino_tile_at(const wino_tiles *set, int slot, int c)
{
    return wino_tiles_position(set, c / CHANNEL_BLOCK, 0, slot) + c % CHANNEL_BLOCK;
}

INLINE size_t wino_block_pair_floats(const wino_layer *wino) { return WINO_POSITIONS * wino->u_step; }

/* Tiles of a block when V and what comes out have `channels` channels together: whole images if tiles are of several
 * sizes, so that each size comes in sixes. */
INLINE int wino_tiles_fitting(const wino_layer *wino, int floats, int channels)
{
    const int fitting = floats / channels, tiles = fitting < TILES_LEAST ? TILES_LEAST : fitting / 6 * 6;
    if (wino->grid.small == WINO_TILE) {
        return tiles;
    }
    const int images = tiles * WINO_POSITIONS / wino_grid_products(&wino->grid);
    return wino_grid_tiles(&wino->grid) * (images < 1 ? 1 : images < 3 ? images : (images + 5) / 6 * 6);
}

static void wino_sizes(const fal_layer *layer, const fal_kernel_use *use, wino_layer *wino)
{
    const size_t ci = (size_t)layer->ci, co = (size_t)layer->co;
    wino->ci = layer->ci;
    wino->co = layer->co;
    wino->ho = layer->ho;
    wino->wo = layer->wo;
    wino->grid = wino_grid_of(layer, use->training);
    const size_t rows = (size_t)wino_width(layer->ci, 0), columns = (size_t)wino_width(layer->co, 0);
    wino->u_step = rows * columns + STEP_PAD + (PAIRS ? (rows > columns ? rows : columns) : 0);
    wino->block_pairs = (size_t)wino_blocks(layer->ci) * (size_t)wino_blocks(layer->co);
    wino->z_row = (size_t)wino_grid_columns(&wino->grid) * co;
    wino->z_image = (size_t)wino_grid_rows(&wino->grid) * wino->z_row;
    wino->pooled_image = layer->max_pool ? (size_t)(layer->ho * layer->wo) * co : 0;
    const size_t tiles = (size_t)use->batch * (size_t)wino_grid_tiles(&wino->grid);
    wino->by_weights =
        tiles * (ci + co) <= TILES_PER_WEIGHT * ci * co && (use->training || wino->block_pairs > INFERENCE_BLOCK_PAIRS);
    wino->item_width = CHANNEL_BLOCK;
    if (wino->by_weights) {
        wino->tiles_forward = wino->tiles_backward = (int)tiles;
        wino->thread_floats = wino_block_pair_floats(wino) + wino_tiles_floats(CHANNEL_BLOCK, (int)tiles);
    } else {
        wino->tiles_forward = wino_tiles_fitting(wino, FORWARD_FLOATS, layer->ci + layer->co);
        wino->tiles_backward = wino_tiles_fitting(wino, BACKWARD_FLOATS, layer->ci + layer->co);
        const int most = use->training ? wino->tiles_backward : wino->tiles_forward;
        wino->thread_floats = wino_tiles_floats(layer->ci, most) + wino_tiles_floats(layer->co, most);
    }
}

static void wino_power_layout(void *base, size_t *used, size_t count, wino_power *power)
{
    power->to = fal_kernels_take(base, used, count * sizeof(float));
    power->back = fal_kernels_take(base, used, count * sizeof(float));
}

/* Lay the state out; returns its bytes. */
static size_t wino_layout(const wino_layer *wino, const fal_kernel_use *use, unsigned char *base, wino_state *state)
{
    const size_t images = (size_t)use->batch, co = (size_t)wino->co;
    wino_channels *channel = &state->channel;
    size_t used = 0;
    state->u = fal_kernels_take(
        base, &used, wino->by_weights ? 0 : wino->block_pairs * wino_block_pair_floats(wino) * sizeof(float));
    if (use->training) {
        state->z = fal_kernels_take(base, &used, images * wino->z_image * sizeof(float));
        state->pooled = fal_kernels_take(base, &used, images * wino->pooled_image * sizeof(float));
        state->position = fal_kernels_take(base, &used, images * wino->pooled_image);
        state->image_sums = fal_kernels_take(base, &used, images * 2 * co * sizeof(double));
        fal_norm_layout(base, &used, co, &channel->bn);
        channel->sign = fal_kernels_take(base, &used, co * sizeof(float));
    } else {
        channel->bn.mean = fal_kernels_take(base, &used, co * sizeof(float));
        channel->bn.scale = fal_kernels_take(base, &used, co * sizeof(float));
    }
    if (PAIRS) {
        wino_power_layout(base, &used, co, &state->power.u);
        wino_power_layout(base, &used, use->training ? (size_t)wino->ci : 0, &state->power.x);
        wino_power_layout(base, &used, use->training ? co : 0, &state->power.z);
        state->power.scale = fal_kernels_take(base, &used, use->training ? co * sizeof(float) : 0);
    }
    return used;
}

static size_t wino_scratch_layout(const wino_layer *wino, const fal_kernel_use *use, unsigned char *base,
                                  wino_scratch *scratch)
{
    const size_t weights = wino->block_pairs * wino_block_pair_floats(wino) * sizeof(float);
    size_t used = 0;
    if (wino->by_weights) {
        const int tiles = wino->tiles_forward;
        void *v = fal_kernels_take(base, &used, wino_tiles_floats(wino->ci, tiles) * sizeof(float));
        void *z = fal_kernels_take(base, &used, use->training ? wino_tiles_floats(wino->co, tiles) * sizeof(float) : 0);
        scratch->v = wino_tiles_at(v, wino->ci, tiles);
        scratch->z = wino_tiles_at(z, wino->co, tiles);
    } else if (use->training) {
        scratch->ut = fal_kernels_take(base, &used, weights);
        scratch->piece_sums = fal_kernels_take(base, &used, FAL_PIECES * weights);
    }
    if (PAIRS) {
        const size_t images = (size_t)use->batch, channels = (size_t)(wino->ci > wino->co ? wino->ci : wino->co);
        const size_t floats = use->training ? images * channels * sizeof(float) : 0;
        wino_power_layout(base, &used, images, &scratch->image);
        scratch->most = fal_kernels_take(base, &used, floats);
        scratch->square = fal_kernels_take(base, &used, floats);
        scratch->taps = fal_kernels_take(base, &used, (size_t)wino->ci * 9 * sizeof(float));
    }
    scratch->threads = fal_kernels_take(base, &used, (size_t)use->threads * wino->thread_floats * sizeof(float));
    return used;
}

static fal_kernel_bytes wino_plan(const fal_layer *layer, const fal_kernel_use *use)
{
    wino_layer wino = {0};
    wino_sizes(layer, use, &wino);
    return (fal_kernel_bytes){.state = wino_layout(&wino, use, NULL, &wino.state),
                              .scratch = wino_scratch_layout(&wino, use, NULL, &wino.scratch)};
}

static void wino_begin(const fal_conv_call *call, bool training, wino_layer *wino)
{
    *wino = (wino_layer){.call = call, .training = training, .n = call->n};
    wino->steps = STEP_Z | STEP_FILTERS | (call->dx.at == NULL ? 0 : STEP_DX);
    wino_sizes(call->layer, call->use, wino);
    (void)wino_layout(wino, call->use, call->state, &wino->state);
    (void)wino_scratch_layout(wino, call->use, call->scratch, &wino->scratch);
}

/* Items of whole images for the threads: one for one thread, else about four for each, but not so small that the last
 * block of tiles of a item, which is smaller, weighs. Images are independent: any split gives the same bits. */
static int wino_items(wino_layer *wino)
{
    const int tiles = wino_grid_tiles(&wino->grid), threads = wino->call->use->threads;
    const int least = (4 * wino->tiles_forward + tiles - 1) / tiles;
    const int share = threads == 1 ? wino->n : (wino->n + 4 * threads - 1) / (4 * threads);
    wino->images_per_item = share > least ? share : least;
    return (wino->n + wino->images_per_item - 1) / wino->images_per_item;
}

/* Cut `tiles` tiles into equal blocks of at most `most`, multiples of six where that fits, or whole images. */
INLINE int wino_even_block(const wino_layer *wino, int tiles, int most)
{
    const int blocks = (tiles + most - 1) / most,
              whole = wino->grid.small == WINO_TILE ? 6 : wino_grid_tiles(&wino->grid);
    const int even = ((tiles + blocks - 1) / blocks + whole - 1) / whole * whole;
    return even < most ? even : most;
}

/* The next block of at most `most` tiles, none at the end. */
INLINE wino_range wino_next_block(const wino_layer *wino, int first, int end, int most)
{
    return wino_range_of(&wino->grid, first, end - first < most ? end - first : most);
}

/* By weights: items of channels, narrower when there are more threads than blocks. */
static int wino_channel_items(wino_layer *wino, int channels)
{
    int width = CHANNEL_BLOCK;
    while (width > CHANNELS_LEAST && (channels + width - 1) / width < wino->call->use->threads) {
        width /= 2;
    }
    wino->item_width = width;
    return (channels + width - 1) / width;
}

/* Products forward, and of the weights' gradient. Those for dV = Z U' are never in pairs: gradients are so unequal from
 * tile to tile that the rounding of weights in pairs would weigh ten times as much in small ones. */
INLINE void wino_product_tiles(int rows, int k, int n, const float *a, const float *b, float *c, bool add,
                               product_ahead *ahead)
{
    if (PAIRS) {
        pairs_tiles(rows, k, n, a, b, c, add, ahead);
    } else {
        product_tiles(rows, k, n, a, b, c, add, ahead);
    }
}

INLINE void wino_product_outer(int m, int n, int k, const float *a, size_t a_k, const float *b, float *c, bool add,
                               product_ahead *ahead)
{
    if (PAIRS) {
        pairs_outer(m, n, k, a, a_k, b, c, add, ahead);
    } else {
        product_outer(m, n, k, a, a_k, b, c, add, ahead);
    }
}

INLINE double wino_apart_start(const wino_layer *wino) { return wino->apart == NULL ? 0.0 : fal_clock_seconds(); }

INLINE void wino_apart_end(const wino_layer *wino, double start)
{
    if (wino->apart != NULL) {
        *wino->apart += fal_clock_seconds() - start;
    }
}

INLINE float *wino_thread(const wino_layer *wino)
{
    return fal_kernels_thread(wino->scratch.threads, wino->thread_floats * sizeof(float), wino->call->use);
}

/* Slots of all tiles of the batch. */
INLINE wino_range wino_whole(const wino_layer *wino)
{
    return wino_range_of(&wino->grid, 0, wino->n * wino_grid_tiles(&wino->grid));
}

INLINE float *wino_z_at(const wino_layer *wino, int image, int i, int j)
{
    return wino->state.z + (size_t)image * wino->z_image + (size_t)i * wino->z_row + (size_t)j * (size_t)wino->co;
}

#endif
