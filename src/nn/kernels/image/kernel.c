/* The first layer, on images of few channels. Compiled once for each instruction set. */
#include "backward.inc.h"

static bool fits(const fal_layer *shape, const fal_cpu *cpu) { return cpu->FAL_SIMD && image_fits(shape); }

const fal_conv_kernel SIMD_JOIN(fal_conv_image, FAL_SIMD) = {
    .family = "image",
    .name = SIMD_TEXT(FAL_SIMD),
    .reads_images = true,
    .fits = fits,
    .plan = image_plan,
    .forward_train = image_forward_train,
    .prepare_infer = image_prepare_infer,
    .forward_infer = image_forward_infer,
    .backward = image_backward,
};
