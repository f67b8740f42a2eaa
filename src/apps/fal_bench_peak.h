/* What one core can do at most, measured: the yardstick of the benchmarks. */
#ifndef FAL_APPS_FAL_BENCH_PEAK_H
#define FAL_APPS_FAL_BENCH_PEAK_H

/** Float operations per second (in 1e9, an FMA is two) of independent FMA chains in registers on the calling thread,
 *  with the instruction set that `kernels` begins with ("avx512", "avx2", "neon"; others: 0). Takes about `seconds`;
 * the best of many runs. */
double fal_bench_peak_gflops(const char *kernels, double seconds);

#endif
