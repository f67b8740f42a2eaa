/* The forward half of a Winograd layer: training (z, statistics, pooling, BN) and inference (folded). */
#ifndef FAL_NN_KERNELS_WINO_FORWARD_H
#define FAL_NN_KERNELS_WINO_FORWARD_H

#include <math.h>

#include "wino_layer.h"
#include "wino_weights.h"

/* V of tiles first .. first + count - 1. */
static void wino_input_block(const wino_layer *wino, int first, int count, float *v)
{
    const fal_map *x = &wino->call->x;
    const size_t ci = (size_t)wino->ci, row = (size_t)x->columns * ci;
    for (int t = 0; t < count; t++) {
        const wino_place place = wino_place_of(wino, first + t);
        const float *patch = fal_map_pixel(x, place.image, WINO_TILE * place.i - 1, WINO_TILE * place.j - 1);
        for (size_t c = 0; c < ci; c += LANES) {
            wino_input(patch + c, row, ci, v + (size_t)t * ci + c, wino->v_step);
        }
    }
}

static void wino_products(const wino_layer *wino, int count, const float *v, float *m)
{
    for (size_t p = 0; p < WINO_POSITIONS; p++) {
        gemm_panels(count, wino->ci, wino->co, v + p * wino->v_step, wino->state.u + p * wino->u_step,
                    m + p * wino->m_step);
    }
}

/* z of the tiles of a block. */
static void wino_output_block(const wino_layer *wino, int first, int count, const float *m)
{
    const size_t co = (size_t)wino->co, row = (size_t)(WINO_TILE * wino->tw) * co;
    for (int t = 0; t < count; t++) {
        const wino_place place = wino_place_of(wino, first + t);
        float *z = wino->state.z + (size_t)place.image * wino->z_image + (size_t)(WINO_TILE * place.i) * row +
                   (size_t)(WINO_TILE * place.j) * co;
        for (size_t c = 0; c < co; c += LANES) {
            vec y[4][4];
            wino_output(m + (size_t)t * co + c, wino->m_step, y);
            UNROLL
            for (size_t i = 0; i < 4; i++) {
                UNROLL
                for (size_t j = 0; j < 4; j++) {
                    v_store(z + i * row + j * co + c, y[i][j]);
                }
            }
        }
    }
}

/* Sum over an image's pixels of (z - pivot) (power 1) or its square (power 2); rows first, so that float is enough. */
INLINE vec image_moment(const float *z, int h, int w, size_t row, size_t co, vec pivot, const int power)
{
    vec sum = v_zero();
    for (int i = 0; i < h; i++) {
        const float *at = z + (size_t)i * row;
        vec part[2] = {v_zero(), v_zero()};
        for (int j = 0; j < w; j++) {
            const vec d = v_sub(v_load(at + (size_t)j * co), pivot);
            part[j & 1] = power == 1 ? v_add(part[j & 1], d) : v_fma(d, d, part[j & 1]);
        }
        sum = v_add(sum, v_add(part[0], part[1]));
    }
    return sum;
}

/* Mean and centred sum of squares of an image, in two passes over z, which is still in L2. */
static void wino_image_statistics(const wino_layer *wino, int image)
{
    const size_t co = (size_t)wino->co, row = (size_t)(WINO_TILE * wino->tw) * co;
    const float *z = wino->state.z + (size_t)image * wino->z_image;
    double *mean = wino->state.image_sums + (size_t)image * 2 * co;
    double *square = mean + co;
    const double pixels = (double)wino->h * wino->w;
    _Alignas(64) float lanes[LANES];
    for (size_t c = 0; c < co; c += LANES) {
        v_store(lanes, image_moment(z + c, wino->h, wino->w, row, co, v_zero(), 1));
        double pivot[LANES];
        for (int l = 0; l < LANES; l++) {
            mean[c + (size_t)l] = (double)lanes[l] / pixels;
            lanes[l] = (float)mean[c + (size_t)l];
            pivot[l] = (double)lanes[l];
        }
        const vec centre = v_load(lanes);
        /* What rounding left in the mean shows up as a first moment about the pivot. */
        v_store(lanes, image_moment(z + c, wino->h, wino->w, row, co, centre, 1));
        for (int l = 0; l < LANES; l++) {
            mean[c + (size_t)l] = pivot[l] + (double)lanes[l] / pixels;
        }
        v_store(lanes, image_moment(z + c, wino->h, wino->w, row, co, centre, 2));
        for (int l = 0; l < LANES; l++) {
            const double off = mean[c + (size_t)l] - pivot[l];
            square[c + (size_t)l] = (double)lanes[l] - pixels * off * off;
        }
    }
}

