/* The FMA peak of one core, measured. */
#include "fal/nn/peak.h"

#include <string.h>

#include "fal/base/clock.h"
#include "peak.h"

double fal_peak_gflops(const char *kernels, double seconds)
{
    double (*run)(int64_t, float *) = strncmp(kernels, "avx512", 6) == 0 ? fal_peak_avx512
                                      : strncmp(kernels, "avx2", 4) == 0 ? fal_peak_avx2
                                                                         : NULL;
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
