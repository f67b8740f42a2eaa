/* The FMA peak of one core, measured. */
#include "fal_bench_peak.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "fal/base/clock.h"

#include "../nn/kernels/simd/sets.h"

/* fal_bench_fma.c, compiled for each instruction set: does `rounds` and returns the float operations. */
typedef double (*fma_run)(int64_t rounds, float *sink);
#define FMA_DECLARED(set, has) double fal_bench_fma_##set(int64_t rounds, float *sink);
FAL_SIMD_SETS(FMA_DECLARED)

static fma_run run_of(const char *kernels)
{
#define FMA_OF(set, has)                                                                                               \
    if (strncmp(kernels, #set, strlen(#set)) == 0) {                                                                   \
        return fal_bench_fma_##set;                                                                                    \
    }
    FAL_SIMD_SETS(FMA_OF)
    (void)kernels;
    return NULL;
}

double fal_bench_peak_gflops(const char *kernels, double seconds)
{
    const fma_run run = run_of(kernels);
    const double start = fal_clock_seconds();
    double best = 0.0;
    float sink = 0.5F;
    while (run != NULL && fal_clock_seconds() - start < seconds) {
        const double begin = fal_clock_seconds();
        const double work = run(100000, &sink);
        const double rate = work / (fal_clock_seconds() - begin) * 1e-9;
        best = rate > best ? rate : best;
    }
    return best;
}
