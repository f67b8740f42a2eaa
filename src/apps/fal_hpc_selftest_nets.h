/* The networks' kernels on this CPU: the fast ones against the reference. */
#ifndef FAL_APPS_FAL_HPC_SELFTEST_NETS_H
#define FAL_APPS_FAL_HPC_SELFTEST_NETS_H

#include "fal/base/hash.h"
#include "fal/base/status.h"

/* What outputs and gradients may be off by; sums of float32 in another order differ by 1e-6 a layer. */
#define FAL_SELFTEST_OUTPUT_MOST 1e-4
#define FAL_SELFTEST_GRADIENT_MOST 1e-3

/** Relative deviations (in the 2-norm), the larger of two networks. */
typedef struct {
    double output, gradient;
    char kernels[32];         /* "avx512": of the first network */
    char bits[FAL_HASH_TEXT]; /* SHA-256 of all that the fast kernels computed */
} fal_selftest_nets;

bool fal_selftest_nets_pass(const fal_selftest_nets *found);
/** Not collective. */
fal_status fal_selftest_nets_run(fal_selftest_nets *found);

#endif
