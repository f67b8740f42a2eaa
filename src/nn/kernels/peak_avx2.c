/* The FMA measurement with avx2. */
#include "peak_body.h"

double fal_peak_avx2(int64_t rounds, float *sink) { return peak_run(rounds, sink); }
