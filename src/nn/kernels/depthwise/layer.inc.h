/* Depthwise 3x3 convolutions, stride 1 or 2, vectorised over channels.
 *
 * z costs nine multiplications per value, less than fetching it from memory, so it is never kept: each pass over x
 * computes it again, with the same operations in the same order and so the same bits. A layer has four such passes:
 * statistics, y, sums of the gradients, gradients.
 *
 * Maps are walked in chunks of a few rows (or a run of pixels of one). In a chunk one vector of channels after the
 * other passes over all pixels, its weights and three columns of the window in registers. That order jumps from pixel
 * to pixel in memory, at a third of the bandwidth of a straight walk, so meanwhile what the next chunk needs is fetched
 * ahead, straight. The border of zeros is neither read nor fetched: at 4x4 it is more than half of a map. */
#ifndef FAL_NN_KERNELS_DEPTHWISE_LAYER_INC_H
#define FAL_NN_KERNELS_DEPTHWISE_LAYER_INC_H

#include "fal/base/parallel.h"

#include "../batch_norm.inc.h"

enum {
    CHUNK_MOST = 64,   /* pixels of a chunk */
    CHUNK_PIXELS = 32, /* about so many, where rows are short */
    BUNCH_PIXELS = 256 /* pixels at least whose sums are made in float */
};

typedef struct {
    float *weights; /* [9][c] */
    float *shift;   /* [c] inference */
    norm_channels channel;
} depthwise_state;

typedef struct {
    double *sums;    /* [bunches][2][c] */
    float *gradient; /* [bunches][9][c] */
    float *threads;
} depthwise_scratch;

typedef struct {
    const fal_conv_call *call;
    depthwise_state state;
    depthwise_scratch scratch;
    int n, h, w, hc, wc, stride;
    int bunch, bunches; /* images summed at once */
    size_t c;
    size_t dz_row; /* floats of a row of dz */
    size_t thread_floats;
} depthwise_layer;

/** A thread's own. */
typedef struct {
    float *line; /* [3][c] */
    float *dz;   /* [hc][wc][c] of an image */
} depthwise_thread;

static void depthwise_sizes(const fal_layer *shape, const fal_kernel_use *use, depthwise_layer *layer)
{
    const int pixels = shape->hc * shape->wc;
    layer->h = shape->h;
    layer->w = shape->w;
    layer->hc = shape->hc;
    layer->wc = shape->wc;
    layer->stride = shape->stride;
    layer->c = (size_t)shape->co;
    layer->bunch = (BUNCH_PIXELS + pixels - 1) / pixels;
    layer->bunches = (use->batch + layer->bunch - 1) / layer->bunch;
    layer->dz_row = (size_t)layer->wc * layer->c;
    layer->thread_floats = use->training ? 3 * layer->c + (size_t)layer->hc * layer->dz_row : 0;
    layer->thread_floats = (layer->thread_floats + 15) / 16 * 16;
}

static fal_kernel_bytes depthwise_layout(depthwise_layer *layer, const fal_kernel_use *use, void *state, void *scratch)
{
    const size_t bunches = (size_t)layer->bunches;
    fal_kernel_bytes bytes = {0};
    layer->state.weights = fal_kernels_take(state, &bytes.state, 9 * layer->c * sizeof(float));
    layer->state.shift = fal_kernels_take(state, &bytes.state, layer->c * sizeof(float));
    if (use->training) {
        fal_norm_layout(state, &bytes.state, layer->c, &layer->state.channel);
        layer->scratch.sums = fal_kernels_take(scratch, &bytes.scratch, bunches * 2 * layer->c * sizeof(double));
        layer->scratch.gradient = fal_kernels_take(scratch, &bytes.scratch, bunches * 9 * layer->c * sizeof(float));
        layer->scratch.threads =
            fal_kernels_take(scratch, &bytes.scratch, (size_t)use->threads * layer->thread_floats * sizeof(float));
    }
    return bytes;
}

