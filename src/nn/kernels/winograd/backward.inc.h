/* The backward half of a Winograd layer, the exact adjoint of the forward half.
 *
 * The gradient of z is formed in registers inside the transform Z = A dz A'; Z serves both dU = sum over tiles of Z' V
 * and dV = Z U', and dx += B dV B'. V is recomputed from x: keeping it would cost six times x. */
#ifndef FAL_NN_KERNELS_WINOGRAD_BACKWARD_INC_H
#define FAL_NN_KERNELS_WINOGRAD_BACKWARD_INC_H

#include "forward.inc.h"

/* dz of one tile and vector of channels: rows x columns of its pixels are inside the image, the others get zero. */
INLINE void wino_tile_gradient(const wino_layer *wino, const wino_place place, size_t c, int rows, int columns,
                               const bool relu, const bool pool, vec dz[4][4], const int tall, const int wide)
{
    const fal_conv_call *call = wino->call;
    const wino_channels *channel = &wino->state.channel;
    const size_t co = (size_t)wino->co, row = wino->z_row;
    const float *z = wino_z_at(wino, place.image, WINO_TILE * place.i, WINO_TILE * place.j) + c;
    const vec mean = v_load(channel->bn.mean + c), scale = v_load(wino_dz_scale(wino) + c);
    const vec c0 = v_load(channel->bn.c0 + c), c1 = v_load(channel->bn.c1 + c);
    UNROLL
    for (int i = 0; i < tall; i++) {
        UNROLL
        for (int j = 0; j < wide; j++) {
            const vec centred = v_sub(v_load(z + (size_t)i * row + (size_t)j * co), mean);
            dz[i][j] = i < rows && j < columns ? v_fma(c1, centred, c0) : v_zero();
        }
    }
    const int side = pool ? 2 : 4; /* pixels of y that belong to a tile, per side */
    const int y_rows = pool ? tall / 2 : tall, y_columns = pool ? wide / 2 : wide;
    const size_t y_row = (size_t)call->y.columns * co;
    const float *y = fal_map_pixel(&call->y, place.image, side * place.i, side * place.j) + c;
    const float *dy = fal_map_pixel(&call->dy, place.image, side * place.i, side * place.j) + c;
    const uint8_t *position = pool ? wino->state.position + (size_t)place.image * wino->pooled_image +
                                         (size_t)(2 * place.i * wino->wo + 2 * place.j) * co + c
                                   : NULL;
    UNROLL
    for (int i = 0; i < y_rows; i++) {
        UNROLL
        for (int j = 0; j < y_columns; j++) {
            if (pool ? 2 * i + 1 >= rows || 2 * j + 1 >= columns : i >= rows || j >= columns) {
                continue; /* pooling drops an odd edge */
            }
            const size_t at = (size_t)i * y_row + (size_t)j * co;
            vec g = v_mul(scale, v_load(dy + at));
            g = relu ? v_where(v_greater(v_load(y + at), v_zero()), g) : g;
            if (!pool) {
                dz[i][j] = v_add(dz[i][j], g);
                continue;
            }
            const ivec which = i_load_bytes(position + (size_t)(i * wino->wo + j) * co);
            UNROLL
            for (int q = 0; q < 4; q++) {
                vec *out = &dz[2 * i + q / 2][2 * j + q % 2];
                *out = v_add(*out, v_where(i_equal(which, i_set(q)), g));
            }
        }
    }
}

INLINE void wino_gradient_tile(const wino_layer *wino, const wino_place place, size_t c, int rows, int columns,
                               const bool relu, const bool pool, const wino_tiles *z, const int tall, const int wide)
{
    vec dz[4][4];
    wino_tile_gradient(wino, place, c, rows < tall ? rows : tall, columns < wide ? columns : wide, relu, pool, dz, tall,
                       wide);
    wino_output_adjoint(dz, wino_tile_at(z, place.slot, (int)c), z->step, tall, wide);
}

