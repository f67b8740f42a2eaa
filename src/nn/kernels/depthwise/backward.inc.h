/* The backward half of a depthwise layer: sums of the gradients, then per image dz, its products with x, and dx. */
#ifndef FAL_NN_KERNELS_DEPTHWISE_BACKWARD_INC_H
#define FAL_NN_KERNELS_DEPTHWISE_BACKWARD_INC_H

#include "forward.inc.h"

/* Sums of g and g (z - mean) over a chunk, added to line [sums, products][c]. */
static void depthwise_gradient_chunk(const depthwise_layer *layer, const depthwise_chunk *chunk, float *line)
{
    const norm_channels *channel = &layer->state.channel;
    const depthwise_source source = depthwise_input(layer, chunk->image);
    const bool relu = layer->call->layer->relu;
    depthwise_fetcher next = depthwise_fetch_next(layer, chunk, &layer->call->dy);
    _Alignas(64) float z[CHUNK_MOST][LANES];
    for (size_t c = 0; c < layer->c; c += LANES) {
        const vec mean = v_load(channel->mean + c), scale = v_load(channel->scale + c);
        const vec beta = v_load(channel->beta + c);
        const float(*from)[LANES] = (const float(*)[LANES])z;
        vec sum = v_zero(), product = v_zero();
        depthwise_fetch_some(&next);
        depthwise_z(&source, chunk, layer->state.weights, false, c, z);
        for (int i = chunk->i0; i < chunk->i1; i++, from += chunk->count) {
            const float *dy = fal_map_pixel(&layer->call->dy, chunk->image, i, chunk->j0) + c;
            for (int j = 0; j < chunk->count; j++, dy += layer->c) {
                const vec value = v_load(from[j]);
                const vec g = bn_active(bn_apply(value, mean, scale, beta), v_load(dy), relu);
                sum = v_add(sum, g);
                product = v_fma(g, v_sub(value, mean), product);
            }
        }
        v_store(line + c, v_add(v_load(line + c), sum));
        v_store(line + layer->c + c, v_add(v_load(line + layer->c + c), product));
    }
}

static void depthwise_gradient_bunch(void *context, int bunch)
{
    const depthwise_layer *layer = context;
    float *line = depthwise_thread_of(layer).line;
    memset(line, 0, 2 * layer->c * sizeof *line);
    for (int image = bunch * layer->bunch; image < depthwise_bunch_end(layer, bunch); image++) {
        depthwise_chunk chunk = {.image = image};
        while (depthwise_next_chunk(layer->hc, layer->wc, &chunk)) {
            depthwise_gradient_chunk(layer, &chunk, line);
        }
    }
    double *out = layer->scratch.sums + (size_t)bunch * 2 * layer->c;
    for (size_t c = 0; c < 2 * layer->c; c++) {
        out[c] = (double)line[c];
    }
}

/* dz of a chunk and its share of the weight gradient [9][c]. */
INLINE void depthwise_dz_chunk(const depthwise_layer *layer, const depthwise_chunk *chunk, const int stride, float *dz,
                               float *sums)
{
    const norm_channels *channel = &layer->state.channel;
    const depthwise_source source = depthwise_input(layer, chunk->image);
    depthwise_fetcher next = depthwise_fetch_next(layer, chunk, &layer->call->dy);
    for (size_t c = 0; c < layer->c; c += LANES) {
        vec w[9];
        depthwise_gradient gradient = {.relu = layer->call->layer->relu,
                                       .mean = v_load(channel->mean + c),
                                       .scale = v_load(channel->scale + c),
                                       .beta = v_load(channel->beta + c),
                                       .c0 = v_load(channel->c0 + c),
                                       .c1 = v_load(channel->c1 + c)};
        UNROLL
        for (size_t tap = 0; tap < 9; tap++) {
            gradient.sum[tap] = v_load(sums + tap * layer->c + c);
        }
        depthwise_weights_of(layer->state.weights, false, layer->c, c, w);
        depthwise_fetch_some(&next);
        for (int i = chunk->i0; i < chunk->i1; i++) {
            gradient.dy = fal_map_pixel(&layer->call->dy, chunk->image, i, chunk->j0) + c;
            gradient.dz = dz + (size_t)i * layer->dz_row + (size_t)chunk->j0 * layer->c + c;
            depthwise_chunk_row(&source, stride, chunk, i, w, c, NULL, &gradient);
        }
        UNROLL
        for (size_t tap = 0; tap < 9; tap++) {
            v_store(sums + tap * layer->c + c, gradient.sum[tap]);
        }
    }
}

INLINE void depthwise_put(float *to, vec value, bool add) { v_store(to, add ? v_add(v_load(to), value) : value); }

