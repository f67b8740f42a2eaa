/* Depthwise 3x3 convolutions, stride 1 or 2, vectorised over channels.
 *
 * z costs nine multiplications per value, less than fetching it from memory, so it is never kept: each pass over x
 * computes it again, with the same operations in the same order and so the same bits. A layer has four such passes:
 * statistics, y, sums of the gradients, gradients. Within a pass a vector of channels walks along a few rows, three
 * columns of the window in registers. */
#ifndef FAL_NN_KERNELS_DEPTH_LAYER_H
#define FAL_NN_KERNELS_DEPTH_LAYER_H

#include "fal/base/parallel.h"

#include "batch_norm.h"

enum {
    SEGMENT = 64,      /* pixels of a row at once */
    CHUNK_PIXELS = 32, /* pixels, about, for which the weights of a vector of channels stay in registers */
    BUNCH_PIXELS = 256 /* pixels at least whose sums are made in float */
};

typedef struct {
    float *weights; /* [9][c] */
    float *shift;   /* [c] inference */
    bn_channels channel;
} depth_state;

typedef struct {
    double *sums;    /* [bunches][2][c] */
    float *gradient; /* [bunches][9][c] */
    float *threads;
} depth_scratch;

typedef struct {
    const fal_conv_call *call;
    depth_state state;
    depth_scratch scratch;
    int n, h, w, hc, wc, stride;
    int bunch, bunches; /* images summed at once */
    int rows;           /* of a chunk */
    size_t c;
    size_t dz_row; /* floats of a row of dz, which has a border */
    size_t thread_floats;
} depth_layer;

/** A thread's own. */
typedef struct {
    float *line; /* [3][c] */
    float *dz;   /* [hc + 2][wc + 2][c] of an image */
} depth_thread;

static void depth_sizes(const fal_layer *shape, const fal_kernel_use *use, depth_layer *layer)
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
    layer->rows = layer->wc < CHUNK_PIXELS ? CHUNK_PIXELS / layer->wc : 1;
    layer->dz_row = (size_t)(layer->wc + 2) * layer->c;
    layer->thread_floats = use->training ? 3 * layer->c + (size_t)(layer->hc + 2) * layer->dz_row : 0;
    layer->thread_floats = (layer->thread_floats + 15) / 16 * 16;
}

static fal_kernel_bytes depth_layout(depth_layer *layer, const fal_kernel_use *use, void *state, void *scratch)
{
    const size_t bunches = (size_t)layer->bunches;
    fal_kernel_bytes bytes = {0};
    layer->state.weights = bn_take(state, &bytes.state, 9 * layer->c * sizeof(float));
    layer->state.shift = bn_take(state, &bytes.state, layer->c * sizeof(float));
    if (use->training) {
        bn_layout(state, &bytes.state, layer->c, &layer->state.channel);
        layer->scratch.sums = bn_take(scratch, &bytes.scratch, bunches * 2 * layer->c * sizeof(double));
        layer->scratch.gradient = bn_take(scratch, &bytes.scratch, bunches * 9 * layer->c * sizeof(float));
        layer->scratch.threads =
            bn_take(scratch, &bytes.scratch, (size_t)use->threads * layer->thread_floats * sizeof(float));
    }
    return bytes;
}

static fal_kernel_bytes depth_plan(const fal_layer *shape, const fal_kernel_use *use)
{
    depth_layer layer = {0};
    depth_sizes(shape, use, &layer);
    return depth_layout(&layer, use, NULL, NULL);
}

static void depth_begin(const fal_conv_call *call, depth_layer *layer)
{
    *layer = (depth_layer){.call = call, .n = call->n};
    depth_sizes(call->layer, call->use, layer);
    (void)depth_layout(layer, call->use, call->state, call->scratch);
    layer->bunches = (call->n + layer->bunch - 1) / layer->bunch;
}

INLINE depth_thread depth_thread_of(const depth_layer *layer)
{
    const int thread = fal_parallel_thread();
    FAL_ASSERT(thread < layer->call->use->threads);
    float *own = layer->scratch.threads + (size_t)thread * layer->thread_floats;
    return (depth_thread){.line = own, .dz = own + 3 * layer->c};
}

INLINE int depth_bunch_end(const depth_layer *layer, int bunch)
{
    const int end = (bunch + 1) * layer->bunch;
    return end < layer->n ? end : layer->n;
}

INLINE void depth_weights_of(const depth_layer *layer, const float *weights, size_t c, vec w[9])
{
    UNROLL
    for (size_t tap = 0; tap < 9; tap++) {
        w[tap] = v_load(weights + tap * layer->c + c);
    }
}

INLINE void depth_column(const float *x, size_t row, vec column[3])
{
    UNROLL
    for (size_t a = 0; a < 3; a++) {
        column[a] = v_load(x + a * row);
    }
}

/* z of `count` pixels of a row: x is the top left corner of the first window, `row` and `pixel` the distances of
 * neighbours. */
INLINE void depth_slide(const float *x, size_t row, size_t pixel, const int stride, int count, const vec w[9],
                        float (*z)[LANES])
{
    vec left[3], middle[3], right[3];
    depth_column(x, row, left);
    if (stride == 1) {
        depth_column(x + pixel, row, middle);
    }
    x += 2 * pixel;
    for (int j = 0; j < count; j++, x += (size_t)stride * pixel) {
        if (stride == 2) {
            depth_column(x - pixel, row, middle);
        }
        depth_column(x, row, right);
        vec sum = v_mul(w[0], left[0]);
        sum = v_fma(w[1], middle[0], sum);
        sum = v_fma(w[2], right[0], sum);
        vec second = v_mul(w[3], left[1]);
        second = v_fma(w[4], middle[1], second);
        second = v_fma(w[5], right[1], second);
        vec third = v_mul(w[6], left[2]);
        third = v_fma(w[7], middle[2], third);
        third = v_fma(w[8], right[2], third);
        v_store(z[j], v_add(v_add(sum, second), third));
        UNROLL
        for (int a = 0; a < 3; a++) {
            left[a] = stride == 1 ? middle[a] : right[a];
            middle[a] = right[a];
        }
    }
}

/* z of pixels (i, j) .. (i, j + count - 1) of an image, channels c ... */
INLINE void depth_z(const depth_layer *layer, int image, int i, int j, int count, size_t c, const vec w[9],
                    float (*z)[LANES])
{
    const fal_map *map = &layer->call->x;
    const size_t row = (size_t)map->columns * layer->c;
    const float *x = fal_map_pixel(map, image, i * layer->stride - 1, j * layer->stride - 1) + c;
    if (layer->stride == 1) {
        depth_slide(x, row, layer->c, 1, count, w, z);
    } else {
        depth_slide(x, row, layer->c, 2, count, w, z);
    }
}

/* 3x3, padded, each channel by itself, whole vectors of them, no pooling, no residual. */
static bool depth_fits(const fal_layer *layer)
{
    return layer->kind == FAL_LAYER_CONV && layer->kernel == 3 && layer->pad == 1 &&
           (layer->stride == 1 || layer->stride == 2) && layer->groups == layer->ci && layer->ci == layer->co &&
           layer->co % 16 == 0 && !layer->max_pool && layer->residual < 0;
}

#endif
