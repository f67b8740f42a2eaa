/* Between maps and transformed tiles, forward: x to V; M to z with its sums and pooling, or to y in inference.
 *
 * A range of tiles says where the set of transformed tiles holds them. Tiles of 4 x 4 at the right and lower edge may
 * reach beyond the image: what counts of them is rows x columns. */
#ifndef FAL_NN_KERNELS_WINOGRAD_TILES_INC_H
#define FAL_NN_KERNELS_WINOGRAD_TILES_INC_H

#include "powers.inc.h"

/* V of tiles first .. first + count - 1. */
static void wino_input_tiles(const wino_layer *wino, const wino_range *range, int first, int count, const wino_tiles *v)
{
    const fal_map *x = &wino->call->x;
    const size_t ci = (size_t)wino->ci, row = (size_t)x->columns * ci;
    for (int t = first; t < first + count; t++) {
        const wino_place place = wino_place_of(&wino->grid, range, t);
        const float *patch = fal_map_pixel(x, place.image, WINO_TILE * place.i - 1, WINO_TILE * place.j - 1);
        for (int b = 0; b < wino_blocks(wino->ci); b++) {
            float *out = wino_tile_at(v, place.slot, b * CHANNEL_BLOCK);
            for (int c = 0; c < wino_width(wino->ci, b); c += LANES) {
                const vec power = wino_power_x(wino, place.image, b * CHANNEL_BLOCK + c);
                WINO_SIZED(place, wino_input, patch + b * CHANNEL_BLOCK + c, row, ci, power, out + c, v->step)
            }
        }
    }
}

/* Sum of what counts of a tile and sum of squares about its mean, added in double to the image's sums of z and z^2.
 * Squares of deviations are small numbers, so float serves inside a tile whatever the mean. */
INLINE void wino_tile_sums(vec y[4][4], int rows, int columns, bool fresh, double *sums, double *squares)
{
    const float count = (float)(rows * columns);
    vec line[4], sum, square;
    UNROLL
    for (int i = 0; i < 4; i++) {
        line[i] = i < rows ? y[i][0] : v_zero();
        UNROLL
        for (int j = 1; j < 4; j++) {
            line[i] = i < rows && j < columns ? v_add(line[i], y[i][j]) : line[i];
        }
    }
    sum = v_add(v_add(line[0], line[1]), v_add(line[2], line[3]));
    const vec mean = v_mul(sum, v_set(1.0F / count));
    UNROLL
    for (int i = 0; i < 4; i++) {
        line[i] = v_zero();
        UNROLL
        for (int j = 0; j < 4; j++) {
            const vec apart = v_sub(y[i][j], mean);
            line[i] = i < rows && j < columns ? v_fma(apart, apart, line[i]) : line[i];
        }
    }
    square = v_add(v_add(line[0], line[1]), v_add(line[2], line[3]));
    v_accumulate_moments(sums, squares, sum, square, 1.0 / (double)count, fresh);
}

/* Largest of sign z in the windows of a tile; ties go to the first. */
INLINE void wino_tile_pool(const wino_layer *wino, wino_place place, int c, vec y[4][4], const int tall, const int wide)
{
    const vec sign = v_load(wino->state.channel.sign + c);
    UNROLL
    for (int w = 0; w < 4; w++) {
        const int i = 2 * place.i + w / 2, j = 2 * place.j + w % 2;
        if (w / 2 >= tall / 2 || w % 2 >= wide / 2 || i >= wino->ho || j >= wino->wo) {
            continue;
        }
        const size_t at =
            (size_t)place.image * wino->pooled_image + (size_t)(i * wino->wo + j) * (size_t)wino->co + (size_t)c;
        vec best = y[w / 2 * 2][w % 2 * 2], key = v_mul(sign, best);
        ivec which = i_set(0);
        UNROLL
        for (int q = 1; q < 4; q++) {
            const vec value = y[w / 2 * 2 + q / 2][w % 2 * 2 + q % 2], other = v_mul(sign, value);
            const vmask larger = v_greater(other, key);
            key = v_select(larger, other, key);
            best = v_select(larger, value, best);
            which = i_select(larger, i_set(q), which);
        }
        v_store(wino->state.pooled + at, best);
        i_store_bytes(wino->state.position + at, which);
    }
}

INLINE void wino_output_tile(const wino_layer *wino, wino_place place, int c, const float *m, size_t step, int rows,
                             int columns, const int tall, const int wide)
{
    const size_t co = (size_t)wino->co;
    float *z = wino_z_at(wino, place.image, WINO_TILE * place.i, WINO_TILE * place.j) + c;
    double *sums = wino->state.image_sums + (size_t)place.image * 2 * co + (size_t)c;
    vec y[4][4];
    const vec back = wino_power_back(wino, place.image, c);
    wino_output(m, step, y, tall, wide);
    UNROLL
    for (int i = 0; i < tall; i++) {
        UNROLL
        for (int j = 0; j < wide; j++) {
            y[i][j] = wino_sized(y[i][j], back);
            v_store(z + (size_t)i * wino->z_row + (size_t)j * co, y[i][j]);
        }
    }
    wino_tile_sums(y, rows < tall ? rows : tall, columns < wide ? columns : wide, place.i == 0 && place.j == 0, sums,
                   sums + co);
    if (wino->call->layer->max_pool) {
        wino_tile_pool(wino, place, c, y, tall, wide);
    }
}

