/* The instruction sets that kernels are compiled for on this kind of machine, best first: a name, and how the CPU says
 * that it has it. A new one is a row here, a header <name>.h beside this one (simd.h says what it holds), and a line in
 * the Makefile with the compiler's flags. A machine without a row works with the plain kernels alone. */
#ifndef FAL_NN_KERNELS_SIMD_SETS_H
#define FAL_NN_KERNELS_SIMD_SETS_H

#if defined(__x86_64__)
#define FAL_SIMD_SETS(X)                                                                                               \
    X(avx512, FAL_SIMD_HAS_AVX2 &&__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&           \
                  __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))                            \
    X(avx2, FAL_SIMD_HAS_AVX2)
#define FAL_SIMD_HAS_AVX2 (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
#elif defined(__AARCH64EL__)
#define FAL_SIMD_SETS(X) X(neon, true) /* every such CPU has it */
#else
#define FAL_SIMD_SETS(X)
#endif

#endif
