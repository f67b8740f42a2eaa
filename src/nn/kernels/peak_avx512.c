/* The FMA measurement with avx512. */
#include "peak_body.h"

double fal_peak_avx512(int64_t rounds, float *sink) { return peak_run(rounds, sink); }
