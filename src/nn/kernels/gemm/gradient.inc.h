/* What the two gradients of a direct convolution begin with: how the work is cut, the sums of the gradient of y, and
 * dz.
 */
#ifndef FAL_NN_KERNELS_GEMM_GRADIENT_INC_H
#define FAL_NN_KERNELS_GEMM_GRADIENT_INC_H

#include "forward.inc.h"

typedef struct {
    int i, j; /* x pixel (stride q + i, stride r + j) is pixel (q, r) of the class */
    int h, w; /* of the class */
    int first, taps;
    int tap[9], di[9], dj[9]; /* tap number sees dz pixel (q + di, r + dj) */
} gemm_class;

static void gemm_class_of(const gemm_layer *layer, int number, int first, gemm_class *class)
{
    const int s = layer->stride;
    const fal_layer *shape = layer->call->layer;
    *class = (gemm_class){.i = number / s, .j = number % s, .first = first};
    class->h = (shape->h - class->i + s - 1) / s;
    class->w = (shape->w - class->j + s - 1) / s;
    for (int tap = 0; tap < layer->taps; tap++) {
        const int di = class->i + layer->pad - tap / layer->kernel, dj = class->j + layer->pad - tap % layer->kernel;
        if (di % s == 0 && dj % s == 0) {
            class->tap[class->taps] = tap;
            class->di[class->taps] = di / s;
            class->dj[class->taps++] = dj / s;
        }
    }
}

/** The backward pass of one group of images: dweight tiles first, then parts of dx. */
typedef struct {
    const gemm_layer *layer;
    gemm_class classes[4];
    int class_count;
    int first, images;                     /* of the group */
    int block, blocks, slices;             /* output channels of a tile, tiles along co, along taps and ci */
    int tiles, parts[4], ranges[4], items; /* work of the group */
} gemm_group;

/* Sums of g and g (z - mean) over a row of pixels, added to float sums [2][co], for some vectors of channels. All of
 * them together ask for the next row, straight. */
INLINE void gemm_sum_vectors(const gemm_layer *layer, const float *z, const float *dy, size_t c, const int vectors,
                             const bool relu, float *sums)
{
    const norm_channels *channel = &layer->state.channel;
    const size_t co = (size_t)layer->co;
    vec mean[BN_VECTORS], scale[BN_VECTORS], beta[BN_VECTORS], sum[BN_VECTORS], product[BN_VECTORS];
    UNROLL
    for (int v = 0; v < vectors; v++) {
        const size_t at = c + (size_t)(v * LANES);
        mean[v] = v_load(channel->mean + at);
        scale[v] = v_load(channel->scale + at);
        beta[v] = v_load(channel->beta + at);
        sum[v] = v_zero();
        product[v] = v_zero();
    }
    const int w = layer->call->layer->wc;
    const float *z_next = z + (size_t)w * (co + c),
                *dy_next = dy + (size_t)layer->call->dy.columns * co + (size_t)w * c;
    z += c;
    dy += c;
    for (int j = 0; j < w; j++, z += co, dy += co) {
        for (int line = 0; line < vectors * LANES; line += 16) {
            bn_fetch(z_next + j * vectors * LANES + line);
            bn_fetch(dy_next + j * vectors * LANES + line);
        }
        UNROLL
        for (int v = 0; v < vectors; v++) {
            const vec value = v_load(z + v * LANES);
            const vec g = bn_active(bn_apply(value, mean[v], scale[v], beta[v]), v_load(dy + v * LANES), relu);
            sum[v] = v_add(sum[v], g);
            product[v] = v_fma(g, v_sub(value, mean[v]), product[v]);
        }
    }
    UNROLL
    for (int v = 0; v < vectors; v++) {
        float *to = sums + c + v * LANES;
        v_store(to, v_add(v_load(to), sum[v]));
        v_store(to + co, v_add(v_load(to + co), product[v]));
    }
}

