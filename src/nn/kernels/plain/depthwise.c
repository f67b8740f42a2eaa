/* A depthwise convolution: each channel by itself, so channels are the vector. Plain loops, on any CPU. */
#include <string.h>

#include "plain.h"

static size_t buffer_bytes(const fal_layer *layer)
{
    (void)layer;
    return 0;
}

static float *tap_pixel(const fal_layer *layer, const fal_map *x, int k, int i, int j, int tap)
{
    return fal_map_pixel(x, k, i * layer->stride + tap / layer->kernel - layer->pad,
                         j * layer->stride + tap % layer->kernel - layer->pad);
}

static void forward(const fal_layer *layer, const float *weight, const fal_map *x, int k, float *z, void *buffer)
{
    (void)buffer;
    const int co = layer->co;
    memset(z, 0, (size_t)(layer->hc * layer->wc * co) * sizeof *z);
    for (int pixel = 0; pixel < layer->hc * layer->wc; pixel++, z += co) {
        for (int tap = 0; tap < layer->kernel * layer->kernel; tap++) {
            const float *from = tap_pixel(layer, x, k, pixel / layer->wc, pixel % layer->wc, tap);
            const float *w = weight + (size_t)tap * (size_t)co;
#pragma omp simd
            for (int c = 0; c < co; c++) {
                z[c] += from[c] * w[c];
            }
        }
    }
}

static void weight_gradient(const fal_layer *layer, const fal_map *x, int k, const float *dz, void *sums, void *buffer)
{
    (void)buffer;
    const int co = layer->co;
    for (int pixel = 0; pixel < layer->hc * layer->wc; pixel++, dz += co) {
        for (int tap = 0; tap < layer->kernel * layer->kernel; tap++) {
            const float *from = tap_pixel(layer, x, k, pixel / layer->wc, pixel % layer->wc, tap);
            double *sum = (double *)sums + (size_t)tap * (size_t)co;
#pragma omp simd
            for (int c = 0; c < co; c++) {
                sum[c] += (double)from[c] * (double)dz[c];
            }
        }
    }
}

static void input_gradient(const fal_layer *layer, const float *weight, const float *dz, const fal_map *dx, int k,
                           void *buffer)
{
    (void)buffer;
    const int co = layer->co;
    for (int pixel = 0; pixel < layer->hc * layer->wc; pixel++, dz += co) {
        for (int tap = 0; tap < layer->kernel * layer->kernel; tap++) {
            float *to = tap_pixel(layer, dx, k, pixel / layer->wc, pixel % layer->wc, tap);
            const float *w = weight + (size_t)tap * (size_t)co;
#pragma omp simd
            for (int c = 0; c < co; c++) {
                to[c] += dz[c] * w[c];
            }
        }
    }
}

static const fal_plain_product product = {.buffer_bytes = buffer_bytes,
                                          .sums_in_double = true,
                                          .forward = forward,
                                          .weight_gradient = weight_gradient,
                                          .input_gradient = input_gradient};

static bool fits(const fal_layer *layer, const fal_cpu *cpu)
{
    (void)cpu;
    return layer->groups == layer->ci && layer->ci == layer->co && layer->groups > 1 && layer->pad <= 1;
}

const fal_conv_kernel fal_conv_plain_depthwise = {
    .family = "plain", .name = "depthwise", .fits = fits, .product = &product};
