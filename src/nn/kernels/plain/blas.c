/* A convolution as a matrix product: the patches of an image as rows of a matrix (im2col), then sgemm.
 *
 * Products go image by image, so an image's result does not depend on which others are in its batch. For any shape
 * with one group; it is what a machine without our vector kernels gets. */
#include <string.h>

#include "fal/nn/gemm.h"

#include "plain.h"

typedef struct {
    size_t pixels, patch, co; /* output pixels of an image, values of a patch, channels */
} product_size;

static product_size size_of(const fal_layer *layer)
{
    return (product_size){.pixels = (size_t)layer->hc * (size_t)layer->wc,
                          .patch = (size_t)(layer->kernel * layer->kernel) * (size_t)layer->ci,
                          .co = (size_t)layer->co};
}

static size_t buffer_bytes(const fal_layer *layer)
{
    const product_size size = size_of(layer);
    return size.pixels * size.patch * sizeof(float);
}

/* A run of a patch row: `kernel` neighbouring pixels lie together in the map. */
static float *run_of(const fal_layer *layer, const fal_map *map, int k, int i, int j, int a)
{
    return fal_map_pixel(map, k, i * layer->stride + a - layer->pad, j * layer->stride - layer->pad);
}

static void patches_of(const fal_layer *layer, const fal_map *x, int k, float *patches)
{
    const size_t run = (size_t)layer->kernel * (size_t)layer->ci;
    for (int i = 0; i < layer->hc; i++) {
        for (int j = 0; j < layer->wc; j++) {
            for (int a = 0; a < layer->kernel; a++, patches += run) {
                memcpy(patches, run_of(layer, x, k, i, j, a), run * sizeof *patches);
            }
        }
    }
}

static fal_gemm_matrix plain(const float *at, size_t stride)
{
    return (fal_gemm_matrix){.at = at, .stride = stride, .layout = FAL_GEMM_PLAIN};
}

static fal_gemm_matrix transposed(const float *at, size_t stride)
{
    return (fal_gemm_matrix){.at = at, .stride = stride, .layout = FAL_GEMM_TRANSPOSED};
}

static void forward(const fal_layer *layer, const float *weight, const fal_map *x, int k, float *z, void *buffer)
{
    const product_size size = size_of(layer);
    patches_of(layer, x, k, buffer);
    fal_gemm(size.pixels, size.co, size.patch, plain(buffer, size.patch), plain(weight, size.co), 0.0F, z, size.co);
}

static void weight_gradient(const fal_layer *layer, const fal_map *x, int k, const float *dz, void *sums, void *buffer)
{
    const product_size size = size_of(layer);
    patches_of(layer, x, k, buffer);
    fal_gemm(size.patch, size.co, size.pixels, transposed(buffer, size.patch), plain(dz, size.co), 1.0F, sums, size.co);
}

static void input_gradient(const fal_layer *layer, const float *weight, const float *dz, const fal_map *dx, int k,
                           void *buffer)
{
    const product_size size = size_of(layer);
    const size_t run = (size_t)layer->kernel * (size_t)layer->ci;
    const float *patches = buffer;
    fal_gemm(size.pixels, size.patch, size.co, plain(dz, size.co), transposed(weight, size.co), 0.0F, buffer,
             size.patch);
    for (int i = 0; i < layer->hc; i++) {
        for (int j = 0; j < layer->wc; j++) {
            for (int a = 0; a < layer->kernel; a++, patches += run) {
                float *to = run_of(layer, dx, k, i, j, a);
#pragma omp simd
                for (size_t e = 0; e < run; e++) {
                    to[e] += patches[e];
                }
            }
        }
    }
}

static const fal_plain_product product = {.buffer_bytes = buffer_bytes,
                                          .sums_in_double = false,
                                          .forward = forward,
                                          .weight_gradient = weight_gradient,
                                          .input_gradient = input_gradient};

static bool fits(const fal_layer *layer, const fal_cpu *cpu)
{
    (void)cpu;
    return layer->groups == 1 && layer->pad <= 1;
}

const fal_conv_kernel fal_conv_plain_blas = {.family = "plain", .name = "blas", .fits = fits, .product = &product};