static void gemm_row_sums(const gemm_layer *layer, const float *z, const float *dy, float *sums)
{
    const bool relu = layer->call->layer->relu;
    const size_t co = (size_t)layer->co;
    size_t c = 0;
    for (; c + BN_VECTORS * LANES <= co; c += BN_VECTORS * LANES) {
        gemm_sum_vectors(layer, z, dy, c, BN_VECTORS, relu, sums);
    }
    for (; c < co; c += LANES) {
        gemm_sum_vectors(layer, z, dy, c, 1, relu, sums);
    }
}

/* Pairs: the squares of scale g, which is nearly dz, in a row of pixels. */
static double gemm_row_squares(const gemm_layer *layer, const float *z, const float *dy)
{
    const norm_channels *channel = &layer->state.channel;
    const size_t co = (size_t)layer->co;
    const bool relu = layer->call->layer->relu;
    double square = 0;
    for (size_t c = 0; c < co; c += LANES) {
        const vec mean = v_load(channel->mean + c), scale = v_load(channel->scale + c);
        const vec beta = v_load(channel->beta + c);
        vec sum = v_zero();
        float lane[LANES];
        for (size_t j = 0; j < (size_t)layer->call->layer->wc; j++) {
            const vec y = bn_apply(v_load(z + j * co + c), mean, scale, beta);
            const vec g = v_mul(scale, bn_active(y, v_load(dy + j * co + c), relu));
            sum = v_fma(g, g, sum);
        }
        v_store(lane, sum);
        for (int l = 0; l < LANES; l++) {
            square += (double)lane[l];
        }
    }
    return square;
}

/* Pairs: the squares of x, in an image's first row of pixels. */
static double gemm_x_squares(const gemm_layer *layer, int image)
{
    const float *x = fal_map_pixel(&layer->call->x, image, 0, 0);
    vec sum = v_zero();
    float lane[LANES];
    double square = 0;
    for (size_t at = 0; at < (size_t)(layer->call->layer->w * layer->ci); at += LANES) {
        sum = v_fma(v_load(x + at), v_load(x + at), sum);
    }
    v_store(lane, sum);
    for (int l = 0; l < LANES; l++) {
        square += (double)lane[l];
    }
    return square;
}

static void gemm_gradient_sums(void *context, int bunch)
{
    const gemm_layer *layer = context;
    const fal_layer *shape = layer->call->layer;
    const size_t co = (size_t)layer->co, row = (size_t)shape->wc * co;
    float *sums = gemm_thread_of(layer).line;
    double x = 0, dz = 0;
    memset(sums, 0, 2 * co * sizeof *sums);
    const int end = (bunch + 1) * layer->bunch < layer->n ? (bunch + 1) * layer->bunch : layer->n;
    for (int image = bunch * layer->bunch; image < end; image++) {
        const float *z = layer->state.z + (size_t)image * (size_t)layer->pixels * co;
        for (int i = 0; i < shape->hc; i++) {
            const float *dy = fal_map_pixel(&layer->call->dy, image, i, 0);
            gemm_row_sums(layer, z + (size_t)i * row, dy, sums);
            dz += PAIRS && i == 0 ? gemm_row_squares(layer, z, dy) : 0;
        }
        x += PAIRS ? gemm_x_squares(layer, image) : 0;
    }
    double *out = layer->scratch.sums + (size_t)bunch * 2 * co;
    for (size_t c = 0; c < 2 * co; c++) {
        out[c] = (double)sums[c];
    }
    if (PAIRS) {
        layer->scratch.sizes[2 * bunch] = x;
        layer->scratch.sizes[2 * bunch + 1] = dz;
    }
}

