/* Products in pairs (gemm/pairs.inc.h) add what they multiply, so their operands are brought to one size. */
#ifndef FAL_NN_KERNELS_PAIRS_H
#define FAL_NN_KERNELS_PAIRS_H

#include <math.h>

/* A power of two that brings `have` to the size of `wanted`, 1 if either is not a size. */
static inline float pairs_factor(double wanted, double have)
{
    const double most = 60; /* two such factors are still a normal float */
    if (!(wanted > 0 && have > 0 && isfinite(wanted) && isfinite(have))) {
        return 1;
    }
    const double power = rint(log2(wanted) - log2(have));
    return ldexpf(1, (int)(power > most ? most : power < -most ? -most : power));
}

#endif
