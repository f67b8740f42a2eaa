/* Winograd layers (wino_*.h) compiled for AVX2. */
#include "wino_measure.h"

static bool fits(const fal_layer *layer, const fal_cpu *cpu) { return cpu->avx2 && wino_fits(layer); }

const fal_conv_kernel fal_conv_wino_avx2 = {
    .name = "avx2",
    .fits = fits,
    .plan = wino_plan,
    .forward_train = wino_forward_train,
    .prepare_infer = wino_prepare_infer,
    .forward_infer = wino_forward_infer,
    .backward = wino_backward,
    .measure = wino_measure,
    .measure_products = wino_measure_products,
};
