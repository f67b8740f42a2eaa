/* Which of OpenBLAS's kernels this CPU should have. */
#include <stdbool.h>
#include <stdlib.h>
#include <strings.h>

#include "fal/nn/gemm.h"

static const char variable[] = "OPENBLAS_CORETYPE";

/* Cores without fused multiplication and addition. */
static bool is_old(const char *core)
{
    static const char *const old[] = {"Katmai",    "Coppermine", "Northwood",    "Prescott", "Banias",      "Atom",
                                      "Core2",     "Penryn",     "Dunnington",   "Nehalem",  "Athlon",      "Opteron",
                                      "Barcelona", "Bobcat",     "Opteron_SSE3", "Nano",     "Sandybridge", "unknown"};
    for (size_t i = 0; i < sizeof old / sizeof old[0]; i++) {
        if (strcasecmp(core, old[i]) == 0) {
            return true;
        }
    }
    return false;
}

const char *fal_gemm_better_core(const char *core, bool avx2, bool avx512)
{
    if (!avx2 || !is_old(core)) {
        return NULL;
    }
    return avx512 ? "SkylakeX" : "Haswell";
}

bool fal_gemm_fit_core(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    const char *better = fal_gemm_better_core(fal_gemm_core(), avx2, avx512);
    return better != NULL && getenv(variable) == NULL && setenv(variable, better, 0) == 0;
#else
    return false;
#endif
}
