/* The truth: a convolution as plain loops over pixels, taps and channels, for any stride and number of groups.
 *
 * Sums inside a tap (over input channels, or over a row of pixels for the weight gradient) are float32, everything
 * above is double. No BLAS and no special instructions: the same bits on every machine with the same compiler flags. */
#include <string.h>

#include "plain.h"

typedef struct {
    int ci, co; /* of one group */
    int co_all;
} group_size;

static group_size group_of(const fal_layer *layer)
{
    return (group_size){.ci = layer->ci / layer->groups, .co = layer->co / layer->groups, .co_all = layer->co};
}

/* First input channel of a group at the pixel that tap (a, b) of output (i, j) reads. */
static float *tap_pixel(const fal_layer *layer, const fal_map *x, int k, int i, int j, int tap)
{
    const int row = i * layer->stride + tap / layer->kernel - layer->pad;
    const int column = j * layer->stride + tap % layer->kernel - layer->pad;
    return fal_map_pixel(x, k, row, column);
}

static size_t buffer_bytes(const fal_layer *layer)
{
    const size_t row_sums = (size_t)layer->ci / (size_t)layer->groups * (size_t)layer->co * sizeof(float);
    const size_t pixel = (size_t)layer->co * (sizeof(double) + sizeof(float));
    return row_sums > pixel ? row_sums : pixel;
}

/* sum[0 .. co-1] := x times the weights of one tap and group. */
static void tap_forward(group_size size, const float *x, const float *weight, float *sum)
{
    memset(sum, 0, (size_t)size.co * sizeof *sum);
    for (int i = 0; i < size.ci; i++) {
        const float value = x[i];
        const float *w = weight + (size_t)i * (size_t)size.co_all;
#pragma omp simd
        for (int o = 0; o < size.co; o++) {
            sum[o] += value * w[o];
        }
    }
}

static void forward(const fal_layer *layer, const float *weight, const fal_map *x, int k, float *z, void *buffer)
{
    const group_size size = group_of(layer);
    const int taps = layer->kernel * layer->kernel;
    double *total = buffer;
    float *sum = (float *)(total + size.co);
    for (int i = 0; i < layer->hc; i++) {
        for (int j = 0; j < layer->wc; j++) {
            for (int g = 0; g < layer->groups; g++) {
                memset(total, 0, (size_t)size.co * sizeof *total);
                for (int tap = 0; tap < taps; tap++) {
                    const float *w = weight + (size_t)tap * (size_t)size.ci * (size_t)size.co_all + g * size.co;
                    tap_forward(size, tap_pixel(layer, x, k, i, j, tap) + g * size.ci, w, sum);
                    for (int o = 0; o < size.co; o++) {
                        total[o] += (double)sum[o];
                    }
                }
                for (int o = 0; o < size.co; o++) {
                    *z++ = (float)total[o];
                }
            }
        }
    }
}

/* One row of output pixels for one tap: row [ci][co_all] += x dz'. */
static void row_gradient(const fal_layer *layer, const fal_map *x, int k, int i, int tap, const float *dz, float *row)
{
    const group_size size = group_of(layer);
    memset(row, 0, (size_t)size.ci * (size_t)size.co_all * sizeof *row);
    for (int j = 0; j < layer->wc; j++, dz += size.co_all) {
        const float *from = tap_pixel(layer, x, k, i, j, tap);
        for (int g = 0; g < layer->groups; g++) {
            for (int c = 0; c < size.ci; c++) {
                const float value = from[g * size.ci + c];
                float *to = row + (size_t)c * (size_t)size.co_all + g * size.co;
                const float *d = dz + g * size.co;
#pragma omp simd
                for (int o = 0; o < size.co; o++) {
                    to[o] += value * d[o];
                }
            }
        }
    }
}

static void weight_gradient(const fal_layer *layer, const fal_map *x, int k, const float *dz, void *sums, void *buffer)
{
    const size_t weights = (size_t)layer->ci / (size_t)layer->groups * (size_t)layer->co;
    float *row = buffer;
    for (int i = 0; i < layer->hc; i++) {
        for (int tap = 0; tap < layer->kernel * layer->kernel; tap++) {
            double *sum = (double *)sums + (size_t)tap * weights;
            row_gradient(layer, x, k, i, tap, dz + (size_t)(i * layer->wc) * (size_t)layer->co, row);
#pragma omp simd
            for (size_t e = 0; e < weights; e++) {
                sum[e] += (double)row[e];
            }
        }
    }
}

static void input_gradient(const fal_layer *layer, const float *weight, const float *dz, const fal_map *dx, int k,
                           void *buffer)
{
    (void)buffer;
    const group_size size = group_of(layer);
    for (int i = 0; i < layer->hc; i++) {
        for (int j = 0; j < layer->wc; j++) {
            const float *d = dz + (size_t)(i * layer->wc + j) * (size_t)size.co_all;
            for (int tap = 0; tap < layer->kernel * layer->kernel; tap++) {
                float *to = tap_pixel(layer, dx, k, i, j, tap);
                for (int c = 0; c < layer->ci; c++) {
                    const int g = c / size.ci;
                    const float *w = weight + (size_t)(tap * size.ci + c % size.ci) * (size_t)size.co_all;
                    double sum = 0.0;
                    for (int o = g * size.co; o < (g + 1) * size.co; o++) {
                        sum += (double)d[o] * (double)w[o];
                    }
                    to[c] += (float)sum;
                }
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
    return layer->pad <= 1;
}

const fal_conv_kernel fal_conv_plain_reference = {
    .family = "plain", .name = "reference", .fits = fits, .product = &product};
