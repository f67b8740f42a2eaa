/* Independent FMA chains, as many as a product's register block has: more than any core needs to be busy, and they
 * touch no memory. Compiled once for each instruction set. */
#include "../nn/kernels/simd/simd.h"

enum { ROWS = 6 };

double SIMD_JOIN(fal_bench_fma, FAL_SIMD)(int64_t rounds, float *sink);

double SIMD_JOIN(fal_bench_fma, FAL_SIMD)(int64_t rounds, float *sink)
{
    vec sum[ROWS][SIMD_COLUMNS];
    const vec factor = v_set(0.999F), summand = v_set(*sink);
    UNROLL
    for (int r = 0; r < ROWS; r++) {
        UNROLL
        for (int j = 0; j < SIMD_COLUMNS; j++) {
            sum[r][j] = v_set((float)(r * SIMD_COLUMNS + j));
        }
    }
    for (int64_t k = 0; k < rounds; k++) {
        UNROLL
        for (int r = 0; r < ROWS; r++) {
            UNROLL
            for (int j = 0; j < SIMD_COLUMNS; j++) {
                sum[r][j] = v_fma(sum[r][j], factor, summand);
            }
        }
    }
    _Alignas(64) float lanes[LANES];
    for (int r = 0; r < ROWS; r++) {
        for (int j = 0; j < SIMD_COLUMNS; j++) {
            v_store(lanes, sum[r][j]);
            *sink += lanes[0];
        }
    }
    return (double)rounds * ROWS * SIMD_PANEL * 2;
}