/* Pairs: powers of two that bring dz to the size of x, and the weights to 1. */
static void gemm_scale_gradient(gemm_layer *layer, int bunches)
{
    const size_t co = (size_t)layer->co;
    const fal_layer *shape = layer->call->layer;
    double x = 0, dz = 0;
    for (int bunch = 0; bunch < bunches; bunch++) {
        x += layer->scratch.sizes[2 * bunch];
        dz += layer->scratch.sizes[2 * bunch + 1];
    }
    const double rows = (double)layer->n;
    layer->dz_scale = pairs_factor(sqrt(x / (rows * shape->w * layer->ci)), sqrt(dz / (rows * shape->wc * layer->co)));
    layer->turned_scale = pairs_factor(1, gemm_weight_size(layer, false));
    for (size_t c = 0; c < co; c++) {
        layer->scratch.dz_factor[c] = layer->state.channel.scale[c] * layer->dz_scale;
        layer->state.channel.c0[c] *= layer->dz_scale;
        layer->state.channel.c1[c] *= layer->dz_scale;
    }
}

static void gemm_dz_image(void *context, int number)
{
    const gemm_group *group = context;
    const gemm_layer *layer = group->layer;
    const norm_channels *channel = &layer->state.channel;
    const fal_layer *shape = layer->call->layer;
    const size_t co = (size_t)layer->co;
    const int image = group->first + number;
    const float *factor = PAIRS ? layer->scratch.dz_factor : channel->scale;
    const float *z = layer->state.z + (size_t)image * (size_t)layer->pixels * co;
    float *dz = layer->scratch.dz + (size_t)number * (size_t)layer->pixels * layer->dz_row;
    for (int i = 0; i < shape->hc; i++) {
        const float *dy = fal_map_pixel(&layer->call->dy, image, i, 0);
        for (int j = 0; j < shape->wc; j++, z += co, dy += co, dz += layer->dz_row) {
            for (size_t c = 0; c < co; c += LANES) {
                const vec mean = v_load(channel->mean + c), scale = v_load(channel->scale + c);
                const vec value = v_load(z + c);
                bn_fetch(z + c + BN_AHEAD);
                bn_fetch(dy + c + BN_AHEAD);
                const vec g =
                    bn_active(bn_apply(value, mean, scale, v_load(channel->beta + c)), v_load(dy + c), shape->relu);
                const vec centred = v_fma(v_load(channel->c1 + c), v_sub(value, mean), v_load(channel->c0 + c));
                v_store(dz + c, v_fma(v_load(factor + c), g, centred));
            }
        }
    }
}

/* Pairs: the slices of an image's x. */
static void gemm_slice_image(void *context, int number)
{
    const gemm_group *group = context;
    const gemm_layer *layer = group->layer;
    const fal_layer *shape = layer->call->layer;
    const size_t panel = (size_t)layer->panel_in, ci = (size_t)layer->ci, slice = gemm_slice_floats(layer);
    float *to = layer->scratch.slices + (size_t)number * (size_t)layer->pixels * panel;
    for (int i = 0; i < shape->hc; i++) {
        for (int j = 0; j < shape->wc; j++, to += panel) {
            const float *x = fal_map_pixel(&layer->call->x, group->first + number, i, j);
            for (size_t c = 0; c < ci; c += panel) {
                for (size_t e = 0; e < panel; e += LANES) {
                    v_store(to + c / panel * slice + e, v_load(x + c + e));
                }
            }
        }
    }
}

/* Pairs: the sums of dz's columns over GEMM_PIXELS pixels. */
static void gemm_dz_own(void *context, int chunk)
{
    const gemm_group *group = context;
    const gemm_layer *layer = group->layer;
    const size_t first = (size_t)chunk * GEMM_PIXELS, co = (size_t)layer->co;
    const size_t pixels = (size_t)(group->images * layer->pixels) - first;
    pairs_pixels_own(layer->scratch.dz + first * layer->dz_row, layer->dz_row,
                     pixels < GEMM_PIXELS ? (int)pixels : GEMM_PIXELS, co, layer->scratch.own + (size_t)chunk * co);
}

#endif