/* z, its sums and its pooled values of tiles; m holds the channels from c0 on. */
static void wino_output_tiles(const wino_layer *wino, const wino_range *range, const wino_tiles *m, int c0)
{
    for (int t = range->first; t < range->first + range->count; t++) {
        const wino_place place = wino_place_of(&wino->grid, range, t);
        for (int c = 0; c < m->channels; c += LANES) {
            const float *from = wino_tile_at(m, place.slot, c);
            if (place.rows < place.tall || place.columns < place.wide) { /* reaches beyond the image */
                wino_output_tile(wino, place, c0 + c, from, m->step, place.rows, place.columns, 4, 4);
            } else {
                WINO_SIZED(place, wino_output_tile, wino, place, c0 + c, from, m->step, 4, 4)
            }
        }
    }
}

/* Largest of four, NaN if one is. */
INLINE vec max4(vec a, vec b, vec c, vec d)
{
    const vec largest = v_max(v_max(a, b), v_max(c, d));
    const vmask broken = v_mask_or(v_unordered(a, b), v_unordered(c, d));
    return v_select(broken, v_add(v_add(a, b), v_add(c, d)), largest);
}

/* y of a tile and vector of channels in inference: pooling, shift, residual and ReLU at once; z is never stored. */
INLINE void wino_infer_tile(const wino_layer *wino, wino_place place, int c, const float *m, size_t step,
                            const int tall, const int wide)
{
    vec z[4][4];
    wino_output(m, step, z, tall, wide);
    const fal_conv_call *call = wino->call;
    const fal_layer *layer = call->layer;
    const size_t co = (size_t)wino->co, row = (size_t)call->y.columns * co;
    const vec shift = v_load(wino->state.channel.bn.mean + c), back = wino_power_back(wino, place.image, c);
    const int side = layer->max_pool ? 2 : 4;
    const int rows = wino->ho - side * place.i, columns = wino->wo - side * place.j;
    float *out = fal_map_pixel(&call->y, place.image, side * place.i, side * place.j) + c;
    if (layer->max_pool) {
        UNROLL
        for (int w = 0; w < 4; w++) {
            const int i = w / 2, j = w % 2;
            if (i >= tall / 2 || j >= wide / 2) {
                continue;
            }
            const vec most = max4(z[2 * i][2 * j], z[2 * i][2 * j + 1], z[2 * i + 1][2 * j], z[2 * i + 1][2 * j + 1]);
            const vec y = v_add(shift, wino_sized(most, back));
            if (i < rows && j < columns) {
                v_store(out + (size_t)i * row + (size_t)j * co, layer->relu ? v_relu(y) : y);
            }
        }
        return;
    }
    const float *residual = call->residual.at == NULL
                                ? NULL
                                : fal_map_pixel(&call->residual, place.image, side * place.i, side * place.j) + c;
    UNROLL
    for (int i = 0; i < tall; i++) {
        UNROLL
        for (int j = 0; j < wide; j++) {
            const size_t at = (size_t)i * row + (size_t)j * co;
            vec y = v_add(shift, wino_sized(z[i][j], back));
            if (i < rows && j < columns) {
                y = residual == NULL ? y : v_add(y, v_load(residual + at));
                v_store(out + at, layer->relu ? v_relu(y) : y);
            }
        }
    }
}

static void wino_infer_tiles(const wino_layer *wino, const wino_range *range, const wino_tiles *m, int c0)
{
    for (int t = range->first; t < range->first + range->count; t++) {
        const wino_place place = wino_place_of(&wino->grid, range, t);
        for (int c = 0; c < m->channels; c += LANES) {
            WINO_SIZED(place, wino_infer_tile, wino, place, c0 + c, wino_tile_at(m, place.slot, c), m->step)
        }
    }
}

/* Rows of a map that tiles of a range touch, `side` to a row of tiles. */
INLINE void wino_fetch_map(const wino_layer *wino, const fal_map *map, int side, const wino_range *range,
                           product_ahead *ahead)
{
    const wino_place from = wino_place_of(&wino->grid, range, range->first);
    const wino_place to = wino_place_of(&wino->grid, range, range->first + range->count - 1);
    product_ahead_add(ahead, fal_map_pixel(map, from.image, side * from.i, -1),
                      fal_map_pixel(map, to.image, side * to.i + side, -1));
}

/* The same of z and, with pooling, of what pooling keeps. */
INLINE void wino_fetch_state(const wino_layer *wino, const wino_range *range, bool pooled, product_ahead *ahead)
{
    const wino_place from = wino_place_of(&wino->grid, range, range->first);
    const wino_place to = wino_place_of(&wino->grid, range, range->first + range->count - 1);
    product_ahead_add(ahead, wino_z_at(wino, from.image, WINO_TILE * from.i, 0),
                      wino_z_at(wino, to.image, WINO_TILE * to.i + to.tall, 0));
    if (wino->call->layer->max_pool) {
        const size_t row = (size_t)(2 * wino->wo) * (size_t)wino->co;
        const size_t begin = (size_t)from.image * wino->pooled_image + (size_t)from.i * row;
        const size_t end = (size_t)to.image * wino->pooled_image + (size_t)(to.i + 1) * row;
        product_ahead_add(ahead, wino->state.position + begin, wino->state.position + end);
        if (pooled) {
            product_ahead_add(ahead, wino->state.pooled + begin, wino->state.pooled + end);
        }
    }
}

#endif