/* Largest of the windows of sign z; ties go to the first. */
static void wino_image_pool(const wino_layer *wino, int image)
{
    const size_t co = (size_t)wino->co, row = (size_t)(WINO_TILE * wino->tw) * co;
    const float *z = wino->state.z + (size_t)image * wino->z_image;
    float *pooled = wino->state.pooled + (size_t)image * wino->pooled_image;
    uint8_t *position = wino->state.position + (size_t)image * wino->pooled_image;
    for (int i = 0; i < wino->ho; i++) {
        for (int j = 0; j < wino->wo; j++) {
            const float *window = z + (size_t)(2 * i) * row + (size_t)(2 * j) * co;
            for (size_t c = 0; c < co; c += LANES) {
                const vec sign = v_load(wino->state.channel.sign + c);
                const vec value[4] = {v_load(window + c), v_load(window + co + c), v_load(window + row + c),
                                      v_load(window + row + co + c)};
                vec best = value[0], key = v_mul(sign, value[0]);
                ivec which = i_set(0);
                UNROLL
                for (int q = 1; q < 4; q++) {
                    const vec other = v_mul(sign, value[q]);
                    const vmask larger = v_greater(other, key);
                    key = v_select(larger, other, key);
                    best = v_select(larger, value[q], best);
                    which = i_select(larger, i_set(q), which);
                }
                v_store(pooled + c, best);
                i_store_bytes(position + c, which);
            }
            pooled += co;
            position += co;
        }
    }
}

static void wino_forward_unit(void *context, int unit)
{
    wino_layer *wino = context;
    const int tiles = wino->th * wino->tw;
    const int begin = unit * wino->images_per_unit;
    const int end = begin + wino->images_per_unit < wino->n ? begin + wino->images_per_unit : wino->n;
    float *v = wino_thread_v(wino);
    float *m = v + WINO_POSITIONS * wino->v_step;
    for (int first = begin * tiles; first < end * tiles; first += TILE_BLOCK) {
        const int count = end * tiles - first < TILE_BLOCK ? end * tiles - first : TILE_BLOCK;
        wino_input_block(wino, first, count, v);
        wino_products(wino, count, v, m);
        wino_output_block(wino, first, count, m);
    }
    for (int image = begin; image < end; image++) {
        wino_image_statistics(wino, image);
        wino_image_pool(wino, image);
    }
}

/* Batch statistics from the images' in image order; moves the running ones. */
static void wino_statistics(wino_layer *wino)
{
    const fal_conv_call *call = wino->call;
    const wino_channels *channel = &wino->state.channel;
    const size_t co = (size_t)wino->co;
    const double pixels = (double)wino->h * wino->w, values = pixels * wino->n;
    for (size_t c = 0; c < co; c++) {
        double mean = 0, square = 0;
        for (size_t k = 0; k < (size_t)wino->n; k++) {
            mean += wino->state.image_sums[2 * k * co + c];
        }
        mean /= wino->n;
        for (size_t k = 0; k < (size_t)wino->n; k++) {
            const double off = wino->state.image_sums[2 * k * co + c] - mean;
            square += wino->state.image_sums[(2 * k + 1) * co + c] + pixels * off * off;
        }
        const double var = square / values;
        const double unbiased = values > 1 ? square / (values - 1) : var;
        const double bias = call->bias == NULL ? 0 : (double)call->bias[c];
        channel->rstd[c] = 1 / sqrt(var + FAL_BN_EPS);
        channel->mean[c] = (float)mean;
        channel->scale[c] = (float)((double)call->gamma[c] * channel->rstd[c]);
        channel->beta[c] =
            (float)((double)call->beta[c] + ((double)channel->mean[c] - mean) * (double)channel->scale[c]);
        call->mean[c] = (float)((1 - FAL_BN_MOMENTUM) * (double)call->mean[c] + FAL_BN_MOMENTUM * (mean + bias));
        call->var[c] = (float)((1 - FAL_BN_MOMENTUM) * (double)call->var[c] + FAL_BN_MOMENTUM * unbiased);
    }
}

/* y = ReLU(scale (pooled - mean) + beta) of one image. */
static void wino_activate_image(void *context, int image)
{
    const wino_layer *wino = context;
    const wino_channels *channel = &wino->state.channel;
    const size_t co = (size_t)wino->co;
    const float *pooled = wino->state.pooled + (size_t)image * wino->pooled_image;
    for (int i = 0; i < wino->ho; i++) {
        float *y = fal_map_pixel(&wino->call->y, image, i, 0);
        for (int j = 0; j < wino->wo; j++, y += co, pooled += co) {
            for (size_t c = 0; c < co; c += LANES) {
                const vec centred = v_sub(v_load(pooled + c), v_load(channel->mean + c));
                v_store(y + c, v_relu(v_fma(v_load(channel->scale + c), centred, v_load(channel->beta + c))));
            }
        }
    }
}

