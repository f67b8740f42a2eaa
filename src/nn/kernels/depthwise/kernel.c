/* Depthwise 3x3 convolutions. Compiled once for each instruction set. */
#include "backward.inc.h"

static bool fits(const fal_layer *layer, const fal_cpu *cpu) { return cpu->FAL_SIMD && depthwise_fits(layer); }

const fal_conv_kernel SIMD_JOIN(fal_conv_depthwise, FAL_SIMD) = {
    .family = "depthwise",
    .name = SIMD_TEXT(FAL_SIMD),
    .any_batch = true,
    .fits = fits,
    .plan = depthwise_plan,
    .forward_train = depthwise_forward_train,
    .prepare_infer = depthwise_prepare_infer,
    .forward_infer = depthwise_forward_infer,
    .backward = depthwise_backward,
};
