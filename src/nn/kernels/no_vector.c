/* In place of the vector kernels on CPUs other than x86-64: nothing fits them. */
#include "kernels.h"
#include "peak.h"

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
const fal_conv_kernel fal_conv_direct_avx512 = {.name = "none", .fits = fits};
const fal_conv_kernel fal_conv_direct_avx2 = {.name = "none", .fits = fits};
const fal_conv_kernel fal_conv_pairs_avx512 = {.name = "none", .fits = fits};
const fal_conv_kernel fal_conv_pairs_avx2 = {.name = "none", .fits = fits};
const fal_conv_kernel fal_conv_depth_avx512 = {.name = "none", .fits = fits};
const fal_conv_kernel fal_conv_depth_avx2 = {.name = "none", .fits = fits};

double fal_peak_avx512(int64_t rounds, float *sink)
{
    (void)rounds;
    (void)sink;
    return 0.0;
}

double fal_peak_avx2(int64_t rounds, float *sink)
{
    (void)rounds;
    (void)sink;
    return 0.0;
}
