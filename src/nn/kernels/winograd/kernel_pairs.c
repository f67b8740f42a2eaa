/* The same convolutions as in kernel.c with products in pairs (pairs.inc.h). Compiled once for each instruction set. */
#define WINO_PAIRS
#include "measure.inc.h"

/* Where pairs pay: what is added for them waits in registers beside the sums, for which 16 are too few; and the weights
 * of all positions stay in L2, or products wait for memory and not for multipliers. */
static bool pairs_pay(const fal_layer *layer)
{
    return SIMD_REGISTERS >= 32 && layer->ci <= CHANNEL_BLOCK && layer->co <= CHANNEL_BLOCK;
}

static bool fits(const fal_layer *layer, const fal_cpu *cpu)
{
    return cpu->FAL_SIMD && cpu->adders && wino_fits(layer) && pairs_pay(layer);
}

const fal_conv_kernel SIMD_JOIN(fal_conv_winograd_pairs, FAL_SIMD) = {
    .family = "winograd",
    .name = SIMD_TEXT(FAL_SIMD) "-pairs",
    .fits = fits,
    .plan = wino_plan,
    .forward_train = wino_forward_train,
    .prepare_infer = wino_prepare_infer,
    .forward_infer = wino_forward_infer,
    .backward = wino_backward,
    .measure = wino_measure,
    .measure_products = wino_measure_products,
};