static fal_kernel_bytes depthwise_plan(const fal_layer *shape, const fal_kernel_use *use)
{
    depthwise_layer layer = {0};
    depthwise_sizes(shape, use, &layer);
    return depthwise_layout(&layer, use, NULL, NULL);
}

static void depthwise_begin(const fal_conv_call *call, depthwise_layer *layer)
{
    *layer = (depthwise_layer){.call = call, .n = call->n};
    depthwise_sizes(call->layer, call->use, layer);
    (void)depthwise_layout(layer, call->use, call->state, call->scratch);
    layer->bunches = (call->n + layer->bunch - 1) / layer->bunch;
}

INLINE depthwise_thread depthwise_thread_of(const depthwise_layer *layer)
{
    float *own = fal_kernels_thread(layer->scratch.threads, layer->thread_floats * sizeof(float), layer->call->use);
    return (depthwise_thread){.line = own, .dz = own + 3 * layer->c};
}

INLINE int depthwise_bunch_end(const depthwise_layer *layer, int bunch)
{
    const int end = (bunch + 1) * layer->bunch;
    return end < layer->n ? end : layer->n;
}

/** Pixels (i0 .. i1 - 1, j0 .. j0 + count - 1) of an image's z, or of dx. */
typedef struct {
    int image, i0, i1, j0, count;
} depthwise_chunk;

/* The next chunk of rows of w pixels, h rows; a chunk of all zeros begins. False after the last of the image. */
INLINE bool depthwise_next_chunk(int h, int w, depthwise_chunk *chunk)
{
    if (chunk->count > 0 && chunk->j0 + chunk->count < w) {
        chunk->j0 += chunk->count;
    } else {
        chunk->i0 = chunk->i1;
        chunk->j0 = 0;
    }
    const int rows = w < CHUNK_PIXELS ? CHUNK_PIXELS / w : 1;
    chunk->i1 = chunk->i0 + rows < h ? chunk->i0 + rows : h;
    chunk->count = w - chunk->j0 < CHUNK_MOST ? w - chunk->j0 : CHUNK_MOST;
    return chunk->i0 < h;
}

/** Where a window slides: pixel (0, 0) of a map of h x w, distances in floats. */
typedef struct {
    const float *at;
    int h, w;
    size_t row, pixel;
    int stride;
} depthwise_source;

INLINE void depthwise_column(const float *x, size_t row, const bool top, const bool bottom, vec column[3])
{
    column[0] = top ? v_load(x - row) : v_zero();
    column[1] = v_load(x);
    column[2] = bottom ? v_load(x + row) : v_zero();
}

/* The sum of a window: rows first, then together. */
INLINE vec depthwise_value(const vec column[3][3], const vec w[9], const bool top, const bool bottom)
{
    vec sum[3];
    UNROLL
    for (int a = 0; a < 3; a++) {
        sum[a] = v_mul(w[3 * a], column[0][a]);
        sum[a] = v_fma(w[3 * a + 1], column[1][a], sum[a]);
        sum[a] = v_fma(w[3 * a + 2], column[2][a], sum[a]);
    }
    return v_add(top && bottom ? v_add(sum[0], sum[2]) : top ? sum[0] : bottom ? sum[2] : v_zero(), sum[1]);
}

/** What the backward pass does with each z, while its window is in registers. */
typedef struct {
    const float *dy; /* of the row's first pixel; pixels lie as far apart as those of dz */
    float *dz;
    bool relu;
    vec mean, scale, beta, c0, c1;
    vec sum[9]; /* of dz x, for each tap */
} depthwise_gradient;

