/* Convolutions without groups and without pooling as products on maps where they lie: 1x1, 3x3, stride 1 or 2, and the
 * first layer on images. What a layer keeps, where its pixels lie.
 *
 * Output pixels of the whole batch are numbered 0 .. n hc wc - 1 and are the rows of the products. A part of them goes
 * through at once, so that what it reads of x stays in L2 while all panels of weights pass by; how many depends on the
 * shape of the layer only. */
#ifndef FAL_NN_KERNELS_GEMM_LAYER_INC_H
#define FAL_NN_KERNELS_GEMM_LAYER_INC_H

#include "fal/base/memory.h"
#include "fal/base/parallel.h"

#include "../batch_norm.inc.h"
#include "products.inc.h"

enum {
    PART_FLOATS = (PAIRS ? 128 : 96) << 10, /* of x that a part reads, about: 512 or 384 KiB */
    PART_MOST = 480,                        /* rows of a part; multiples of 24 divide into register blocks */
    PART_LEAST = 48,
    PART_STEP = 24,
    ITEMS_LEAST = 8,          /* items that a product is cut into at least, if there are as many panels */
    GROUP_FLOATS = 128 << 10, /* of dz that is kept between its products: 512 KiB */
    GROUP_MOST = 512,         /* pixels of a group, or one image */
    OUTER_CHANNELS = 256,     /* output channels whose dz passes by a slice of x */
    OUTER_CHANNELS_FEW = 64,  /* the same where there are few slices */
    IMAGE_PARTS = 4,          /* of a group's pixels, each with sums of its own, in the first layer */
    PAIRS_LEAST = 64,         /* terms of the sums, and of those of dx */
    SLICE_PAD = 16,           /* floats */
    DZ_PAD = 16               /* floats that keep pixels of dz off multiples of 4 KiB */
};

typedef struct {
    float *weights; /* [co / panel][kernel][kernel ci][panel]; pairs: each with sums of its columns */
    float *shift;   /* [co] inference */
    float *scale;   /* pairs: [1] of the products, because the weights were scaled */
    float *z;       /* training: [n hc wc][co] */
    norm_channels channel;
} gemm_state;

typedef struct {
    double *sums;     /* [parts or bunches][2][co] */
    float *turned;    /* backward: weights for dx, see gemm_turn_weights */
    float *by_tap;    /* gradient of the weights [taps][co][ci]; first layer: [IMAGE_PARTS][patch][co] */
    float *dz;        /* of a group of images: [pixels][dz_row] */
    float *zeros;     /* a pixel beyond the edge */
    double *sizes;    /* pairs: [bunches] squares of dz, of a row of pixels of each image */
    float *own;       /* pairs: of dz [chunks of GEMM_PIXELS][co] */
    float *slices;    /* pairs: x of a group of images [ci / panel][pixels and a few floats][panel] */
    float *dz_factor; /* [co] pairs: scale, times the factor that brings dz to the size of x */
    unsigned char *threads;
} gemm_scratch;

typedef struct {
    const fal_conv_call *call;
    gemm_state state;
    gemm_scratch scratch;
    int ci, co, kernel, stride, pad, taps, n, pixels; /* pixels: of an output image */
    int panel, panel_in;                              /* of co and ci */
    size_t panel_rows, turned_rows;                   /* of a panel of weights, and of those for dx */
    bool on_images;                                   /* x are the images: no dx */
    int part, part_in, group;                         /* rows of a part of z and of dx; images of a group */
    int items;                                        /* items that rows of a product are cut into, at least */
    int bunch;                                        /* images whose gradients are summed at once */
    int patch;                                        /* first layer: values of a patch, rounded up to 4 */
    size_t dz_row;
    float dz_scale, turned_scale; /* pairs: powers of two that dz and the weights for dx are multiplied by */
    /* a thread's own */
    size_t table; /* entries of a table of rows */
    size_t thread_bytes, slice_at, line_at, own_at, tile_at, packed_at;
} gemm_layer;

typedef struct {
    const float **a; /* [taps or runs][table] */
    float **c;       /* [table] */
    float *slice;    /* x of a group's pixels, one panel wide; first layer: patches */
    float *line;     /* a row of c that nobody reads; sums of two rows of channels */
    float *own;      /* pairs: [1 + cuts][table] */
    float *packed;   /* pairs: rows of a, see gemm_product */
    float *tile;     /* pairs: of the weight gradient, OUTER_CHANNELS x panel */
} gemm_thread;

/* values: floats that a row brings in anew */
static int gemm_rows_of_part(int values)
{
    int rows = PART_FLOATS / values;
    rows = rows > PART_MOST ? PART_MOST : rows < PART_LEAST ? PART_LEAST : rows;
    return rows / PART_STEP * PART_STEP;
}

