/* How long the parts of a Winograd layer take on one thread, for benchmarks. Transforms of weights do not count: by
 * tiles they are functions of their own, by weights, where products follow them block by block, their time is taken
 * in the same run and subtracted. */
#ifndef FAL_NN_KERNELS_WINO_MEASURE_H
#define FAL_NN_KERNELS_WINO_MEASURE_H

#include "wino_backward.h"

/* Forward (parts 0), or parts of backward: seconds, if less than `least`. */
static void wino_measure_parts(const fal_conv_call *call, int parts, double *least)
{
    wino_layer wino;
    double apart = 0.0;
    wino_begin(call, &wino);
    wino.parts = parts;
    wino.apart = &apart;
    const double start = fal_clock_seconds();
    if (parts == 0) {
        wino_forward(&wino, false);
    } else {
        wino_backward_parts(&wino);
    }
    const double seconds = fal_clock_seconds() - start - apart;
    *least = seconds < *least ? seconds : *least;
}

static void wino_measure(const fal_conv_call *call, fal_winograd_seconds *least)
{
    FAL_ASSERT(fal_parallel_threads() == 1);
    wino_measure_parts(call, 0, &least->forward);
    wino_measure_parts(call, PART_Z | PART_FILTERS | PART_DX, &least->gradients);
    wino_measure_parts(call, PART_FILTERS, &least->weight_gradient);
    wino_measure_parts(call, PART_DX, &least->data_gradient);
}

#endif
