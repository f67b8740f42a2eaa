/* What programs that compute do first. */
#include "computing.h"

#include "fal/base/parallel.h"
#include "fal/nn/gemm.h"

void fal_computing_start(char **argv)
{
    const bool waiting = fal_parallel_bound_waiting();
    const bool core = fal_gemm_fit_core();
    if (waiting || core) {
        fal_parallel_start_again(argv);
    }
}