static int gemm_images_of_group(const gemm_layer *layer, int batch)
{
    int most = GROUP_FLOATS / layer->co;
    most = most > GROUP_MOST ? GROUP_MOST : most;
    /* A batch of twice as much goes at once: the sums of the weight gradient are large then, dz is not. */
    most = (int64_t)batch * layer->pixels <= 2 * (int64_t)most ? 2 * most : most;
    const int images = most / layer->pixels;
    return images < 1 ? 1 : images > batch ? batch : images;
}

static void gemm_sizes(const fal_layer *shape, const fal_kernel_use *use, gemm_layer *layer)
{
    layer->ci = shape->ci;
    layer->co = shape->co;
    layer->kernel = shape->kernel;
    layer->stride = shape->stride;
    layer->pad = shape->pad;
    layer->taps = shape->kernel * shape->kernel;
    layer->pixels = shape->hc * shape->wc;
    layer->on_images = shape->input < 0;
    layer->panel = gemm_panel(shape->co);
    layer->panel_in = layer->on_images ? layer->panel : gemm_panel(shape->ci);
    layer->panel_rows = (size_t)(layer->taps * shape->ci + gemm_own_rows(shape->ci));
    layer->turned_rows = (size_t)(layer->taps * shape->co + gemm_own_rows(shape->co));
    const int window = layer->stride * layer->stride, seen = layer->taps < window ? layer->taps : window;
    layer->part = gemm_rows_of_part(seen * layer->ci);
    layer->part_in = gemm_rows_of_part(layer->co);
    layer->group = gemm_images_of_group(layer, use->batch);
    layer->items = use->threads == 1 ? 1 : ITEMS_LEAST;
    layer->bunch = layer->pixels >= 64 ? 1 : (63 + layer->pixels) / layer->pixels;
    layer->patch = (layer->taps * layer->ci + 3) / 4 * 4;
    layer->dz_row = (size_t)layer->co + DZ_PAD;
}

/* Bytes of a thread's own part of the scratch. */
static void gemm_thread_sizes(gemm_layer *layer, bool training)
{
    const size_t group_rows = (size_t)layer->group * (size_t)layer->pixels;
    const size_t width = (size_t)(layer->on_images ? layer->patch : layer->panel_in);
    const size_t most = (size_t)(layer->co > layer->ci ? layer->co : layer->ci);
    layer->table = (size_t)((layer->part > layer->part_in ? layer->part : layer->part_in) + 2 * GEMM_ROWS);
    const size_t tables = ((size_t)layer->taps + 1) * layer->table * sizeof(float *);
    layer->slice_at = fal_arena_round(tables);
    layer->line_at = layer->slice_at + (training && !PAIRS ? fal_arena_round(group_rows * width * sizeof(float)) : 0);
    layer->own_at = layer->line_at + fal_arena_round(2 * most * sizeof(float));
    const int forward = gemm_own_rows(layer->ci), back = gemm_own_rows(layer->co);
    const size_t cuts = (size_t)(forward > back ? forward : back) + 1;
    layer->tile_at = layer->own_at + (PAIRS ? fal_arena_round(cuts * layer->table * sizeof(float)) : 0);
    layer->packed_at = layer->tile_at + (PAIRS && training ? OUTER_CHANNELS * PAIRS_PANEL * sizeof(float) : 0);
    const size_t packed = (size_t)layer->part * (size_t)layer->ci,
                 packed_in = (size_t)layer->part_in * (size_t)layer->co;
    const size_t longest = training && packed_in > packed ? packed_in : packed;
    layer->thread_bytes = layer->packed_at + (PAIRS ? fal_arena_round(longest * sizeof(float)) : 0);
}

static int gemm_parts(const gemm_layer *layer, int64_t rows) { return (int)((rows + layer->part - 1) / layer->part); }

/* Pairs: from a slice of x to the next; the odd floats keep slices off multiples of 4 KiB. */
INLINE size_t gemm_slice_floats(const gemm_layer *layer)
{
    return ((size_t)(layer->group * layer->pixels) + 1) * (size_t)layer->panel_in + SLICE_PAD;
}