/* Z of tiles of one kind of layer: relu and pool are constants at every call. */
INLINE void wino_gradient_tiles_of(const wino_layer *wino, const wino_range *range, int first, int count,
                                   const wino_tiles *z, const bool relu, const bool pool)
{
    for (int t = first; t < first + count; t++) {
        const wino_place place = wino_place_of(&wino->grid, range, t);
        for (size_t c = 0; c < (size_t)wino->co; c += LANES) {
            if (place.rows < place.tall || place.columns < place.wide) { /* reaches beyond the image */
                wino_gradient_tile(wino, place, c, place.rows, place.columns, relu, pool, z, 4, 4);
            } else {
                WINO_SIZED(place, wino_gradient_tile, wino, place, c, 4, 4, relu, pool, z)
            }
        }
    }
}

static void wino_gradient_tiles(const wino_layer *wino, const wino_range *range, int first, int count,
                                const wino_tiles *z)
{
    const fal_layer *layer = wino->call->layer;
    if (layer->max_pool && layer->relu) {
        wino_gradient_tiles_of(wino, range, first, count, z, true, true);
    } else if (layer->max_pool) {
        wino_gradient_tiles_of(wino, range, first, count, z, false, true);
    } else if (layer->relu) {
        wino_gradient_tiles_of(wino, range, first, count, z, true, false);
    } else {
        wino_gradient_tiles_of(wino, range, first, count, z, false, false);
    }
}

/* Z and V of tiles first .. first + count - 1 of a range. */
static void wino_make_tiles(const wino_layer *wino, const wino_range *range, int first, int count, const wino_tiles *z,
                            const wino_tiles *v)
{
    if (wino->steps & STEP_Z) {
        wino_gradient_tiles(wino, range, first, count, z);
    }
    if (wino->steps & STEP_FILTERS) {
        wino_input_tiles(wino, range, first, count, v);
    }
}

/* dx of tiles from dV, whose channels start at c0. Tiles that lie above or to the left have written the first two rows
 * or columns already. */
static void wino_dx_tiles(const wino_layer *wino, const wino_range *range, const wino_tiles *v, int c0)
{
    const fal_map *dx = &wino->call->dx;
    const size_t ci = (size_t)wino->ci, row = (size_t)dx->columns * ci;
    for (int t = range->first; t < range->first + range->count; t++) {
        const wino_place place = wino_place_of(&wino->grid, range, t);
        float *patch = fal_map_pixel(dx, place.image, WINO_TILE * place.i - 1, WINO_TILE * place.j - 1) + c0;
        const int rows = wino->call->add_dx ? 6 : place.i > 0 ? 2 : 0;
        const int columns = place.j > 0 ? 2 : 0;
        for (int c = 0; c < v->channels; c += LANES) {
            WINO_SIZED(place, wino_input_adjoint, wino_tile_at(v, place.slot, c), v->step, patch + c, row, ci, rows,
                       columns)
        }
    }
}

/* By tiles: one position of a block of tiles, its share of dU, and dV in the place of V. */
static void wino_backward_position(const wino_layer *wino, const wino_range *range, size_t p, const wino_tiles *v,
                                   const wino_tiles *z, float *sums, bool add, product_ahead *ahead)
{
    const int inputs = wino_blocks(wino->ci), outputs = wino_blocks(wino->co);
    const wino_slots slots = wino_slots_of(&wino->grid, range, p);
    for (int o = 0; wino->steps & STEP_FILTERS && o < outputs; o++) {
        for (int i = 0; i < inputs; i++) {
            const int width = wino_width(wino->co, o);
            float *to = sums + (size_t)(o * inputs + i) * wino_block_pair_floats(wino) + p * wino->u_step;
            wino_product_outer(width, wino_width(wino->ci, i), slots.count, wino_tiles_position(z, o, p, slots.first),
                               (size_t)width, wino_tiles_position(v, i, p, slots.first), to, add, ahead);
        }
    }
    for (int i = 0; wino->steps & STEP_DX && i < inputs; i++) {
        for (int o = 0; o < outputs; o++) {
            const float *ut =
                wino->scratch.ut + (size_t)(o * inputs + i) * wino_block_pair_floats(wino) + p * wino->u_step;
            product_tiles(slots.count, wino_width(wino->co, o), wino_width(wino->ci, i),
                          wino_tiles_position(z, o, p, slots.first), ut, wino_tiles_position(v, i, p, slots.first),
                          o > 0, ahead);
        }
    }
}