INLINE void depthwise_gradient_step(const vec column[3][3], vec z, size_t at, const bool top, const bool bottom,
                                    depthwise_gradient *gradient)
{
    const vec g = bn_active(bn_apply(z, gradient->mean, gradient->scale, gradient->beta), v_load(gradient->dy + at),
                            gradient->relu);
    const vec dz = v_fma(gradient->scale, g, v_fma(gradient->c1, v_sub(z, gradient->mean), gradient->c0));
    v_store(gradient->dz + at, dz);
    UNROLL
    for (int b = 0; b < 3; b++) {
        if (top) {
            gradient->sum[b] = v_fma(dz, column[b][0], gradient->sum[b]);
        }
        gradient->sum[3 + b] = v_fma(dz, column[b][1], gradient->sum[3 + b]);
        if (bottom) {
            gradient->sum[6 + b] = v_fma(dz, column[b][2], gradient->sum[6 + b]);
        }
    }
}

/** A run of pixels of a row of z. */
typedef struct {
    const float *x; /* the pixel under the middle of the first window */
    int count;
    bool left, right; /* there are pixels beyond the ends */
} depthwise_run;

/* z of one row, or (gradient != NULL) dz and its sums. */
INLINE void depthwise_row(const depthwise_source *source, const int stride, depthwise_run run, const vec w[9],
                          const bool top, const bool bottom, float (*z)[LANES], depthwise_gradient *gradient)
{
    const size_t row = source->row, pixel = source->pixel;
    const float *x = run.x;
    vec column[3][3];
    UNROLL
    for (int a = 0; a < 3; a++) {
        column[0][a] = v_zero();
    }
    if (run.left) {
        depthwise_column(x - pixel, row, top, bottom, column[0]);
    }
    if (stride == 1) {
        depthwise_column(x, row, top, bottom, column[1]);
    }
    for (int j = 0; j < run.count; j++, x += (size_t)stride * pixel) {
        if (stride == 2) {
            depthwise_column(x, row, top, bottom, column[1]);
        }
        if (j + 1 < run.count || run.right) {
            depthwise_column(x + pixel, row, top, bottom, column[2]);
        } else {
            UNROLL
            for (int a = 0; a < 3; a++) {
                column[2][a] = v_zero();
            }
        }
        const vec value = depthwise_value((const vec(*)[3])column, w, top, bottom);
        if (gradient == NULL) {
            v_store(z[j], value);
        } else {
            depthwise_gradient_step((const vec(*)[3])column, value, (size_t)j * pixel, top, bottom, gradient);
        }
        UNROLL
        for (int a = 0; a < 3; a++) {
            column[0][a] = stride == 1 ? column[1][a] : column[2][a];
            column[1][a] = column[2][a];
        }
    }
}

/* Row i of a chunk. */
INLINE void depthwise_chunk_row(const depthwise_source *source, const int stride, const depthwise_chunk *chunk, int i,
                                const vec w[9], size_t c, float (*z)[LANES], depthwise_gradient *gradient)
{
    const int xi = i * stride, xj = chunk->j0 * stride;
    const bool top = xi > 0, bottom = xi + 1 < source->h;
    const depthwise_run run = {.x = source->at + (size_t)xi * source->row + (size_t)xj * source->pixel + c,
                               .count = chunk->count,
                               .left = xj > 0,
                               .right = xj + (chunk->count - 1) * stride + 1 < source->w};
    if (top && bottom) {
        depthwise_row(source, stride, run, w, true, true, z, gradient);
    } else if (top) {
        depthwise_row(source, stride, run, w, true, false, z, gradient);
    } else if (bottom) {
        depthwise_row(source, stride, run, w, false, true, z, gradient);
    } else {
        depthwise_row(source, stride, run, w, false, false, z, gradient);
    }
}

/* `turned`: the window turned by 180 degrees. */
INLINE void depthwise_weights_of(const float *weights, bool turned, size_t channels, size_t c, vec w[9])
{
    UNROLL
    for (size_t tap = 0; tap < 9; tap++) {
        w[tap] = v_load(weights + (turned ? 8 - tap : tap) * channels + c);
    }
}

