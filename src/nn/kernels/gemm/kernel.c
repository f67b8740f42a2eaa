/* 1x1 and 3x3 convolutions as matrix products on maps where they lie. Compiled once for each instruction set. */
#include "backward.inc.h"

static bool fits(const fal_layer *layer, const fal_cpu *cpu) { return cpu->FAL_SIMD && gemm_fits(layer); }

const fal_conv_kernel SIMD_JOIN(fal_conv_gemm, FAL_SIMD) = {
    .family = "gemm",
    .name = SIMD_TEXT(FAL_SIMD),
    .any_batch = true,
    .fits = fits,
    .plan = gemm_plan,
    .forward_train = gemm_forward_train,
    .prepare_infer = gemm_prepare_infer,
    .forward_infer = gemm_forward_infer,
    .backward = gemm_backward,
};