/* By tiles: what follows the products of a block: its dx, and what the next block is made of. */
static void wino_fetch_backward(const wino_layer *wino, const wino_range *range, const wino_range *next,
                                product_ahead *ahead)
{
    const fal_conv_call *call = wino->call;
    const int side = call->layer->max_pool ? 2 : 4;
    if (wino->steps & STEP_DX) {
        wino_fetch_map(wino, &call->dx, WINO_TILE, range, ahead);
    }
    if (next->count > 0 && wino->steps & STEP_Z) {
        wino_fetch_state(wino, next, false, ahead);
        wino_fetch_map(wino, &call->dy, side, next, ahead);
        if (call->layer->relu) {
            wino_fetch_map(wino, &call->y, side, next, ahead);
        }
    }
    if (next->count > 0 && wino->steps & STEP_FILTERS) {
        wino_fetch_map(wino, &call->x, WINO_TILE, next, ahead);
    }
}

/* By tiles: a piece of the batch in order: its share of dU, and dx of its images. */
static void wino_backward_piece(void *context, int piece)
{
    const wino_layer *wino = context;
    const int tiles = wino_grid_tiles(&wino->grid);
    const int begin = fal_kernels_piece_first(wino->n, piece) * tiles;
    const int end = fal_kernels_piece_first(wino->n, piece + 1) * tiles;
    const int most = wino_even_block(wino, end - begin, wino->tiles_backward);
    float *sums = wino->scratch.piece_sums + (size_t)piece * wino->block_pairs * wino_block_pair_floats(wino);
    float *floats = wino_thread(wino);
    const wino_tiles v = wino_tiles_at(floats, wino->ci, most);
    const wino_tiles z = wino_tiles_at(floats + wino_tiles_floats(wino->ci, most), wino->co, most);
    wino_range range = wino_next_block(wino, begin, end, most);
    while (range.count > 0) {
        const wino_range next = wino_next_block(wino, range.first + range.count, end, most);
        product_ahead ahead = {0};
        wino_fetch_backward(wino, &range, &next, &ahead);
        wino_make_tiles(wino, &range, range.first, range.count, &z, &v);
        for (size_t p = 0; p < WINO_POSITIONS; p++) {
            wino_backward_position(wino, &range, p, &v, &z, sums, range.first > begin, &ahead);
        }
        if (wino->steps & STEP_DX) {
            wino_dx_tiles(wino, &range, &v, 0);
        }
        range = next;
    }
}

/* By weights: V and Z of one image. */
static void wino_backward_image(void *context, int image)
{
    const wino_layer *wino = context;
    const int tiles = wino_grid_tiles(&wino->grid);
    const wino_range whole = wino_whole(wino);
    wino_make_tiles(wino, &whole, image * tiles, tiles, &wino->scratch.z, &wino->scratch.v);
}

