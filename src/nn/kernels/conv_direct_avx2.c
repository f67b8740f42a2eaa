/* Direct convolutions (direct_*.h) compiled for AVX2. */
#include "direct_backward.h"

static bool fits(const fal_layer *layer, const fal_cpu *cpu) { return cpu->avx2 && direct_fits(layer); }

const fal_conv_kernel fal_conv_direct_avx2 = {
    .name = "avx2",
    .any_batch = true,
    .fits = fits,
    .plan = direct_plan,
    .forward_train = direct_forward_train,
    .prepare_infer = direct_prepare_infer,
    .forward_infer = direct_forward_infer,
    .backward = direct_backward,
};