/* Stride 1: dx is the convolution of dz with the turned window. */
static void depthwise_dx_chunk(const depthwise_layer *layer, const depthwise_chunk *chunk, const float *dz)
{
    const depthwise_source source = {
        .at = dz, .h = layer->hc, .w = layer->wc, .row = layer->dz_row, .pixel = layer->c, .stride = 1};
    const bool add = layer->call->add_dx;
    depthwise_ahead next = depthwise_ahead_of(layer, &layer->call->dx, chunk->image, chunk->i1, chunk->i1 - chunk->i0);
    const size_t lines = ((size_t)((chunk->i1 - chunk->i0) * layer->w) * LANES + 15) / 16;
    _Alignas(64) float z[CHUNK_MOST][LANES];
    for (size_t c = 0; c < layer->c; c += LANES) {
        const float(*from)[LANES] = (const float(*)[LANES])z;
        depthwise_fetch(&next, lines);
        depthwise_z(&source, chunk, layer->state.weights, true, c, z);
        for (int i = chunk->i0; i < chunk->i1; i++, from += chunk->count) {
            float *dx = fal_map_pixel(&layer->call->dx, chunk->image, i, chunk->j0) + c;
            for (int j = 0; j < chunk->count; j++, dx += layer->c) {
                depthwise_put(dx, v_load(from[j]), add);
            }
        }
    }
}

/* Stride 2: rows 2 q and 2 q + 1 of dx. A pixel with even coordinates sees the middle tap only, one with odd ones the
 * four corners. */
static void depthwise_dx_rows(const depthwise_layer *layer, int image, int q, const float *dz)
{
    const fal_map *map = &layer->call->dx;
    const bool add = layer->call->add_dx, below = 2 * q + 1 < layer->h, more = q + 1 < layer->hc;
    const size_t row = (size_t)map->columns * layer->c;
    depthwise_ahead next = depthwise_ahead_of(layer, map, image, 2 * q + 2, 2);
    const size_t lines = ((size_t)(2 * layer->w) * LANES + 15) / 16;
    for (size_t c = 0; c < layer->c; c += LANES) {
        vec w[9];
        UNROLL
        for (size_t tap = 0; tap < 9; tap++) {
            w[tap] = v_load(layer->state.weights + tap * layer->c + c);
        }
        const float *d = dz + (size_t)q * layer->dz_row + c;
        float *dx = fal_map_pixel(map, image, 2 * q, 0) + c;
        vec d00 = v_load(d), d10 = more ? v_load(d + layer->dz_row) : v_zero();
        depthwise_fetch(&next, lines);
        for (int r = 0; r < layer->wc; r++, dx += 2 * layer->c) {
            d += layer->c;
            const bool right = 2 * r + 1 < layer->w, inside = r + 1 < layer->wc;
            const vec d01 = inside ? v_load(d) : v_zero();
            const vec d11 = inside && more ? v_load(d + layer->dz_row) : v_zero();
            depthwise_put(dx, v_mul(w[4], d00), add);
            if (right) {
                depthwise_put(dx + layer->c, v_fma(w[3], d01, v_mul(w[5], d00)), add);
            }
            if (below) {
                depthwise_put(dx + row, v_fma(w[1], d10, v_mul(w[7], d00)), add);
            }
            if (right && below) {
                const vec upper = v_fma(w[6], d01, v_mul(w[8], d00));
                depthwise_put(dx + row + layer->c, v_add(upper, v_fma(w[0], d11, v_mul(w[2], d10))), add);
            }
            d00 = d01;
            d10 = d11;
        }
    }
}

static void depthwise_backward_image(const depthwise_layer *layer, int image, float *dz, float *gradient)
{
    depthwise_chunk chunk = {.image = image};
    while (depthwise_next_chunk(layer->hc, layer->wc, &chunk)) {
        if (layer->stride == 1) {
            depthwise_dz_chunk(layer, &chunk, 1, dz, gradient);
        } else {
            depthwise_dz_chunk(layer, &chunk, 2, dz, gradient);
        }
    }
    for (int q = 0; layer->stride == 2 && q < layer->hc; q++) {
        depthwise_dx_rows(layer, image, q, dz);
    }
    chunk = (depthwise_chunk){.image = image};
    while (layer->stride == 1 && depthwise_next_chunk(layer->h, layer->w, &chunk)) {
        depthwise_dx_chunk(layer, &chunk, dz);
    }
}

static void depthwise_backward_bunch(void *context, int bunch)
{
    const depthwise_layer *layer = context;
    float *gradient = layer->scratch.gradient + (size_t)bunch * 9 * layer->c;
    memset(gradient, 0, 9 * layer->c * sizeof *gradient);
    for (int image = bunch * layer->bunch; image < depthwise_bunch_end(layer, bunch); image++) {
        depthwise_backward_image(layer, image, depthwise_thread_of(layer).dz, gradient);
    }
}

static void depthwise_backward(const fal_conv_call *call)
{
    depthwise_layer layer;
    depthwise_begin(call, &layer);
    fal_parallel_for(layer.bunches, depthwise_gradient_bunch, &layer);
    fal_norm_gradient(call, layer.scratch.sums, (size_t)layer.bunches, (double)layer.n * layer.hc * layer.wc,
                      &layer.state.channel);
    fal_parallel_for(layer.bunches, depthwise_backward_bunch, &layer);
    for (size_t c = 0; c < layer.c; c++) {
        for (size_t tap = 0; tap < 9; tap++) {
            double sum = 0;
            for (size_t bunch = 0; bunch < (size_t)layer.bunches; bunch++) {
                sum += (double)layer.scratch.gradient[(9 * bunch + tap) * layer.c + c];
            }
            call->dweight[9 * c + tap] = (float)sum;
        }
    }
}

#endif
