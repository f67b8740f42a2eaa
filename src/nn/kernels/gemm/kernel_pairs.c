/* The same convolutions as in kernel.c with products in pairs (pairs.inc.h). Compiled once for each instruction set. */
#define GEMM_PAIRS
#include "backward.inc.h"

static bool fits(const fal_layer *layer, const fal_cpu *cpu)
{
    return cpu->FAL_SIMD && cpu->adders && gemm_fits(layer);
}

const fal_conv_kernel SIMD_JOIN(fal_conv_pairs, FAL_SIMD) = {
    .family = "pairs",
    .name = SIMD_TEXT(FAL_SIMD) "-pairs",
    .any_batch = true,
    .fits = fits,
    .plan = gemm_plan,
    .forward_train = gemm_forward_train,
    .prepare_infer = gemm_prepare_infer,
    .forward_infer = gemm_forward_infer,
    .backward = gemm_backward,
};
