/* The forward half of a direct convolution: products, statistics while z is in L2, BN + ReLU in one pass; inference
 * with BN folded into the weights and the rest in the product's last step. */
#ifndef FAL_NN_KERNELS_GEMM_FORWARD_INC_H
#define FAL_NN_KERNELS_GEMM_FORWARD_INC_H

#include "layer.inc.h"

typedef struct {
    gemm_layer *layer;
    bool fold;
    float scale; /* pairs: of all weights */
} gemm_weight_work;

enum { PACK_CHANNELS = 16 }; /* output channels at once: the weights read and written meanwhile fit L1 */

/* Weights of PACK_CHANNELS output channels, in the order in which a window lies in a map. */
static void gemm_pack_channels(void *context, int number)
{
    const gemm_weight_work *work = context;
    const gemm_layer *layer = work->layer;
    const size_t ci = (size_t)layer->ci, taps = (size_t)layer->taps, panel = (size_t)layer->panel;
    const size_t first = (size_t)number * PACK_CHANNELS;
    const float *w = layer->call->weight + first * ci * taps;
    float *out = layer->state.weights + first / panel * panel * layer->panel_rows + first % panel;
    float factor[PACK_CHANNELS];
    for (size_t o = 0; o < PACK_CHANNELS; o++) {
        factor[o] = work->fold ? (float)fal_norm_fold(layer->call, first + o, &layer->state.shift[first + o]) : 1;
        factor[o] *= work->scale;
    }
    if (taps == 1 && ci % 8 == 0) {
        for (size_t i = 0; i < ci; i += 8) {
            for (size_t half = 0; half < 2; half++) {
                const float *from[8];
                for (size_t o = 0; o < 8; o++) {
                    from[o] = w + (8 * half + o) * ci + i;
                }
                transpose_block(from, factor + 8 * half, out + i * panel + 8 * half, panel);
            }
        }
        return;
    }
    for (size_t i = 0; i < ci; i++) {
        for (size_t tap = 0; tap < taps; tap++) {
            for (size_t o = 0; o < PACK_CHANNELS; o++) {
                out[(tap * ci + i) * panel + o] = w[(o * ci + i) * taps + tap] * factor[o];
            }
        }
    }
}

/* Pairs: the sums of a panel's columns. */
static void gemm_pack_own(void *context, int number)
{
    const gemm_layer *layer = context;
    float *panel = layer->state.weights + (size_t)(number * layer->panel) * layer->panel_rows;
    gemm_panel_own(panel, layer->ci);
}

/* Root mean square of the weights, roughly: of some output channels. */
static double gemm_weight_size(const gemm_layer *layer, bool fold)
{
    enum { CHANNELS = 16 };
    const size_t count = (size_t)(layer->ci * layer->taps);
    double square = 0;
    for (size_t i = 0; i < CHANNELS; i++) {
        const size_t o = i * (size_t)layer->co / CHANNELS;
        const float *w = layer->call->weight + o * count;
        float shift = 0, lane[LANES];
        vec sum = v_zero();
        for (size_t k = 0; k < count; k += LANES) {
            sum = v_fma(v_load(w + k), v_load(w + k), sum);
        }
        v_store(lane, sum);
        const double factor = fold ? fal_norm_fold(layer->call, o, &shift) : 1;
        for (int l = 0; l < LANES; l++) {
            square += factor * factor * (double)lane[l];
        }
    }
    return sqrt(square / (double)(CHANNELS * count));
}

static void gemm_pack_weights(gemm_layer *layer, bool fold)
{
    gemm_weight_work work = {layer, fold, 1};
    if (PAIRS) {
        work.scale = pairs_factor(1, gemm_weight_size(layer, fold));
    }
    layer->state.scale[0] = 1 / work.scale;
    fal_parallel_for(layer->co / PACK_CHANNELS, gemm_pack_channels, &work);
    if (PAIRS) {
        fal_parallel_for(layer->co / layer->panel, gemm_pack_own, layer);
    }
}

/* Products are cut into parts of the rows, and those into ranges of panels where parts are few. */
static int gemm_column_ranges(const gemm_layer *layer, int parts)
{
    const int wanted = (layer->items + parts - 1) / parts, panels = layer->co / layer->panel;
    return wanted > panels ? panels : wanted;
}

