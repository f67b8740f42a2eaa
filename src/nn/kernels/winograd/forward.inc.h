/* The forward half of a Winograd layer: training (z, statistics, pooling, BN) and inference (folded), in both orders of
 * work (layer.inc.h). Each value of M is the same sum over the input channels in the same order, so both orders, and
 * any grouping of tiles, give the same bits. */
#ifndef FAL_NN_KERNELS_WINOGRAD_FORWARD_INC_H
#define FAL_NN_KERNELS_WINOGRAD_FORWARD_INC_H

#include "norm.inc.h"
#include "tiles.inc.h"
#include "weights.inc.h"

static void wino_finish_tiles(const wino_layer *wino, const wino_range *range, const wino_tiles *m, int c0)
{
    if (wino->training) {
        wino_output_tiles(wino, range, m, c0);
    } else {
        wino_infer_tiles(wino, range, m, c0);
    }
}

/* By tiles: M of a block of tiles. */
static void wino_forward_products(const wino_layer *wino, const wino_range *range, const wino_tiles *v,
                                  const wino_tiles *m, product_ahead *ahead)
{
    const int inputs = wino_blocks(wino->ci), outputs = wino_blocks(wino->co);
    for (size_t p = 0; p < WINO_POSITIONS; p++) {
        const wino_slots slots = wino_slots_of(&wino->grid, range, p);
        for (int o = 0; o < outputs; o++) {
            for (int i = 0; i < inputs; i++) {
                const float *u =
                    wino->state.u + (size_t)(i * outputs + o) * wino_block_pair_floats(wino) + p * wino->u_step;
                wino_product_tiles(slots.count, wino_width(wino->ci, i), wino_width(wino->co, o),
                                   wino_tiles_position(v, i, p, slots.first), u,
                                   wino_tiles_position(m, o, p, slots.first), i > 0, ahead);
            }
        }
    }
}

/* By tiles: some images. */
static void wino_forward_item(void *context, int item)
{
    const wino_layer *wino = context;
    const int tiles = wino_grid_tiles(&wino->grid), images = wino->images_per_item;
    const int begin = item * images * tiles;
    const int end = (item + 1) * images < wino->n ? (item + 1) * images * tiles : wino->n * tiles;
    const int most = wino_even_block(wino, end - begin, wino->tiles_forward);
    float *floats = wino_thread(wino);
    const wino_tiles v = wino_tiles_at(floats, wino->ci, most);
    const wino_tiles m = wino_tiles_at(floats + wino_tiles_floats(wino->ci, most), wino->co, most);
    wino_range range = wino_next_block(wino, begin, end, most);
    while (range.count > 0) {
        const wino_range next = wino_next_block(wino, range.first + range.count, end, most);
        product_ahead ahead = {0};
        if (wino->training) {
            wino_fetch_state(wino, &range, true, &ahead);
        }
        if (next.count > 0) {
            wino_fetch_map(wino, &wino->call->x, WINO_TILE, &next, &ahead);
        }
        wino_input_tiles(wino, &range, range.first, range.count, &v);
        wino_forward_products(wino, &range, &v, &m, &ahead);
        wino_finish_tiles(wino, &range, &m, 0);
        range = next;
    }
}

/* By weights: V of one image. */
static void wino_input_image(void *context, int image)
{
    const wino_layer *wino = context;
    const int tiles = wino_grid_tiles(&wino->grid);
    const wino_range whole = wino_whole(wino);
    wino_input_tiles(wino, &whole, image * tiles, tiles, &wino->scratch.v);
}

/* By weights: all tiles of some output channels, whose weights are transformed here. */
static void wino_forward_channels(void *context, int item)
{
    const wino_layer *wino = context;
    const wino_range whole = wino_whole(wino);
    const int o = item * wino->item_width;
    const int width = wino->co - o < wino->item_width ? wino->co - o : wino->item_width;
    float *u = wino_thread(wino);
    const wino_tiles m = wino_tiles_at(u + wino_block_pair_floats(wino), width, whole.count);
    for (int i = 0; i < wino_blocks(wino->ci); i++) {
        const weights_block block = {.k0 = i * CHANNEL_BLOCK,
                                     .k = wino_width(wino->ci, i),
                                     .n0 = o,
                                     .n = width,
                                     .factor = wino->training ? NULL : wino->state.channel.bn.scale};
        const double start = wino_apart_start(wino);
        wino_weights_rows(wino, &block, 0, block.k, u);
        wino_weights_own(wino, block.k, block.n, 0, WINO_POSITIONS, u);
        wino_apart_end(wino, start);
        for (size_t p = 0; p < WINO_POSITIONS; p++) {
            const wino_slots slots = wino_slots_of(&wino->grid, &whole, p);
            wino_product_tiles(slots.count, block.k, width, wino_tiles_position(&wino->scratch.v, i, p, slots.first),
                               u + p * wino->u_step, wino_tiles_position(&m, 0, p, slots.first), i > 0, NULL);
        }
    }
    wino_finish_tiles(wino, &whole, &m, o);
}

static void wino_forward(wino_layer *wino)
{
    if (wino->by_weights) {
        fal_parallel_for(wino->n, wino_input_image, wino);
        fal_parallel_for(wino_channel_items(wino, wino->co), wino_forward_channels, wino);
    } else {
        fal_parallel_for(wino_items(wino), wino_forward_item, wino);
    }
}

static void wino_forward_train(const fal_conv_call *call)
{
    wino_layer wino;
    wino_begin(call, true, &wino);
    for (int c = 0; c < wino.co; c++) {
        wino.state.channel.sign[c] = (float)((call->gamma[c] > 0) - (call->gamma[c] < 0));
    }
    wino_find_powers_x(&wino);
    wino_find_powers_u(&wino, NULL);
    if (!wino.by_weights) {
        wino_weights(&wino, false, NULL, wino.state.u);
    }
    wino_forward(&wino);
    wino_statistics(&wino);
    fal_parallel_for(wino.n, wino_activate_image, &wino);
}

static void wino_prepare_infer(const fal_conv_call *call)
{
    wino_layer wino;
    wino_begin(call, false, &wino);
    const norm_channels *channel = &wino.state.channel.bn;
    for (int c = 0; c < wino.co; c++) {
        channel->scale[c] = (float)fal_norm_fold(call, (size_t)c, &channel->mean[c]);
    }
    wino_find_powers_u(&wino, channel->scale);
    if (!wino.by_weights) {
        wino_weights(&wino, false, channel->scale, wino.state.u);
    }
}

static void wino_forward_infer(const fal_conv_call *call)
{
    wino_layer wino;
    wino_begin(call, false, &wino);
    wino_find_powers_x(&wino);
    wino_forward(&wino);
}

#endif
