/* The backward half of a Winograd layer, the exact adjoint of the forward half.
 *
 * The gradient of z is formed in registers inside the transform Z = A dz A'; Z serves both dU = sum over tiles of V' Z
 * and dV = Z U', and dx += B dV B'. V is recomputed from x: keeping it would cost six times x. */
#ifndef FAL_NN_KERNELS_WINO_BACKWARD_H
#define FAL_NN_KERNELS_WINO_BACKWARD_H

#include "wino_forward.h"

/* Sums of g and g (z - mean) over the pooled pixels of an image, g = dy where y > 0. */
static void wino_gradient_sums(void *context, int image)
{
    const wino_layer *wino = context;
    const size_t co = (size_t)wino->co;
    double *out = wino->state.image_sums + (size_t)image * 2 * co;
    _Alignas(64) float lanes[2][LANES];
    for (size_t c = 0; c < co; c += LANES) {
        const vec mean = v_load(wino->state.channel.mean + c);
        const float *pooled = wino->state.pooled + (size_t)image * wino->pooled_image + c;
        vec sum = v_zero(), product = v_zero();
        for (int i = 0; i < wino->ho; i++) {
            const float *y = fal_map_pixel(&wino->call->y, image, i, 0) + c;
            const float *dy = fal_map_pixel(&wino->call->dy, image, i, 0) + c;
            vec row_sum = v_zero(), row_product = v_zero();
            for (int j = 0; j < wino->wo; j++, y += co, dy += co, pooled += co) {
                const vec g = v_where(v_greater(v_load(y), v_zero()), v_load(dy));
                row_sum = v_add(row_sum, g);
                row_product = v_fma(g, v_sub(v_load(pooled), mean), row_product);
            }
            sum = v_add(sum, row_sum);
            product = v_add(product, row_product);
        }
        v_store(lanes[0], sum);
        v_store(lanes[1], product);
        for (size_t l = 0; l < LANES; l++) {
            out[c + l] = (double)lanes[0][l];
            out[co + c + l] = (double)lanes[1][l];
        }
    }
}

/* Gradients of gamma and beta, and dz = scale g + c0 + c1 (z - mean). */
static void wino_gradient_statistics(wino_layer *wino)
{
    const fal_conv_call *call = wino->call;
    const wino_channels *channel = &wino->state.channel;
    const size_t co = (size_t)wino->co;
    const double values = (double)wino->h * wino->w * wino->n;
    for (size_t c = 0; c < co; c++) {
        double sum = 0, product = 0;
        for (size_t k = 0; k < (size_t)wino->n; k++) {
            sum += wino->state.image_sums[2 * k * co + c];
            product += wino->state.image_sums[(2 * k + 1) * co + c];
        }
        const double rstd = channel->rstd[c], scale = (double)call->gamma[c] * rstd;
        call->dgamma[c] = (float)(product * rstd);
        call->dbeta[c] = (float)sum;
        if (call->dbias != NULL) {
            call->dbias[c] = 0;
        }
        channel->c0[c] = (float)(-scale * sum / values);
        channel->c1[c] = (float)(-scale * rstd * rstd * product / values);
    }
}

/* dz of one tile and vector of channels: rows x columns of its pixels are inside the image, the others get zero. */
INLINE void wino_tile_gradient(const wino_layer *wino, const wino_place place, size_t c, int rows, int columns,
                               vec dz[4][4])
{
    const wino_channels *channel = &wino->state.channel;
    const size_t co = (size_t)wino->co, row = (size_t)(WINO_TILE * wino->tw) * co;
    const float *z = wino->state.z + (size_t)place.image * wino->z_image + (size_t)(WINO_TILE * place.i) * row +
                     (size_t)(WINO_TILE * place.j) * co + c;
    const vec mean = v_load(channel->mean + c), scale = v_load(channel->scale + c);
    const vec c0 = v_load(channel->c0 + c), c1 = v_load(channel->c1 + c);
    UNROLL
    for (int i = 0; i < 4; i++) {
        UNROLL
        for (int j = 0; j < 4; j++) {
            const vec centred = v_sub(v_load(z + (size_t)i * row + (size_t)j * co), mean);
            dz[i][j] = i < rows && j < columns ? v_fma(c1, centred, c0) : v_zero();
        }
    }
    UNROLL
    for (int wi = 0; wi < 2; wi++) {
        UNROLL
        for (int wj = 0; wj < 2; wj++) {
            const int i = 2 * place.i + wi, j = 2 * place.j + wj;
            if (2 * wi + 1 >= rows || 2 * wj + 1 >= columns) {
                continue; /* pooling drops an odd edge */
            }
            const size_t at = ((size_t)i * (size_t)wino->wo + (size_t)j) * co + c;
            const vec y = v_load(fal_map_pixel(&wino->call->y, place.image, i, j) + c);
            const vec dy = v_load(fal_map_pixel(&wino->call->dy, place.image, i, j) + c);
            const vec g = v_mul(scale, v_where(v_greater(y, v_zero()), dy));
            const ivec which = i_load_bytes(wino->state.position + (size_t)place.image * wino->pooled_image + at);
            UNROLL
            for (int q = 0; q < 4; q++) {
                vec *out = &dz[2 * wi + q / 2][2 * wj + q % 2];
                *out = v_add(*out, v_where(i_equal(which, i_set(q)), g));
            }
        }
    }
}

