/* Depthwise convolutions (depth_*.h) compiled for AVX-512. */
#include "depth_backward.h"

static bool fits(const fal_layer *layer, const fal_cpu *cpu) { return cpu->avx512 && depth_fits(layer); }

const fal_conv_kernel fal_conv_depth_avx512 = {
    .name = "avx512",
    .any_batch = true,
    .fits = fits,
    .plan = depth_plan,
    .forward_train = depth_forward_train,
    .prepare_infer = depth_prepare_infer,
    .forward_infer = depth_forward_infer,
    .backward = depth_backward,
};
