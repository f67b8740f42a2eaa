/* The forward half of a depthwise layer. */
#ifndef FAL_NN_KERNELS_DEPTHWISE_FORWARD_INC_H
#define FAL_NN_KERNELS_DEPTHWISE_FORWARD_INC_H

#include "layer.inc.h"

/* [c][3][3] to [9][c], and folded. */
static void depthwise_pack_weights(const depthwise_layer *layer, bool fold)
{
    for (size_t c = 0; c < layer->c; c++) {
        const double factor = fold ? fal_norm_fold(layer->call, c, &layer->state.shift[c]) : 1;
        for (size_t tap = 0; tap < 9; tap++) {
            const float w = layer->call->weight[9 * c + tap];
            layer->state.weights[tap * layer->c + c] = fold ? (float)((double)w * factor) : w;
        }
    }
}

/* Sums of z - pivot and of its square over a chunk, added to line [pivot, sums, squares][c]. The pivot is near the mean
 * of what is summed, so that one pass is exact enough. */
static void depthwise_sum_chunk(const depthwise_layer *layer, const depthwise_chunk *chunk, float *line)
{
    const depthwise_source source = depthwise_input(layer, chunk->image);
    const int pixels = (chunk->i1 - chunk->i0) * chunk->count;
    depthwise_fetcher next = depthwise_fetch_next(layer, chunk, NULL);
    _Alignas(64) float z[CHUNK_MOST][LANES];
    for (size_t c = 0; c < layer->c; c += LANES) {
        const vec pivot = v_load(line + c);
        vec sum[2] = {v_zero(), v_zero()}, square[2] = {v_zero(), v_zero()};
        depthwise_fetch_some(&next);
        depthwise_z(&source, chunk, layer->state.weights, false, c, z);
        for (int k = 0; k < pixels; k++) {
            const vec d = v_sub(v_load(z[k]), pivot);
            sum[k & 1] = v_add(sum[k & 1], d);
            square[k & 1] = v_fma(d, d, square[k & 1]);
        }
        float *to = line + layer->c + c;
        v_store(to, v_add(v_load(to), v_add(sum[0], sum[1])));
        v_store(to + layer->c, v_add(v_load(to + layer->c), v_add(square[0], square[1])));
    }
}

static void depthwise_statistics_bunch(void *context, int bunch)
{
    const depthwise_layer *layer = context;
    const int first = bunch * layer->bunch, end = depthwise_bunch_end(layer, bunch);
    float *line = depthwise_thread_of(layer).line;
    const size_t c = layer->c;
    /* The mean of a run of the middle row of the first image serves as pivot. */
    depthwise_chunk chunk = {.image = first, .i0 = layer->hc / 2, .i1 = layer->hc / 2 + 1};
    chunk.count = layer->wc < CHUNK_MOST ? layer->wc : CHUNK_MOST;
    memset(line, 0, 3 * c * sizeof *line);
    depthwise_sum_chunk(layer, &chunk, line);
    for (size_t k = 0; k < c; k++) {
        line[k] = line[c + k] / (float)chunk.count;
    }
    memset(line + c, 0, 2 * c * sizeof *line);
    for (int image = first; image < end; image++) {
        chunk = (depthwise_chunk){.image = image};
        while (depthwise_next_chunk(layer->hc, layer->wc, &chunk)) {
            depthwise_sum_chunk(layer, &chunk, line);
        }
    }
    double *sums = layer->scratch.sums + (size_t)bunch * 2 * c;
    const double count = (double)(end - first) * layer->hc * layer->wc;
    for (size_t k = 0; k < c; k++) {
        const double pivot = (double)line[k], sum = (double)line[c + k];
        sums[k] = sum + count * pivot;
        sums[c + k] = (double)line[2 * c + k] + pivot * (2 * sum + count * pivot);
    }
}

/* y of a chunk: relu((z - mean) scale + beta), or relu(z + shift) with folded weights. */
INLINE void depthwise_finish_chunk(const depthwise_layer *layer, const depthwise_chunk *chunk, const bool infer,
                                   const bool relu)
{
    const norm_channels *channel = &layer->state.channel;
    const depthwise_source source = depthwise_input(layer, chunk->image);
    depthwise_fetcher next = depthwise_fetch_next(layer, chunk, &layer->call->y);
    _Alignas(64) float z[CHUNK_MOST][LANES];
    for (size_t c = 0; c < layer->c; c += LANES) {
        const vec mean = infer ? v_zero() : v_load(channel->mean + c);
        const vec scale = infer ? v_zero() : v_load(channel->scale + c);
        const vec shift = v_load(infer ? layer->state.shift + c : channel->beta + c);
        const float(*from)[LANES] = (const float(*)[LANES])z;
        depthwise_fetch_some(&next);
        depthwise_z(&source, chunk, layer->state.weights, false, c, z);
        for (int i = chunk->i0; i < chunk->i1; i++, from += chunk->count) {
            float *y = fal_map_pixel(&layer->call->y, chunk->image, i, chunk->j0) + c;
            for (int j = 0; j < chunk->count; j++, y += layer->c) {
                const vec value = v_load(from[j]);
                const vec result = infer ? v_add(value, shift) : bn_apply(value, mean, scale, shift);
                v_store(y, relu ? v_relu(result) : result);
            }
        }
    }
}

static void depthwise_train_image(void *context, int image)
{
    const depthwise_layer *layer = context;
    depthwise_chunk chunk = {.image = image};
    while (depthwise_next_chunk(layer->hc, layer->wc, &chunk)) {
        depthwise_finish_chunk(layer, &chunk, false, layer->call->layer->relu);
    }
}

static void depthwise_infer_image(void *context, int image)
{
    const depthwise_layer *layer = context;
    depthwise_chunk chunk = {.image = image};
    while (depthwise_next_chunk(layer->hc, layer->wc, &chunk)) {
        depthwise_finish_chunk(layer, &chunk, true, layer->call->layer->relu);
    }
}

static void depthwise_forward_train(const fal_conv_call *call)
{
    depthwise_layer layer;
    depthwise_begin(call, &layer);
    depthwise_pack_weights(&layer, false);
    fal_parallel_for(layer.bunches, depthwise_statistics_bunch, &layer);
    fal_norm_statistics(call, layer.scratch.sums, (size_t)layer.bunches, (double)layer.n * layer.hc * layer.wc,
                        &layer.state.channel);
    fal_parallel_for(layer.n, depthwise_train_image, &layer);
}

static void depthwise_prepare_infer(const fal_conv_call *call)
{
    depthwise_layer layer;
    depthwise_begin(call, &layer);
    depthwise_pack_weights(&layer, true);
}

static void depthwise_forward_infer(const fal_conv_call *call)
{
    depthwise_layer layer;
    depthwise_begin(call, &layer);
    fal_parallel_for(layer.n, depthwise_infer_image, &layer);
}

#endif
