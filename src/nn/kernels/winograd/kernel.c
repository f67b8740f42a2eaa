/* 3x3 convolutions with stride 1, by Winograd's F(4x4, 3x3). Compiled once for each instruction set. */
#include "measure.inc.h"

static bool fits(const fal_layer *layer, const fal_cpu *cpu) { return cpu->FAL_SIMD && wino_fits(layer); }

const fal_conv_kernel SIMD_JOIN(fal_conv_winograd, FAL_SIMD) = {
    .family = "winograd",
    .name = SIMD_TEXT(FAL_SIMD),
    .fits = fits,
    .plan = wino_plan,
    .forward_train = wino_forward_train,
    .prepare_infer = wino_prepare_infer,
    .forward_infer = wino_forward_infer,
    .backward = wino_backward,
    .measure = wino_measure,
    .measure_products = wino_measure_products,
};