static void wino_forward_train(const fal_conv_call *call)
{
    wino_layer wino;
    wino_begin(call, &wino);
    for (int c = 0; c < wino.co; c++) {
        wino.state.channel.sign[c] = (float)((call->gamma[c] > 0) - (call->gamma[c] < 0));
    }
    wino_weights(&wino, NULL, true);
    fal_parallel_for(wino_units(&wino), wino_forward_unit, &wino);
    wino_statistics(&wino);
    fal_parallel_for(wino.n, wino_activate_image, &wino);
}

static void wino_prepare_infer(const fal_conv_call *call)
{
    wino_layer wino;
    wino_begin(call, &wino);
    float *factor = wino.workspace; /* the threads' V is not in use yet */
    for (int c = 0; c < wino.co; c++) {
        const double scale = (double)call->gamma[c] / sqrt((double)call->running_var[c] + FAL_BN_EPS);
        const double bias = call->bias == NULL ? 0 : (double)call->bias[c];
        factor[c] = (float)scale;
        wino.state.channel.mean[c] = (float)((double)call->beta[c] + (bias - (double)call->running_mean[c]) * scale);
    }
    wino_weights(&wino, factor, false);
}

/* Largest of four, NaN if one is. */
INLINE vec max4(vec a, vec b, vec c, vec d)
{
    const vec largest = v_max(v_max(a, b), v_max(c, d));
    const vmask broken = v_mask_or(v_unordered(a, b), v_unordered(c, d));
    return v_select(broken, v_add(v_add(a, b), v_add(c, d)), largest);
}

/* Output transform, pooling, shift and ReLU at once: z is never stored. */
static void wino_infer_block(const wino_layer *wino, int first, int count, const float *m)
{
    const fal_map *map = &wino->call->y;
    const size_t co = (size_t)wino->co, row = (size_t)map->columns * co;
    for (int t = 0; t < count; t++) {
        const wino_place place = wino_place_of(wino, first + t);
        float *out = fal_map_pixel(map, place.image, 2 * place.i, 2 * place.j);
        const bool right = 2 * place.j + 1 < wino->wo, below = 2 * place.i + 1 < wino->ho;
        const bool any = 2 * place.j < wino->wo && 2 * place.i < wino->ho;
        for (size_t c = 0; any && c < co; c += LANES) {
            const vec shift = v_load(wino->state.channel.mean + c);
            vec y[4][4], pooled[2][2];
            wino_output(m + (size_t)t * co + c, wino->m_step, y);
            UNROLL
            for (int i = 0; i < 2; i++) {
                UNROLL
                for (int j = 0; j < 2; j++) {
                    pooled[i][j] = v_relu(v_add(shift, max4(y[2 * i][2 * j], y[2 * i][2 * j + 1], y[2 * i + 1][2 * j],
                                                            y[2 * i + 1][2 * j + 1])));
                }
            }
            v_store(out + c, pooled[0][0]);
            if (right) {
                v_store(out + co + c, pooled[0][1]);
            }
            if (below) {
                v_store(out + row + c, pooled[1][0]);
            }
            if (right && below) {
                v_store(out + row + co + c, pooled[1][1]);
            }
        }
    }
}

static void wino_infer_unit(void *context, int unit)
{
    wino_layer *wino = context;
    const int tiles = wino->th * wino->tw;
    const int begin = unit * wino->images_per_unit;
    const int end = begin + wino->images_per_unit < wino->n ? begin + wino->images_per_unit : wino->n;
    float *v = wino_thread_v(wino);
    float *m = v + WINO_POSITIONS * wino->v_step;
    for (int first = begin * tiles; first < end * tiles; first += TILE_BLOCK) {
        const int count = end * tiles - first < TILE_BLOCK ? end * tiles - first : TILE_BLOCK;
        wino_input_block(wino, first, count, v);
        wino_products(wino, count, v, m);
        wino_infer_block(wino, first, count, m);
    }
}

static void wino_forward_infer(const fal_conv_call *call)
{
    wino_layer wino;
    wino_begin(call, &wino);
    fal_parallel_for(wino_units(&wino), wino_infer_unit, &wino);
}

#endif