static fal_kernel_bytes gemm_layout(gemm_layer *layer, const fal_kernel_use *use, void *state, void *scratch)
{
    const size_t co = (size_t)layer->co, weights = (size_t)(layer->taps * layer->ci) * co;
    const int64_t rows = (int64_t)use->batch * layer->pixels;
    fal_kernel_bytes bytes = {0};
    gemm_thread_sizes(layer, use->training);
    layer->state.weights = fal_kernels_take(state, &bytes.state, layer->panel_rows * co * sizeof(float));
    layer->state.shift = fal_kernels_take(state, &bytes.state, co * sizeof(float));
    layer->state.scale = fal_kernels_take(state, &bytes.state, sizeof(float));
    if (use->training) {
        const size_t parts = (size_t)gemm_parts(layer, rows), bunches = (size_t)use->batch;
        const size_t gradient = layer->on_images  ? IMAGE_PARTS * (size_t)layer->patch * co
                                : layer->taps > 1 ? weights
                                                  : 0;
        layer->state.z = fal_kernels_take(state, &bytes.state, (size_t)rows * co * sizeof(float));
        fal_norm_layout(state, &bytes.state, co, &layer->state.channel);
        gemm_scratch *own = &layer->scratch;
        own->sums =
            fal_kernels_take(scratch, &bytes.scratch, (parts > bunches ? parts : bunches) * 2 * co * sizeof(double));
        own->turned = fal_kernels_take(scratch, &bytes.scratch,
                                       layer->on_images ? 0 : layer->turned_rows * (size_t)layer->ci * sizeof(float));
        own->by_tap = fal_kernels_take(scratch, &bytes.scratch, gradient * sizeof(float));
        own->dz = fal_kernels_take(scratch, &bytes.scratch,
                                   (size_t)layer->group * (size_t)layer->pixels * layer->dz_row * sizeof(float));
        own->zeros = fal_kernels_take(scratch, &bytes.scratch, co * sizeof(float));
        if (PAIRS) {
            const size_t chunks = ((size_t)(layer->group * layer->pixels) + GEMM_PIXELS - 1) / GEMM_PIXELS;
            own->sizes = fal_kernels_take(scratch, &bytes.scratch, 2 * bunches * sizeof(double));
            own->own = fal_kernels_take(scratch, &bytes.scratch, chunks * co * sizeof(float));
            own->slices =
                fal_kernels_take(scratch, &bytes.scratch,
                                 (size_t)(layer->ci / layer->panel_in) * gemm_slice_floats(layer) * sizeof(float));
            own->dz_factor = fal_kernels_take(scratch, &bytes.scratch, co * sizeof(float));
        }
    }
    layer->scratch.threads = fal_kernels_take(scratch, &bytes.scratch, (size_t)use->threads * layer->thread_bytes);
    return bytes;
}

static fal_kernel_bytes gemm_plan(const fal_layer *shape, const fal_kernel_use *use)
{
    gemm_layer layer = {0};
    gemm_sizes(shape, use, &layer);
    return gemm_layout(&layer, use, NULL, NULL);
}

static void gemm_begin(const fal_conv_call *call, gemm_layer *layer)
{
    *layer = (gemm_layer){.call = call, .n = call->n};
    gemm_sizes(call->layer, call->use, layer);
    (void)gemm_layout(layer, call->use, call->state, call->scratch);
}

INLINE gemm_thread gemm_thread_of(const gemm_layer *layer)
{
    unsigned char *own = fal_kernels_thread(layer->scratch.threads, layer->thread_bytes, layer->call->use);
    const float **a = (const float **)(void *)own;
    return (gemm_thread){.a = a,
                         .c = (float **)(void *)(a + (size_t)layer->taps * layer->table),
                         .slice = (float *)(void *)(own + layer->slice_at),
                         .line = (float *)(void *)(own + layer->line_at),
                         .own = (float *)(void *)(own + layer->own_at),
                         .tile = (float *)(void *)(own + layer->tile_at),
                         .packed = (float *)(void *)(own + layer->packed_at)};
}

/** A place in a grid of pixels of several images, rows first. */
typedef struct {
    int image, i, j;
    int h, w;
} gemm_place;

INLINE gemm_place gemm_place_of(int64_t row, int h, int w)
{
    const int inside = (int)(row % (h * w));
    return (gemm_place){.image = (int)(row / (h * w)), .i = inside / w, .j = inside % w, .h = h, .w = w};
}

INLINE void gemm_next(gemm_place *place)
{
    if (++place->j == place->w) {
        place->j = 0;
        if (++place->i == place->h) {
            place->i = 0;
            place->image++;
        }
    }
}

/* Where pairs pay: sums long enough, and enough of them, that packing and the sums of rows and columns cost little
 * beside. Of 3x3 windows the packed rows would be nine times x. */
INLINE bool gemm_pairs_pay(const fal_layer *layer)
{
    return layer->kernel == 1 && layer->stride == 1 && layer->ci % PAIRS_PANEL == 0 && layer->co % PAIRS_PANEL == 0 &&
           layer->ci >= PAIRS_LEAST && layer->co >= PAIRS_LEAST;
}

/* 1x1 and 3x3, whole vectors of output channels, no groups, no pooling, no residual. */
static bool gemm_fits(const fal_layer *layer)
{
    const bool window = (layer->kernel == 1 && layer->pad == 0) || (layer->kernel == 3 && layer->pad == 1);
    return layer->kind == FAL_LAYER_CONV && window && (layer->stride == 1 || layer->stride == 2) &&
           layer->groups == 1 && layer->co % 16 == 0 && (layer->input < 0 || layer->ci % 16 == 0) && !layer->max_pool &&
           layer->residual < 0 && (!PAIRS || gemm_pairs_pay(layer));
}

#endif