/* Where rows r0 .. r0 + rows - 1 are read and written; entries beyond the last are read again and written aside. */
static void gemm_fill_tables(const gemm_layer *layer, int64_t r0, int rows, bool infer, const gemm_thread *own)
{
    const fal_conv_call *call = layer->call;
    const size_t co = (size_t)layer->co, row = (size_t)call->x.columns * (size_t)layer->ci;
    gemm_place at = gemm_place_of(r0, call->layer->hc, call->layer->wc);
    for (int r = 0; r < rows; r++, gemm_next(&at)) {
        const float *x =
            fal_map_pixel(&call->x, at.image, at.i * layer->stride - layer->pad, at.j * layer->stride - layer->pad);
        for (int run = 0; run < layer->kernel; run++) {
            own->a[(size_t)run * layer->table + (size_t)r] = x + (size_t)run * row;
        }
        own->c[r] = infer ? fal_map_pixel(&call->y, at.image, at.i, at.j) : layer->state.z + (size_t)(r0 + r) * co;
    }
    for (int r = rows; r < rows + 2 * GEMM_ROWS; r++) {
        for (int run = 0; run < layer->kernel; run++) {
            const float **a = own->a + (size_t)run * layer->table;
            a[r] = a[rows - 1];
        }
        own->c[r] = own->line;
    }
}

typedef struct {
    const gemm_layer *layer;
    bool infer;
    int ranges;
} gemm_forward_work;

/* Sums of z of one panel over the rows of a part. */
static void gemm_part_statistics(const gemm_layer *layer, int part, int rows, size_t column)
{
    const size_t co = (size_t)layer->co;
    double *sums = layer->scratch.sums + (size_t)part * 2 * co;
    const float *z = layer->state.z + (size_t)part * (size_t)layer->part * co;
    memset(sums + column, 0, (size_t)layer->panel * sizeof *sums);
    memset(sums + co + column, 0, (size_t)layer->panel * sizeof *sums);
    bn_sum_pixels(z + column, rows, co, (size_t)layer->panel, co, sums + column);
}

static void gemm_forward_item(void *context, int item)
{
    const gemm_forward_work *work = context;
    const gemm_layer *layer = work->layer;
    const gemm_thread own = gemm_thread_of(layer);
    const int part = item / work->ranges, range = item % work->ranges, panels = layer->co / layer->panel;
    const int64_t r0 = (int64_t)part * layer->part, all = (int64_t)layer->n * layer->pixels;
    const int rows = all - r0 < layer->part ? (int)(all - r0) : layer->part;
    gemm_fill_tables(layer, r0, rows, work->infer, &own);
    gemm_product product = {.runs = layer->kernel,
                            .k = layer->kernel * layer->ci,
                            .a = own.a,
                            .a_run = layer->table,
                            .c = own.c,
                            .relu = layer->call->layer->relu,
                            .packed = own.packed,
                            .own = own.own,
                            .table = layer->table,
                            .scale = layer->state.scale[0]};
    for (int number = panels * range / work->ranges; number < panels * (range + 1) / work->ranges; number++) {
        const size_t column = (size_t)number * (size_t)layer->panel;
        product.b = layer->state.weights + column * layer->panel_rows;
        product.fetch = number == panels * range / work->ranges;
        product.shift = work->infer ? layer->state.shift + column : NULL;
        gemm_rows(layer->panel, rows, &product, column);
        if (!work->infer) {
            gemm_part_statistics(layer, part, rows, column);
        }
    }
}

static int gemm_products(const gemm_layer *layer, bool infer)
{
    const int parts = gemm_parts(layer, (int64_t)layer->n * layer->pixels);
    gemm_forward_work work = {layer, infer, gemm_column_ranges(layer, parts)};
    fal_parallel_for(parts * work.ranges, gemm_forward_item, &work);
    return parts;
}

/* BN and ReLU of an image, from z to y. */
static void gemm_finish_image(void *context, int image)
{
    const gemm_layer *layer = context;
    const fal_layer *shape = layer->call->layer;
    const norm_channels *channel = &layer->state.channel;
    const size_t co = (size_t)layer->co;
    const float *z = layer->state.z + (size_t)image * (size_t)layer->pixels * co;
    for (int i = 0; i < shape->hc; i++) {
        float *y = fal_map_pixel(&layer->call->y, image, i, 0);
        for (int j = 0; j < shape->wc; j++, z += co, y += co) {
            for (size_t c = 0; c < co; c += LANES) {
                const vec value = bn_apply(v_load(z + c), v_load(channel->mean + c), v_load(channel->scale + c),
                                           v_load(channel->beta + c));
                v_store(y + c, shape->relu ? v_relu(value) : value);
            }
        }
    }
}

static void gemm_forward_train(const fal_conv_call *call)
{
    gemm_layer layer;
    gemm_begin(call, &layer);
    gemm_pack_weights(&layer, false);
    const int parts = gemm_products(&layer, false);
    fal_norm_statistics(call, layer.scratch.sums, (size_t)parts, (double)layer.n * layer.pixels, &layer.state.channel);
    fal_parallel_for(layer.n, gemm_finish_image, &layer);
}

static void gemm_prepare_infer(const fal_conv_call *call)
{
    gemm_layer layer;
    gemm_begin(call, &layer);
    gemm_pack_weights(&layer, true);
}

static void gemm_forward_infer(const fal_conv_call *call)
{
    gemm_layer layer;
    gemm_begin(call, &layer);
    (void)gemm_products(&layer, true);
}

#endif
