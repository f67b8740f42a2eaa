/* Independent FMA chains, as many as registers allow without touching memory. */
#ifndef FAL_NN_KERNELS_PEAK_BODY_H
#define FAL_NN_KERNELS_PEAK_BODY_H

#include "peak.h"
#include "vector.h"

enum { CHAINS = 12 };

INLINE double peak_run(int64_t rounds, float *sink)
{
    vec sum[CHAINS];
    const vec factor = v_set(0.999F), summand = v_set(*sink);
    UNROLL
    for (int c = 0; c < CHAINS; c++) {
        sum[c] = v_set((float)c);
    }
    for (int64_t k = 0; k < rounds; k++) {
        UNROLL
        for (int c = 0; c < CHAINS; c++) {
            sum[c] = v_fma(sum[c], factor, summand);
        }
    }
    _Alignas(64) float lanes[LANES];
    for (int c = 0; c < CHAINS; c++) {
        v_store(lanes, sum[c]);
        *sink += lanes[0];
    }
    return (double)rounds * CHAINS * LANES * 2;
}

#endif
