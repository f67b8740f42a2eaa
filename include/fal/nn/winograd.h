/* How fast Winograd's convolution is by itself, for benchmarks. */
#ifndef FAL_NN_WINOGRAD_H
#define FAL_NN_WINOGRAD_H

#include "fal/base/status.h"

/** Seconds for a batch, without the transforms of weights and of their gradients, which do not grow with the batch. */
typedef struct {
    double forward;         /* input transform, products, output transform with pooling and sums for the statistics */
    double data_gradient;   /* products, adjoint transform into the input's gradient */
    double weight_gradient; /* input transform, products */
    double gradients;       /* both, with the gradient transform that serves both */
} fal_winograd_seconds;

/** One layer of 3x3 filters, `channels` to `channels` (a multiple of 16), on size x size maps, with BN, ReLU and 2x2
 *  pooling, as in cnn4conv, on the calling thread: least of `runs` >= 1 runs. *kernels: their name as in
 *  fal_net_kernels, or "none" where there are no vector kernels; then the seconds are 0. As direct convolutions count,
 *  forward and each gradient are 18 batch size^2 channels^2 float operations. Not collective. FAL_ERR_MEMORY. */
fal_status fal_winograd_measure(int size, int channels, int batch, int runs, fal_winograd_seconds *least,
                                const char **kernels);

/** Float operations per second (in 1e9, an FMA is two) of the products alone: all 36 positions of one block of tiles,
 *  64 channels to 64, everything in cache. */
typedef struct {
    double forward;         /* and, without pairs, data gradient: [tiles x 64] [64 x 64] */
    double weight_gradient; /* [64 x tiles] [tiles x 64], added to what is there */
} fal_winograd_gflops;

/** Best of `runs` >= 1 runs for a block of `tiles` >= 1; *kernels and threads as above, "none": 0. Not collective.
 *  FAL_ERR_MEMORY. */
fal_status fal_winograd_measure_products(int tiles, int runs, fal_winograd_gflops *best, const char **kernels);

#endif
