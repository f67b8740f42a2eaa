/* Direct convolutions (direct_*.h) with products in pairs (direct_pairs.h), compiled for AVX-512. */
#define DIRECT_PAIRS
#include "direct_backward.h"

static bool fits(const fal_layer *layer, const fal_cpu *cpu)
{
    return cpu->avx512 && cpu->adders && direct_fits(layer);
}

const fal_conv_kernel fal_conv_pairs_avx512 = {
    .name = "avx512-pairs",
    .any_batch = true,
    .fits = fits,
    .plan = direct_plan,
    .forward_train = direct_forward_train,
    .prepare_infer = direct_prepare_infer,
    .forward_infer = direct_forward_infer,
    .backward = direct_backward,
};
