/* First and second moments of the zero-padded 3x3 patches of a batch of images.
 *
 * A second moment of taps (u1, v1) and (u2, v2) is the correlation of two planes at offset (u2 - u1, v2 - v1), taken
 * over all pixels but one border row and column, which depend on (u1, v1). So each offset is summed once, with its
 * first and last row and its first and last column apart, and the table is put together from these. Lanes are added in
 * float over the rows of one image, everything else in double. */
#ifndef FAL_NN_KERNELS_IMAGE_MOMENTS_INC_H
#define FAL_NN_KERNELS_IMAGE_MOMENTS_INC_H

#include "layer.inc.h"

/* Sums of a lag: [0] inner rows, [1] first row, [2] last row, [3] first column, [4] last column, each per lane; then
 * the corners: first and last row of the first column, of the last column. */

/* Planes with zero margins, a plane of ones, and the three outer columns on either side as rows. */
static void image_split(const image_layer *layer, int image, float *planes, float *columns)
{
    const size_t ci = (size_t)layer->ci, h = (size_t)layer->h, w = (size_t)layer->w;
    const size_t column = (h + 15) / 16 * 16 + 2 * MARGIN;
    const float *x = image_pixels(layer, image);
    for (size_t c = 0; c < ci; c++) {
        float *plane = planes + c * layer->plane + 2 * layer->stride + MARGIN;
        float *edge = columns + c * 6 * column + MARGIN;
        for (size_t i = 0; i < h; i++) {
            const float *in = x + i * w * ci + c;
            float *out = plane + i * layer->stride;
            for (size_t j = 0; j < w; j++) {
                out[j] = in[j * ci];
            }
            for (size_t k = 0; k < 3; k++) {
                edge[k * column + i] = k < w ? in[k * ci] : 0;
                edge[(3 + k) * column + i] = k < w ? in[(w - 1 - k) * ci] : 0;
            }
        }
    }
}

typedef struct {
    const image_layer *layer;
    const float *a, *b;           /* planes */
    const float *edge_a, *edge_b; /* their outer columns */
    int du;
} lag_operands;

/* Sum of a row's products for `count` offsets dv, dv + 1, ... */
INLINE void lag_row(const lag_operands *lag, int i, int dv, const int count, vec sum[5])
{
    const size_t stride = lag->layer->stride;
    const float *a = lag->a + (size_t)i * stride;
    const float *b = lag->b + (ptrdiff_t)(i + lag->du) * (ptrdiff_t)stride + dv;
    for (int j = 0; j < lag->layer->w; j += LANES) {
        const vec x = v_load(a + j);
        UNROLL
        for (int k = 0; k < count; k++) {
            sum[k] = v_fma(x, v_load(b + j + k), sum[k]);
        }
    }
}

/* First (side 0: offsets 0 to 2) or last column (side 1: offsets 0 to -2) of a with a column of b. */
INLINE void lag_column(const lag_operands *lag, int side, int dv, double *sums)
{
    const int h = lag->layer->h;
    const size_t column = (size_t)(h + 15) / 16 * 16 + 2 * MARGIN;
    const int inward = side == 0 ? dv : -dv;
    if (inward < 0) {
        return; /* beyond the edge: zero */
    }
    const float *a = lag->edge_a + (size_t)(3 * side) * column;
    const float *b = lag->edge_b + (size_t)(3 * side + inward) * column + lag->du;
    vec sum = v_zero();
    for (int i = 0; i < h; i += LANES) {
        sum = v_fma(v_load(a + i), v_load(b + i), sum);
    }
    v_accumulate(sums + (3 + side) * LANES, sum);
    sums[5 * LANES + 2 * side] += (double)a[0] * (double)b[0];
    sums[5 * LANES + 2 * side + 1] += (double)a[h - 1] * (double)b[h - 1];
}

/* All sums of offsets (du, dv) .. (du, dv + count - 1). */
INLINE void lag_sums(const lag_operands *lag, int dv, const int count, double *sums)
{
    const int h = lag->layer->h;
    vec inner[5], top[5], bottom[5];
    UNROLL
    for (int k = 0; k < count; k++) {
        inner[k] = top[k] = bottom[k] = v_zero();
    }
    lag_row(lag, 0, dv, count, top);
    lag_row(lag, h - 1, dv, count, bottom);
    for (int i = 1; i < h - 1; i++) {
        lag_row(lag, i, dv, count, inner);
    }
    UNROLL
    for (int k = 0; k < count; k++) {
        double *out = sums + k * LAG_DOUBLES;
        v_accumulate(out, inner[k]);
        v_accumulate(out + LANES, top[k]);
        v_accumulate(out + 2 * LANES, bottom[k]);
        lag_column(lag, 0, dv + k, out);
        lag_column(lag, 1, dv + k, out);
    }
}