/* z [pixels of the chunk][LANES] of channels c .. c + LANES - 1. */
static void depthwise_z(const depthwise_source *source, const depthwise_chunk *chunk, const float *weights, bool turned,
                        size_t c, float (*z)[LANES])
{
    vec w[9];
    depthwise_weights_of(weights, turned, source->pixel, c, w);
    for (int i = chunk->i0; i < chunk->i1; i++, z += chunk->count) {
        if (source->stride == 1) {
            depthwise_chunk_row(source, 1, chunk, i, w, c, z, NULL);
        } else {
            depthwise_chunk_row(source, 2, chunk, i, w, c, z, NULL);
        }
    }
}

INLINE depthwise_source depthwise_input(const depthwise_layer *layer, int image)
{
    const fal_map *x = &layer->call->x;
    return (depthwise_source){.at = fal_map_pixel(x, image, 0, 0),
                              .h = layer->h,
                              .w = layer->w,
                              .row = (size_t)x->columns * layer->c,
                              .pixel = layer->c,
                              .stride = layer->stride};
}

/** Rows of a map that will be needed soon, fetched a few lines at a time. */
typedef struct {
    const char *at;
    size_t row, lines; /* bytes from a row to the next; cache lines of a row */
    size_t line, rows; /* next of the row; rows left */
} depthwise_ahead;

/* `rows` rows from row i on, going on in the next image. */
INLINE depthwise_ahead depthwise_ahead_of(const depthwise_layer *layer, const fal_map *map, int image, int i, int rows)
{
    if (i >= map->h) {
        image++;
        i -= map->h;
    }
    depthwise_ahead ahead = {.row = (size_t)map->columns * layer->c * sizeof(float),
                             .lines = (size_t)map->w * layer->c / 16};
    if (image < layer->n && i < map->h) {
        ahead.at = (const char *)fal_map_pixel(map, image, i, 0);
        ahead.rows = (size_t)(rows < map->h - i ? rows : map->h - i);
    }
    return ahead;
}

INLINE void depthwise_fetch(depthwise_ahead *ahead, size_t lines)
{
    for (; lines > 0 && ahead->rows > 0; lines--) {
        __builtin_prefetch(ahead->at + 64 * ahead->line, 0, 2); /* into L2: L1 is full of the chunk */
        if (++ahead->line == ahead->lines) {
            ahead->line = 0;
            ahead->rows--;
            ahead->at += ahead->row;
        }
    }
}

/** What the next chunk needs of x and of a map as large as y. */
typedef struct {
    depthwise_ahead x, y;
    size_t x_lines, y_lines; /* with each vector of channels */
} depthwise_fetcher;

INLINE depthwise_fetcher depthwise_fetch_next(const depthwise_layer *layer, const depthwise_chunk *chunk,
                                              const fal_map *y)
{
    const int rows = chunk->i1 - chunk->i0, s = layer->stride;
    depthwise_fetcher next = {0};
    if (chunk->j0 > 0) {
        return next; /* wide rows: the first chunk fetches for all */
    }
    next.x = depthwise_ahead_of(layer, &layer->call->x, chunk->image, chunk->i1 * s + 1, rows * s);
    next.x_lines = ((size_t)(rows * s * layer->w) * LANES + 15) / 16;
    if (y != NULL) {
        next.y = depthwise_ahead_of(layer, y, chunk->image, chunk->i1, rows);
        next.y_lines = ((size_t)(rows * layer->wc) * LANES + 15) / 16;
    }
    return next;
}

INLINE void depthwise_fetch_some(depthwise_fetcher *next)
{
    depthwise_fetch(&next->x, next->x_lines);
    depthwise_fetch(&next->y, next->y_lines);
}

/* 3x3, padded, each channel by itself, whole vectors of them, no pooling, no residual. */
static bool depthwise_fits(const fal_layer *layer)
{
    return layer->kind == FAL_LAYER_CONV && layer->kernel == 3 && layer->pad == 1 &&
           (layer->stride == 1 || layer->stride == 2) && layer->groups == layer->ci && layer->ci == layer->co &&
           layer->co % 16 == 0 && !layer->max_pool && layer->residual < 0;
}

#endif
