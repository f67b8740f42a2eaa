/* Independent FMA chains, as many as registers allow without touching memory. Compiled once for each instruction set.
 */
#include "../nn/kernels/simd/simd.h"

enum { CHAINS = 12 };

double SIMD_JOIN(fal_bench_fma, FAL_SIMD)(int64_t rounds, float *sink);

double SIMD_JOIN(fal_bench_fma, FAL_SIMD)(int64_t rounds, float *sink)
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