/* By weights: the weights' gradient of some filters and a block of input channels, over all tiles in order. */
static void wino_backward_filters(void *context, int item)
{
    const wino_layer *wino = context;
    const wino_range whole = wino_whole(wino);
    const int blocks = wino_blocks(wino->ci);
    const int i = item % blocks, o = item / blocks * wino->item_width, b = o / CHANNEL_BLOCK;
    const int width = wino->co - o < wino->item_width ? wino->co - o : wino->item_width;
    const int inputs = wino_width(wino->ci, i);
    float *sums = wino_thread(wino);
    for (size_t p = 0; p < WINO_POSITIONS; p++) {
        const wino_slots slots = wino_slots_of(&wino->grid, &whole, p);
        const float *z = wino_tiles_position(&wino->scratch.z, b, p, slots.first) + o % CHANNEL_BLOCK;
        wino_product_outer(width, inputs, slots.count, z, (size_t)wino_width(wino->co, b),
                           wino_tiles_position(&wino->scratch.v, i, p, slots.first), sums + p * wino->u_step, false,
                           NULL);
    }
    const double start = wino_apart_start(wino);
    wino_weights_gradient_rows(wino, o, width, i * CHANNEL_BLOCK, inputs, sums, 1, 0);
    wino_apart_end(wino, start);
}

/* By weights: dx of some input channels, all images. */
static void wino_backward_channels(void *context, int item)
{
    const wino_layer *wino = context;
    const wino_range whole = wino_whole(wino);
    const int c = item * wino->item_width;
    const int width = wino->ci - c < wino->item_width ? wino->ci - c : wino->item_width;
    float *ut = wino_thread(wino);
    const wino_tiles v = wino_tiles_at(ut + wino_block_pair_floats(wino), width, whole.count);
    for (int o = 0; o < wino_blocks(wino->co); o++) {
        const weights_block block = {
            .transposed = true, .k0 = o * CHANNEL_BLOCK, .k = wino_width(wino->co, o), .n0 = c, .n = width};
        const double start = wino_apart_start(wino);
        wino_weights_rows(wino, &block, 0, block.k, ut);
        wino_apart_end(wino, start);
        for (size_t p = 0; p < WINO_POSITIONS; p++) {
            const wino_slots slots = wino_slots_of(&wino->grid, &whole, p);
            product_tiles(slots.count, block.k, width, wino_tiles_position(&wino->scratch.z, o, p, slots.first),
                          ut + p * wino->u_step, wino_tiles_position(&v, 0, p, slots.first), o > 0, NULL);
        }
    }
    wino_dx_tiles(wino, &whole, &v, c);
}

/* All but sums, statistics and, by tiles, the transforms of weights and of their gradient. */
static void wino_backward_steps(wino_layer *wino)
{
    if (!wino->by_weights) {
        fal_parallel_for(fal_kernels_pieces(wino->n), wino_backward_piece, wino);
        return;
    }
    if (wino->steps & (STEP_Z | STEP_FILTERS)) {
        fal_parallel_for(wino->n, wino_backward_image, wino);
    }
    if (wino->steps & STEP_FILTERS) {
        fal_parallel_for(wino_channel_items(wino, wino->co) * wino_blocks(wino->ci), wino_backward_filters, wino);
    }
    if (wino->steps & STEP_DX) {
        fal_parallel_for(wino_channel_items(wino, wino->ci), wino_backward_channels, wino);
    }
}

static void wino_backward(const fal_conv_call *call)
{
    wino_layer wino;
    wino_begin(call, true, &wino);
    fal_parallel_for(wino.n, wino_gradient_sums, &wino);
    wino_gradient_statistics(&wino);
    if (!wino.by_weights && wino.steps & STEP_DX) {
        wino_weights(&wino, true, NULL, wino.scratch.ut);
    }
    wino_backward_steps(&wino);
    if (!wino.by_weights) {
        wino_weights_gradient(&wino, fal_kernels_pieces(wino.n));
    }
}

/* 3x3, stride 1, padded, whole vectors of channels; ReLU, pooling and a residual as they come. */
static bool wino_fits(const fal_layer *layer)
{
    return layer->kind == FAL_LAYER_CONV && layer->kernel == 3 && layer->stride == 1 && layer->pad == 1 &&
           layer->groups == 1 && layer->ci % 16 == 0 && layer->co % 16 == 0 &&
           !(layer->max_pool && layer->residual >= 0);
}

#endif
