/* In place of the vector kernels on CPUs other than x86-64: nothing fits them. */
#include "kernels.h"

static bool fits(const fal_layer *layer, const fal_cpu *cpu)
{
    (void)layer;
    (void)cpu;
    return false;
}

const fal_conv_kernel fal_conv_first_avx512 = {.name = "none", .fits = fits};
const fal_conv_kernel fal_conv_first_avx2 = {.name = "none", .fits = fits};
const fal_conv_kernel fal_conv_wino_avx512 = {.name = "none", .fits = fits};
const fal_conv_kernel fal_conv_wino_avx2 = {.name = "none", .fits = fits};
