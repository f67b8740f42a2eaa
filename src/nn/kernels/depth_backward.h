/* The backward half of a depthwise layer: sums of the gradients, then per image dz, its products with x, and dx. */
#ifndef FAL_NN_KERNELS_DEPTH_BACKWARD_H
#define FAL_NN_KERNELS_DEPTH_BACKWARD_H

#include "depth_forward.h"

/* Sums of g and g (z - mean) over some rows, added to line [sums, products][c]. */
static void depth_gradient_rows(const depth_layer *layer, int image, int i0, int i1, float *line)
{
    const bn_channels *channel = &layer->state.channel;
    const bool relu = layer->call->layer->relu;
    _Alignas(64) float z[SEGMENT][LANES];
    for (size_t c = 0; c < layer->c; c += LANES) {
        vec w[9];
        depth_weights_of(layer, layer->state.weights, c, w);
        const vec mean = v_load(channel->mean + c), scale = v_load(channel->scale + c);
        const vec beta = v_load(channel->beta + c);
        vec sum = v_zero(), product = v_zero();
        for (int i = i0; i < i1; i++) {
            for (int j = 0; j < layer->wc; j += SEGMENT) {
                const int count = layer->wc - j < SEGMENT ? layer->wc - j : SEGMENT;
                const float *dy = fal_map_pixel(&layer->call->dy, image, i, j) + c;
                depth_z(layer, image, i, j, count, c, w, z);
                for (int k = 0; k < count; k++, dy += layer->c) {
                    const vec value = v_load(z[k]);
                    const vec g = bn_active(bn_apply(value, mean, scale, beta), v_load(dy), relu);
                    sum = v_add(sum, g);
                    product = v_fma(g, v_sub(value, mean), product);
                }
            }
        }
        v_store(line + c, v_add(v_load(line + c), sum));
        v_store(line + layer->c + c, v_add(v_load(line + layer->c + c), product));
    }
}

static void depth_gradient_bunch(void *context, int bunch)
{
    const depth_layer *layer = context;
    float *line = depth_thread_of(layer).line;
    memset(line, 0, 2 * layer->c * sizeof *line);
    for (int image = bunch * layer->bunch; image < depth_bunch_end(layer, bunch); image++) {
        for (int i = 0; i < layer->hc; i += layer->rows) {
            depth_gradient_rows(layer, image, i, i + layer->rows < layer->hc ? i + layer->rows : layer->hc, line);
        }
    }
    double *out = layer->scratch.sums + (size_t)bunch * 2 * layer->c;
    for (size_t c = 0; c < 2 * layer->c; c++) {
        out[c] = (double)line[c];
    }
}

/* dz of `count` pixels from their z, which is overwritten; also into the image's dz. */
INLINE void depth_dz(const depth_layer *layer, size_t c, int count, const float *dy, float (*z)[LANES], float *dz)
{
    const bn_channels *channel = &layer->state.channel;
    const bool relu = layer->call->layer->relu;
    const vec mean = v_load(channel->mean + c), scale = v_load(channel->scale + c), beta = v_load(channel->beta + c);
    const vec c0 = v_load(channel->c0 + c), c1 = v_load(channel->c1 + c);
    for (int k = 0; k < count; k++, dy += layer->c, dz += layer->c) {
        const vec value = v_load(z[k]);
        const vec g = bn_active(bn_apply(value, mean, scale, beta), v_load(dy), relu);
        const vec result = v_fma(scale, g, v_fma(c1, v_sub(value, mean), c0));
        v_store(z[k], result);
        v_store(dz, result);
    }
}

/* sum[tap] += dz x over `count` pixels. */
INLINE void depth_taps(const float *x, size_t row, size_t pixel, size_t step, int count, float (*dz)[LANES], vec sum[9])
{
    for (int k = 0; k < count; k++, x += step) {
        const vec d = v_load(dz[k]);
        UNROLL
        for (size_t a = 0; a < 3; a++) {
            UNROLL
            for (size_t b = 0; b < 3; b++) {
                sum[3 * a + b] = v_fma(d, v_load(x + a * row + b * pixel), sum[3 * a + b]);
            }
        }
    }
}

/* dz of some rows and their share of the weight gradient [9][c]. */
static void depth_dz_rows(const depth_layer *layer, int image, int i0, int i1, float *dz, float *gradient)
{
    const fal_map *map = &layer->call->x;
    const size_t row = (size_t)map->columns * layer->c;
    _Alignas(64) float z[SEGMENT][LANES];
    for (size_t c = 0; c < layer->c; c += LANES) {
        vec w[9], sum[9];
        depth_weights_of(layer, layer->state.weights, c, w);
        UNROLL
        for (int tap = 0; tap < 9; tap++) {
            sum[tap] = v_zero();
        }
        for (int i = i0; i < i1; i++) {
            for (int j = 0; j < layer->wc; j += SEGMENT) {
                const int count = layer->wc - j < SEGMENT ? layer->wc - j : SEGMENT;
                const float *x = fal_map_pixel(map, image, i * layer->stride - 1, j * layer->stride - 1) + c;
                depth_z(layer, image, i, j, count, c, w, z);
                depth_dz(layer, c, count, fal_map_pixel(&layer->call->dy, image, i, j) + c, z,
                         dz + (size_t)(i + 1) * layer->dz_row + (size_t)(j + 1) * layer->c + c);
                depth_taps(x, row, layer->c, (size_t)layer->stride * layer->c, count, z, sum);
            }
        }
        UNROLL
        for (size_t tap = 0; tap < 9; tap++) {
            float *to = gradient + tap * layer->c + c;
            v_store(to, v_add(v_load(to), sum[tap]));
        }
    }
}

