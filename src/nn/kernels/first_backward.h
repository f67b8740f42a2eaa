/* The backward half of the first layer: only the pixel that pooling chose carries a gradient g.
 *
 * dw = scale (sum g patch - mean(g) sum patch - mean(g xhat) sum xhat patch). The last sum is the covariance times w,
 * and sum g xhat follows from w . sum g patch, so z is never needed. For sum g patch a table holds the four values of
 * the window at each place: a lane picks the one that its position says. */
#ifndef FAL_NN_KERNELS_FIRST_BACKWARD_H
#define FAL_NN_KERNELS_FIRST_BACKWARD_H

#include "first_forward.h"

/* Planes with a border of zeros; the border was zeroed before. */
static void first_planes(const first_layer *first, int image, float *padded)
{
    const size_t ci = (size_t)first->ci, plane = (size_t)(first->h + 2) * first->plane_row;
    const float *x = first_image(first, image);
    for (int i = 0; i < first->h; i++) {
        float *out = padded + (size_t)(i + 1) * first->plane_row + 1;
        for (int j = 0; j < first->w; j++, out++) {
            for (size_t c = 0; c < ci; c++) {
                out[c * plane] = *x++;
            }
        }
    }
}

/* table [c][2 ho + 1][2 wo + 4][4]: x[r][s], x[r][s + 1], x[r + 1][s], x[r + 1][s + 1] in bordered coordinates: four
 * places at a time are a 4x4 transpose. */
static void first_table(const first_layer *first, const float *padded, float *table)
{
    const size_t rows = (size_t)(2 * first->ho + 1);
    for (int c = 0; c < first->ci; c++) {
        const float *x = padded + (size_t)c * (size_t)(first->h + 2) * first->plane_row;
        for (size_t r = 0; r < rows; r++, x += first->plane_row, table += first->table_row) {
            for (size_t s = 0; 4 * s < first->table_row; s += 4) {
                const float *below = x + first->plane_row + s;
                __m128 a = _mm_loadu_ps(x + s), b = _mm_loadu_ps(x + s + 1);
                __m128 d = _mm_loadu_ps(below), e = _mm_loadu_ps(below + 1);
                _MM_TRANSPOSE4_PS(a, b, d, e);
                _mm_storeu_ps(table + 4 * s, a);
                _mm_storeu_ps(table + 4 * s + 4, b);
                _mm_storeu_ps(table + 4 * s + 8, d);
                _mm_storeu_ps(table + 4 * s + 12, e);
            }
        }
    }
}

/* Sums of g patch of an image for `channels` input channels from c on, and of g, added to sums [taps + 1][co]. */
INLINE void first_gather(const first_layer *first, int image, const float *table, size_t o, int c, const int channels,
                         double *sums)
{
    const size_t co = (size_t)first->co;
    const size_t row = first->table_row, plane = (size_t)(2 * first->ho + 1) * row;
    const size_t dy_row = (size_t)first->call->dy.columns * co;
    const uint8_t *position = first->state.position + (size_t)image * (size_t)(first->ho * first->wo) * co + o;
    vec sum[3][9], total = v_zero();
    UNROLL
    for (int k = 0; k < channels; k++) {
        UNROLL
        for (int t = 0; t < 9; t++) {
            sum[k][t] = v_zero();
        }
    }
    for (int i = 0; i < first->ho; i++) {
        const float *dy = fal_map_pixel(&first->call->dy, image, i, 0) + o;
        const float *at = table + (size_t)c * plane + (size_t)(2 * i) * row;
        for (int j = 0; j < first->wo; j++, dy += co, position += co, at += 8) {
            const ivec which = i_load_bytes(position);
            const vec g = v_where(i_less(which, i_set(FIRST_OFF)), v_load(dy));
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
        v_accumulate(sums + (size_t)first->taps * co + o, total);
    }
}

static void first_backward_piece(void *context, int piece)
{
    const first_layer *first = context;
    const size_t count = (size_t)(first->taps + 1) * (size_t)first->co;
    float *padded = first_thread(first), *table = padded + first->padded;
    double *sums = first->state.piece_sums + (size_t)piece * count;
    memset(sums, 0, count * sizeof *sums);
    memset(padded, 0, first->padded * sizeof *padded);
    for (int image = fal_kernels_piece_first(first->n, piece); image < fal_kernels_piece_first(first->n, piece + 1);
         image++) {
        first_planes(first, image, padded);
        first_table(first, padded, table);
        for (size_t o = 0; o < (size_t)first->co; o += LANES) {
            int c = 0;
#ifdef __AVX512F__
            for (; c + 3 <= first->ci; c += 3) {
                first_gather(first, image, table, o, c, 3, sums);
            }
#endif
            for (; c < first->ci; c++) {
                first_gather(first, image, table, o, c, 1, sums);
            }
        }
    }
}

/* Gradients of one output channel from the sums over the batch. */
static void first_channel_gradient(const first_layer *first, const double *sums, size_t o)
{
    const fal_conv_call *call = first->call;
    const size_t taps = (size_t)first->taps, co = (size_t)first->co;
    const double values = (double)first->n * first->h * first->w;
    const double rstd = first->state.rstd[o], g = sums[taps * co + o];
    const float *w = call->weight + o * taps;
    double gz = 0;
    for (size_t t = 0; t < taps; t++) {
        gz += (double)w[t] * sums[t * co + o];
    }
    const double gx = rstd * (gz - first->state.mean[o] * g);
    const double scale = (double)call->gamma[o] * rstd;
    for (size_t t = 0; t < taps; t++) {
        const double xhat_patch = rstd * first->state.spread[t * co + o]; /* mean of xhat patch */
        call->dweight[o * taps + t] =
            (float)(scale * (sums[t * co + o] - g / values * first->state.tap_sum[t] - gx * xhat_patch));
    }
    call->dgamma[o] = (float)gx;
    call->dbeta[o] = (float)g;
    if (call->dbias != NULL) {
        call->dbias[o] = 0;
    }
}

static void first_backward(const fal_conv_call *call)
{
    first_layer first;
    first_begin(call, &first);
    const int pieces = fal_kernels_pieces(first.n);
    const size_t count = (size_t)(first.taps + 1) * (size_t)first.co;
    double *sums = first.state.piece_sums;
    fal_parallel_for(pieces, first_backward_piece, &first);
    for (int piece = 1; piece < pieces; piece++) {
        for (size_t i = 0; i < count; i++) {
            sums[i] += first.state.piece_sums[(size_t)piece * count + i];
        }
    }
    for (size_t o = 0; o < (size_t)first.co; o++) {
        first_channel_gradient(&first, sums, o);
    }
}

/* 3x3, stride 1, padded, on the images themselves, ReLU and pooling. */
static bool first_fits(const fal_layer *layer)
{
    return layer->kind == FAL_LAYER_CONV && layer->input < 0 && layer->kernel == 3 && layer->stride == 1 &&
           layer->pad == 1 && layer->groups == 1 && layer->ci <= FIRST_CHANNELS && layer->co % 16 == 0 && layer->relu &&
           layer->max_pool && layer->residual < 0 && layer->h >= 2 && layer->w >= 2;
}

#endif