static void wino_gradient_block(const wino_layer *wino, int first, int count, float *m)
{
    const size_t co = (size_t)wino->co;
    for (int t = 0; t < count; t++) {
        const wino_place place = wino_place_of(wino, first + t);
        const int rows = wino->h - WINO_TILE * place.i, columns = wino->w - WINO_TILE * place.j;
        for (size_t c = 0; c < co; c += LANES) {
            vec dz[4][4];
            if (rows >= 4 && columns >= 4) {
                wino_tile_gradient(wino, place, c, 4, 4, dz);
            } else {
                wino_tile_gradient(wino, place, c, rows, columns, dz);
            }
            wino_output_adjoint(dz, m + (size_t)t * co + c, wino->m_step);
        }
    }
}

/* Tiles that lie above or to the left have written the first two rows or columns already. */
static void wino_dx_block(const wino_layer *wino, int first, int count, const float *v)
{
    const fal_map *dx = &wino->call->dx;
    const size_t ci = (size_t)wino->ci, row = (size_t)dx->columns * ci;
    for (int t = 0; t < count; t++) {
        const wino_place place = wino_place_of(wino, first + t);
        float *patch = fal_map_pixel(dx, place.image, WINO_TILE * place.i - 1, WINO_TILE * place.j - 1);
        const int rows = wino->call->add_dx ? 6 : place.i > 0 ? 2 : 0;
        const int columns = place.j > 0 ? 2 : 0;
        for (size_t c = 0; c < ci; c += LANES) {
            wino_input_adjoint(v + (size_t)t * ci + c, wino->v_step, patch + c, row, ci, rows, columns);
        }
    }
}

/* A piece of the batch in order: its share of dU, and dx of its images. */
static void wino_backward_piece(void *context, int piece)
{
    wino_layer *wino = context;
    const int tiles = wino->th * wino->tw;
    const int begin = fal_kernels_piece_first(wino->n, piece) * tiles;
    const int end = fal_kernels_piece_first(wino->n, piece + 1) * tiles;
    float *sums = wino->state.piece_sums + (size_t)piece * WINO_POSITIONS * wino->u_step;
    float *v = wino_thread_v(wino);
    float *m = v + WINO_POSITIONS * wino->v_step;
    for (int first = begin; first < end; first += TILE_BLOCK) {
        const int count = end - first < TILE_BLOCK ? end - first : TILE_BLOCK;
        wino_gradient_block(wino, first, count, m);
        wino_input_block(wino, first, count, v);
        for (size_t p = 0; p < WINO_POSITIONS; p++) {
            float *vp = v + p * wino->v_step;
            float *mp = m + p * wino->m_step;
            gemm_outer(wino->ci, wino->co, count, vp, mp, sums + p * wino->u_step, first > begin);
            if (wino->call->dx.at != NULL) {
                gemm_panels(count, wino->co, wino->ci, mp, wino->state.ut + p * wino->u_step, vp);
            }
        }
        if (wino->call->dx.at != NULL) {
            wino_dx_block(wino, first, count, v);
        }
    }
}

static void wino_backward(const fal_conv_call *call)
{
    wino_layer wino;
    wino_begin(call, &wino);
    const int pieces = fal_kernels_pieces(wino.n);
    fal_parallel_for(wino.n, wino_gradient_sums, &wino);
    wino_gradient_statistics(&wino);
    fal_parallel_for(pieces, wino_backward_piece, &wino);
    wino_weights_gradient(&wino, pieces);
}

/* 3x3, stride 1, padded, whole vectors of channels, ReLU and pooling: the layers of cnn4conv but the first. */
static bool wino_fits(const fal_layer *layer)
{
    return layer->kind == FAL_LAYER_CONV && layer->kernel == 3 && layer->stride == 1 && layer->pad == 1 &&
           layer->groups == 1 && layer->ci % 16 == 0 && layer->co % 16 == 0 && layer->relu && layer->max_pool &&
           layer->residual < 0;
}

#endif