INLINE void depth_put(float *to, vec value, bool add) { v_store(to, add ? v_add(v_load(to), value) : value); }

/* Stride 1: dx is the convolution of dz with the turned window. */
static void depth_dx_rows(const depth_layer *layer, int image, int i0, int i1, const float *dz)
{
    const bool add = layer->call->add_dx;
    _Alignas(64) float z[SEGMENT][LANES];
    for (size_t c = 0; c < layer->c; c += LANES) {
        vec w[9];
        UNROLL
        for (size_t tap = 0; tap < 9; tap++) {
            w[tap] = v_load(layer->state.weights + (8 - tap) * layer->c + c);
        }
        for (int i = i0; i < i1; i++) {
            for (int j = 0; j < layer->w; j += SEGMENT) {
                const int count = layer->w - j < SEGMENT ? layer->w - j : SEGMENT;
                float *dx = fal_map_pixel(&layer->call->dx, image, i, j) + c;
                depth_slide(dz + (size_t)i * layer->dz_row + (size_t)j * layer->c + c, layer->dz_row, layer->c, 1,
                            count, w, z);
                for (int k = 0; k < count; k++, dx += layer->c) {
                    depth_put(dx, v_load(z[k]), add);
                }
            }
        }
    }
}

/* Stride 2: rows 2 q and 2 q + 1 of dx. A pixel with even coordinates sees the middle tap only, one with odd ones the
 * four corners. */
static void depth_dx_pair(const depth_layer *layer, int image, int q, const float *dz)
{
    const fal_map *map = &layer->call->dx;
    const bool add = layer->call->add_dx, below = 2 * q + 1 < layer->h;
    const size_t row = (size_t)map->columns * layer->c;
    for (size_t c = 0; c < layer->c; c += LANES) {
        vec w[9];
        depth_weights_of(layer, layer->state.weights, c, w);
        const float *d = dz + (size_t)(q + 1) * layer->dz_row + layer->c + c;
        float *dx = fal_map_pixel(map, image, 2 * q, 0) + c;
        vec d00 = v_load(d), d10 = v_load(d + layer->dz_row);
        for (int j = 0; j < layer->w; j += 2, dx += 2 * layer->c) {
            d += layer->c;
            const bool right = j + 1 < layer->w;
            const vec d01 = v_load(d), d11 = v_load(d + layer->dz_row);
            depth_put(dx, v_mul(w[4], d00), add);
            if (right) {
                depth_put(dx + layer->c, v_fma(w[3], d01, v_mul(w[5], d00)), add);
            }
            if (below) {
                depth_put(dx + row, v_fma(w[1], d10, v_mul(w[7], d00)), add);
            }
            if (right && below) {
                const vec upper = v_fma(w[6], d01, v_mul(w[8], d00));
                depth_put(dx + row + layer->c, v_add(upper, v_fma(w[0], d11, v_mul(w[2], d10))), add);
            }
            d00 = d01;
            d10 = d11;
        }
    }
}

static void depth_backward_bunch(void *context, int bunch)
{
    const depth_layer *layer = context;
    float *dz = depth_thread_of(layer).dz;
    float *gradient = layer->scratch.gradient + (size_t)bunch * 9 * layer->c;
    memset(gradient, 0, 9 * layer->c * sizeof *gradient);
    memset(dz, 0, (size_t)(layer->hc + 2) * layer->dz_row * sizeof *dz); /* the border stays zero */
    for (int image = bunch * layer->bunch; image < depth_bunch_end(layer, bunch); image++) {
        for (int i = 0; i < layer->hc; i += layer->rows) {
            const int end = i + layer->rows < layer->hc ? i + layer->rows : layer->hc;
            depth_dz_rows(layer, image, i, end, dz, gradient);
        }
        if (layer->call->dx.at == NULL) {
            continue;
        }
        for (int q = 0; layer->stride == 2 && q < layer->hc; q++) {
            depth_dx_pair(layer, image, q, dz);
        }
        for (int i = 0; layer->stride == 1 && i < layer->h; i += layer->rows) {
            depth_dx_rows(layer, image, i, i + layer->rows < layer->h ? i + layer->rows : layer->h, dz);
        }
    }
}

static void depth_backward(const fal_conv_call *call)
{
    depth_layer layer;
    depth_begin(call, &layer);
    fal_parallel_for(layer.bunches, depth_gradient_bunch, &layer);
    bn_gradient_statistics(call, layer.scratch.sums, (size_t)layer.bunches, (double)layer.n * layer.hc * layer.wc,
                           &layer.state.channel);
    fal_parallel_for(layer.bunches, depth_backward_bunch, &layer);
    for (size_t c = 0; c < layer.c; c++) {
        for (size_t tap = 0; tap < 9; tap++) {
            double sum = 0;
            for (size_t bunch = 0; bunch < (size_t)layer.bunches; bunch++) {
                sum += (double)layer.scratch.gradient[(9 * bunch + tap) * layer.c + c];
            }
            call->dweight[9 * c + tap] = (float)sum;
        }
    }
}

#endif
