/* The backward half of the first layer: only the pixel that pooling chose carries a gradient g.
 *
 * dw = scale (sum g patch - mean(g) sum patch - mean(g xhat) sum xhat patch). The last sum is the covariance times w,
 * and sum g xhat follows from w . sum g patch, so z is never needed. For sum g patch a table holds the four values of
 * the window at each place: a lane picks the one that its position says. */
#ifndef FAL_NN_KERNELS_IMAGE_BACKWARD_INC_H
#define FAL_NN_KERNELS_IMAGE_BACKWARD_INC_H

#include "forward.inc.h"

/* Planes with a border of zeros; the border was zeroed before. */
static void image_planes(const image_layer *layer, int image, float *padded)
{
    const size_t ci = (size_t)layer->ci, plane = (size_t)(layer->h + 2) * layer->plane_row;
    const float *x = image_pixels(layer, image);
    for (int i = 0; i < layer->h; i++) {
        float *out = padded + (size_t)(i + 1) * layer->plane_row + 1;
        for (int j = 0; j < layer->w; j++, out++) {
            for (size_t c = 0; c < ci; c++) {
                out[c * plane] = *x++;
            }
        }
    }
}

/* table [c][2 ho + 1][2 wo + 4][4]: x[r][s], x[r][s + 1], x[r + 1][s], x[r + 1][s + 1] in bordered coordinates: four
 * places at a time are a 4x4 transpose. */
static void image_table(const image_layer *layer, const float *padded, float *table)
{
    const size_t rows = (size_t)(2 * layer->ho + 1);
    for (int c = 0; c < layer->ci; c++) {
        const float *x = padded + (size_t)c * (size_t)(layer->h + 2) * layer->plane_row;
        for (size_t r = 0; r < rows; r++, x += layer->plane_row, table += layer->table_row) {
            for (size_t s = 0; 4 * s < layer->table_row; s += 4) {
                const float *below = x + layer->plane_row + s;
                transpose_four(x + s, x + s + 1, below, below + 1, table + 4 * s);
            }
        }
    }
}

/* Sums of g patch of an image for `channels` input channels from c on, and of g, added to sums [taps + 1][co]. */
INLINE void image_gather(const image_layer *layer, int image, const float *table, size_t o, int c, const int channels,
                         double *sums)
{
    const size_t co = (size_t)layer->co;
    const size_t row = layer->table_row, plane = (size_t)(2 * layer->ho + 1) * row;
    const size_t dy_row = (size_t)layer->call->dy.columns * co;
    const uint8_t *position = layer->state.position + (size_t)image * (size_t)(layer->ho * layer->wo) * co + o;
    vec sum[3][9], total = v_zero();
    UNROLL
    for (int k = 0; k < channels; k++) {
        UNROLL
        for (int t = 0; t < 9; t++) {
            sum[k][t] = v_zero();
        }
    }
    for (int i = 0; i < layer->ho; i++) {
        const float *dy = fal_map_pixel(&layer->call->dy, image, i, 0) + o;
        const float *at = table + (size_t)c * plane + (size_t)(2 * i) * row;
        for (int j = 0; j < layer->wo; j++, dy += co, position += co, at += 8) {
            const ivec which = i_load_bytes(position);
            const vec g = v_where(i_less(which, i_set(IMAGE_OFF)), v_load(dy));
            total = v_add(total, g);
            v_prefetch(dy + dy_row);
            __asm__("" : "+r"(at)); /* or the compiler keeps a column of the table in registers that it does not have */
            UNROLL
            for (size_t k = 0; k < (size_t)channels; k++) {
                UNROLL
                for (size_t t = 0; t < 9; t++) {
                    sum[k][t] = v_fma(g, v_pick4(at + k * plane + t / 3 * row + t % 3 * 4, which), sum[k][t]);
                }
            }
        }
    }
    UNROLL
    for (int k = 0; k < channels; k++) {
        UNROLL
        for (int t = 0; t < 9; t++) {
            v_accumulate(sums + (size_t)(9 * (c + k) + t) * co + o, sum[k][t]);
        }
    }
    if (c == 0) {
        v_accumulate(sums + (size_t)layer->taps * co + o, total);
    }
}

static void image_backward_piece(void *context, int piece)
{
    const image_layer *layer = context;
    const size_t count = (size_t)(layer->taps + 1) * (size_t)layer->co;
    float *padded = image_thread(layer), *table = padded + layer->padded;
    double *sums = layer->state.piece_sums + (size_t)piece * count;
    memset(sums, 0, count * sizeof *sums);
    memset(padded, 0, layer->padded * sizeof *padded);
    for (int image = fal_kernels_piece_first(layer->n, piece); image < fal_kernels_piece_first(layer->n, piece + 1);
         image++) {
        image_planes(layer, image, padded);
        image_table(layer, padded, table);
        for (size_t o = 0; o < (size_t)layer->co; o += LANES) {
            int c = 0;
            for (; SIMD_REGISTERS >= 32 && c + 3 <= layer->ci; c += 3) {
                image_gather(layer, image, table, o, c, 3, sums);
            }
            for (; c < layer->ci; c++) {
                image_gather(layer, image, table, o, c, 1, sums);
            }
        }
    }
}

/* Gradients of one output channel from the sums over the batch. */
static void image_channel_gradient(const image_layer *layer, const double *sums, size_t o)
{
    const fal_conv_call *call = layer->call;
    const size_t taps = (size_t)layer->taps, co = (size_t)layer->co;
    const double values = (double)layer->n * layer->h * layer->w;
    const double rstd = layer->state.rstd[o], g = sums[taps * co + o];
    const float *w = call->weight + o * taps;
    double gz = 0;
    for (size_t t = 0; t < taps; t++) {
        gz += (double)w[t] * sums[t * co + o];
    }
    const double gx = rstd * (gz - layer->state.mean[o] * g);
    const double scale = (double)call->gamma[o] * rstd;
    for (size_t t = 0; t < taps; t++) {
        const double xhat_patch = rstd * layer->state.spread[t * co + o]; /* mean of xhat patch */
        call->dweight[o * taps + t] =
            (float)(scale * (sums[t * co + o] - g / values * layer->state.tap_sum[t] - gx * xhat_patch));
    }
    call->dgamma[o] = (float)gx;
    call->dbeta[o] = (float)g;
    if (call->dbias != NULL) {
        call->dbias[o] = 0;
    }
}

static void image_backward(const fal_conv_call *call)
{
    image_layer layer;
    image_begin(call, &layer);
    const int pieces = fal_kernels_pieces(layer.n);
    const size_t count = (size_t)(layer.taps + 1) * (size_t)layer.co;
    double *sums = layer.state.piece_sums;
    fal_parallel_for(pieces, image_backward_piece, &layer);
    for (int piece = 1; piece < pieces; piece++) {
        for (size_t i = 0; i < count; i++) {
            sums[i] += layer.state.piece_sums[(size_t)piece * count + i];
        }
    }
    for (size_t o = 0; o < (size_t)layer.co; o++) {
        image_channel_gradient(&layer, sums, o);
    }
}

/* 3x3, stride 1, padded, on the images themselves, ReLU and pooling. */
static bool image_fits(const fal_layer *shape)
{
    return shape->kind == FAL_LAYER_CONV && shape->input < 0 && shape->kernel == 3 && shape->stride == 1 &&
           shape->pad == 1 && shape->groups == 1 && shape->ci <= IMAGE_CHANNELS && shape->co % 16 == 0 && shape->relu &&
           shape->max_pool && shape->residual < 0 && shape->h >= 2 && shape->w >= 2;
}

#endif
