/* The forward half of a depthwise layer. */
#ifndef FAL_NN_KERNELS_DEPTH_FORWARD_H
#define FAL_NN_KERNELS_DEPTH_FORWARD_H

#include "depth_layer.h"

/* [c][3][3] to [9][c], and folded. */
static void depth_pack_weights(const depth_layer *layer, bool fold)
{
    for (size_t c = 0; c < layer->c; c++) {
        const double factor = fold ? bn_fold(layer->call, c, &layer->state.shift[c]) : 1;
        for (size_t tap = 0; tap < 9; tap++) {
            const float w = layer->call->weight[9 * c + tap];
            layer->state.weights[tap * layer->c + c] = fold ? (float)((double)w * factor) : w;
        }
    }
}

/* Sums of z - pivot and of its square over some rows of an image, added to line [pivot, sums, squares][c]. The pivot is
 * near the mean of what is summed, so that one pass is exact enough. */
static void depth_sum_rows(const depth_layer *layer, int image, int i0, int i1, float *line)
{
    _Alignas(64) float z[SEGMENT][LANES];
    for (size_t c = 0; c < layer->c; c += LANES) {
        vec w[9];
        depth_weights_of(layer, layer->state.weights, c, w);
        const vec pivot = v_load(line + c);
        vec sum = v_zero(), square = v_zero();
        for (int i = i0; i < i1; i++) {
            for (int j = 0; j < layer->wc; j += SEGMENT) {
                const int count = layer->wc - j < SEGMENT ? layer->wc - j : SEGMENT;
                depth_z(layer, image, i, j, count, c, w, z);
                for (int k = 0; k < count; k++) {
                    const vec d = v_sub(v_load(z[k]), pivot);
                    sum = v_add(sum, d);
                    square = v_fma(d, d, square);
                }
            }
        }
        v_store(line + layer->c + c, v_add(v_load(line + layer->c + c), sum));
        v_store(line + 2 * layer->c + c, v_add(v_load(line + 2 * layer->c + c), square));
    }
}

static void depth_statistics_bunch(void *context, int bunch)
{
    const depth_layer *layer = context;
    const int first = bunch * layer->bunch, end = depth_bunch_end(layer, bunch);
    float *line = depth_thread_of(layer).line;
    const size_t c = layer->c;
    /* The mean of the middle row of the first image serves as pivot. */
    memset(line, 0, 3 * c * sizeof *line);
    depth_sum_rows(layer, first, layer->hc / 2, layer->hc / 2 + 1, line);
    for (size_t k = 0; k < c; k++) {
        line[k] = line[c + k] / (float)layer->wc;
    }
    memset(line + c, 0, 2 * c * sizeof *line);
    for (int image = first; image < end; image++) {
        for (int i = 0; i < layer->hc; i += layer->rows) {
            depth_sum_rows(layer, image, i, i + layer->rows < layer->hc ? i + layer->rows : layer->hc, line);
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

/* y of some rows: relu((z - mean) scale + beta), or relu(z + shift) with folded weights. */
static void depth_finish_rows(const depth_layer *layer, int image, int i0, int i1, const bool infer)
{
    const bn_channels *channel = &layer->state.channel;
    const bool relu = layer->call->layer->relu;
    _Alignas(64) float z[SEGMENT][LANES];
    for (size_t c = 0; c < layer->c; c += LANES) {
        vec w[9];
        depth_weights_of(layer, layer->state.weights, c, w);
        const vec mean = infer ? v_zero() : v_load(channel->mean + c);
        const vec scale = infer ? v_zero() : v_load(channel->scale + c);
        const vec shift = v_load(infer ? layer->state.shift + c : channel->beta + c);
        for (int i = i0; i < i1; i++) {
            for (int j = 0; j < layer->wc; j += SEGMENT) {
                const int count = layer->wc - j < SEGMENT ? layer->wc - j : SEGMENT;
                float *y = fal_map_pixel(&layer->call->y, image, i, j) + c;
                depth_z(layer, image, i, j, count, c, w, z);
                for (int k = 0; k < count; k++, y += layer->c) {
                    const vec value = infer ? v_add(v_load(z[k]), shift) : bn_apply(v_load(z[k]), mean, scale, shift);
                    v_store(y, relu ? v_relu(value) : value);
                }
            }
        }
    }
}

static void depth_train_image(void *context, int image)
{
    const depth_layer *layer = context;
    for (int i = 0; i < layer->hc; i += layer->rows) {
        depth_finish_rows(layer, image, i, i + layer->rows < layer->hc ? i + layer->rows : layer->hc, false);
    }
}

static void depth_infer_image(void *context, int image)
{
    const depth_layer *layer = context;
    for (int i = 0; i < layer->hc; i += layer->rows) {
        depth_finish_rows(layer, image, i, i + layer->rows < layer->hc ? i + layer->rows : layer->hc, true);
    }
}

static void depth_forward_train(const fal_conv_call *call)
{
    depth_layer layer;
    depth_begin(call, &layer);
    depth_pack_weights(&layer, false);
    fal_parallel_for(layer.bunches, depth_statistics_bunch, &layer);
    bn_batch_statistics(call, layer.scratch.sums, (size_t)layer.bunches, (double)layer.n * layer.hc * layer.wc,
                        &layer.state.channel);
    fal_parallel_for(layer.n, depth_train_image, &layer);
}

static void depth_prepare_infer(const fal_conv_call *call)
{
    depth_layer layer;
    depth_begin(call, &layer);
    depth_pack_weights(&layer, true);
}

static void depth_forward_infer(const fal_conv_call *call)
{
    depth_layer layer;
    depth_begin(call, &layer);
    fal_parallel_for(layer.n, depth_infer_image, &layer);
}

#endif
