/* How long the steps of a Winograd layer take on one thread, and how fast its products are by themselves, for
 * benchmarks. Transforms of weights do not count: by tiles they are functions of their own, by weights, where products
 * follow them block by block, their time is taken in the same run and subtracted. */
#ifndef FAL_NN_KERNELS_WINOGRAD_MEASURE_INC_H
#define FAL_NN_KERNELS_WINOGRAD_MEASURE_INC_H

#include "backward.inc.h"

/* Forward (steps 0), or steps of backward: seconds, if less than `least`. */
static void wino_measure_steps(const fal_conv_call *call, int steps, double *least)
{
    wino_layer wino;
    double apart = 0.0;
    wino_begin(call, true, &wino);
    wino.steps = steps;
    wino.apart = &apart;
    const double start = fal_clock_seconds();
    if (steps == 0) {
        wino_find_powers_x(&wino);
        wino_forward(&wino);
    } else {
        wino_backward_steps(&wino);
    }
    const double seconds = fal_clock_seconds() - start - apart;
    *least = seconds < *least ? seconds : *least;
}

static void wino_measure(const fal_conv_call *call, fal_winograd_seconds *least)
{
    FAL_ASSERT(fal_parallel_threads() == 1);
    wino_measure_steps(call, 0, &least->forward);
    wino_measure_steps(call, STEP_Z | STEP_FILTERS | STEP_DX, &least->gradients);
    wino_measure_steps(call, STEP_FILTERS, &least->weight_gradient);
    wino_measure_steps(call, STEP_DX, &least->data_gradient);
}

/* All positions in the order of a layer. */
static void wino_products(const fal_winograd_block *block, bool weight_gradient)
{
    const int tiles = block->tiles, channels = block->channels;
    for (size_t p = 0; p < (size_t)block->positions; p++) {
        const float *v = block->v + p * block->tile_step;
        float *m = block->m + p * block->tile_step, *u = block->u + p * block->weight_step;
        if (weight_gradient) {
            wino_product_outer(channels, channels, tiles, m, (size_t)channels, v, u, true, NULL);
        } else {
            wino_product_tiles(tiles, channels, channels, v, u, m, false, NULL);
        }
    }
}

/* The first pass brings everything into the caches, the others count. */
static void wino_measure_product(const fal_winograd_block *block, bool weight_gradient, double *best)
{
    enum { PASSES = 10 };
    const double work = 2e-9 * PASSES * block->positions * block->tiles * block->channels * block->channels;
    wino_products(block, weight_gradient);
    const double start = fal_clock_seconds();
    for (int pass = 0; pass < PASSES; pass++) {
        wino_products(block, weight_gradient);
    }
    const double gflops = work / (fal_clock_seconds() - start);
    *best = gflops > *best ? gflops : *best;
}

static void wino_measure_products(const fal_winograd_block *block, fal_winograd_gflops *best)
{
    wino_measure_product(block, false, &best->forward);
    wino_measure_product(block, true, &best->weight_gradient);
}

#endif