static void image_moments_one(const image_layer *layer, float *planes, float *columns, double *sums)
{
    const size_t column = ((size_t)layer->h + 15) / 16 * 16 + 2 * MARGIN;
    const size_t origin = 2 * layer->stride + MARGIN;
    for (int c1 = 0; c1 < layer->ci; c1++) {
        for (int c2 = c1; c2 <= layer->ci; c2++) {
            lag_operands lag = {.layer = layer,
                                .a = planes + (size_t)c1 * layer->plane + origin,
                                .b = planes + (size_t)c2 * layer->plane + origin,
                                .edge_a = columns + (size_t)c1 * 6 * column + MARGIN,
                                .edge_b = columns + (size_t)c2 * 6 * column + MARGIN};
            if (c2 == layer->ci) {
                lag_sums(&lag, 0, 1, sums);
                sums += LAG_DOUBLES;
                continue;
            }
            if (c1 == c2) {
                lag_sums(&lag, 0, 3, sums);
                sums += 3 * LAG_DOUBLES;
            }
            for (lag.du = c1 == c2 ? 1 : -2; lag.du <= 2; lag.du++) {
                lag_sums(&lag, -2, 5, sums);
                sums += 5 * LAG_DOUBLES;
            }
        }
    }
}

static void image_moments_piece(void *context, int piece)
{
    const image_layer *layer = context;
    float *planes = image_thread(layer), *columns = planes + layer->planes;
    const size_t count = (size_t)image_lags(layer->ci) * LAG_DOUBLES;
    const size_t column = ((size_t)layer->h + 15) / 16 * 16 + 2 * MARGIN;
    double *sums = layer->state.moments + (size_t)piece * count;
    memset(sums, 0, count * sizeof *sums);
    memset(planes, 0, (layer->planes + layer->columns) * sizeof *planes);
    for (size_t i = 0; i < layer->plane; i++) {
        planes[(size_t)layer->ci * layer->plane + i] = 1;
    }
    for (size_t i = 0; i < 6 * column; i++) {
        columns[(size_t)layer->ci * 6 * column + i] = 1;
    }
    for (int image = fal_kernels_piece_first(layer->n, piece); image < fal_kernels_piece_first(layer->n, piece + 1);
         image++) {
        image_split(layer, image, planes, columns);
        image_moments_one(layer, planes, columns, sums);
    }
}

/* The sum over pixels for the first tap (u1, v1) = -1, 0 or 1. */
static double lag_total(const double *sums, int u1, int v1)
{
    double part[5] = {0};
    for (int k = 0; k < 5; k++) {
        for (int l = 0; l < LANES; l++) {
            part[k] += sums[k * LANES + l];
        }
    }
    const double *corner = sums + 5 * LANES;
    const double rows = part[0] + (u1 == 1 ? 0 : part[1]) + (u1 == -1 ? 0 : part[2]);
    const double left = part[3] - (u1 == 1 ? corner[0] : 0) - (u1 == -1 ? corner[1] : 0);
    const double right = part[4] - (u1 == 1 ? corner[2] : 0) - (u1 == -1 ? corner[3] : 0);
    return rows - (v1 == 1 ? left : 0) - (v1 == -1 ? right : 0);
}

/* Enter the sums of one lag for every pair of taps that has it. */
static void lag_spread(const image_layer *layer, const double *sums, int c1, int c2, int du, int dv)
{
    const size_t taps = (size_t)layer->taps;
    for (int u1 = -1; u1 <= 1; u1++) {
        for (int v1 = -1; v1 <= 1; v1++) {
            const int u2 = u1 + du, v2 = v1 + dv;
            const size_t t1 = (size_t)(9 * c1 + 3 * (u1 + 1) + v1 + 1);
            if (c2 == layer->ci) {
                layer->state.tap_sum[t1] = lag_total(sums, u1, v1);
            } else if (u2 >= -1 && u2 <= 1 && v2 >= -1 && v2 <= 1) {
                const size_t t2 = (size_t)(9 * c2 + 3 * (u2 + 1) + v2 + 1);
                const double total = lag_total(sums, u1, v1);
                layer->state.covariance[t1 * taps + t2] = total;
                layer->state.covariance[t2 * taps + t1] = total;
            }
        }
    }
}

/* Sum and covariance of the batch's patches. */
static void image_moments(image_layer *layer)
{
    const int pieces = fal_kernels_pieces(layer->n);
    const size_t taps = (size_t)layer->taps, count = (size_t)image_lags(layer->ci) * LAG_DOUBLES;
    double *sums = layer->state.moments;
    fal_parallel_for(pieces, image_moments_piece, layer);
    for (int piece = 1; piece < pieces; piece++) {
        for (size_t i = 0; i < count; i++) {
            sums[i] += layer->state.moments[(size_t)piece * count + i];
        }
    }
    for (int c1 = 0; c1 < layer->ci; c1++) {
        for (int c2 = c1; c2 <= layer->ci; c2++) {
            const int last = c2 == layer->ci ? 0 : 2;
            for (int du = c1 == c2 || last == 0 ? 0 : -2; du <= last; du++) {
                for (int dv = last == 0 || (c1 == c2 && du == 0) ? 0 : -2; dv <= last; dv++) {
                    lag_spread(layer, sums, c1, c2, du, dv);
                    sums += LAG_DOUBLES;
                }
            }
        }
    }
    const double values = (double)layer->n * layer->h * layer->w;
    for (size_t t1 = 0; t1 < taps; t1++) {
        for (size_t t2 = 0; t2 < taps; t2++) {
            double *entry = layer->state.covariance + t1 * taps + t2;
            *entry = *entry / values - layer->state.tap_sum[t1] / values * (layer->state.tap_sum[t2] / values);
        }
    }
}

#endif
