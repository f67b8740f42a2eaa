/* The first layer (first_*.h) compiled for AVX-512. */
#include "first_backward.h"

static bool fits(const fal_layer *layer, const fal_cpu *cpu) { return cpu->avx512 && first_fits(layer); }

const fal_conv_kernel fal_conv_first_avx512 = {
    .name = "avx512",
    .reads_images = true,
    .fits = fits,
    .plan = first_plan,
    .forward_train = first_forward_train,
    .prepare_infer = first_prepare_infer,
    .forward_infer = first_forward_infer,
    .backward = first_backward,
};
