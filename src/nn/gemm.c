/* OpenBLAS, one thread: the only file that knows cblas.h. */
#include "fal/nn/gemm.h"

#include <limits.h>

#include <cblas.h>

#include "fal/base/status.h"

/* Before main, so that no caller and no thread can be too early. */
__attribute__((constructor)) static void use_one_thread(void) { openblas_set_num_threads(1); }

static CBLAS_TRANSPOSE transpose_of(const fal_gemm_matrix *matrix)
{
    return matrix->layout == FAL_GEMM_PLAIN ? CblasNoTrans : CblasTrans;
}

void fal_gemm(size_t m, size_t n, size_t k, fal_gemm_matrix a, fal_gemm_matrix b, float beta, float *c, size_t c_stride)
{
    FAL_ASSERT(m <= INT_MAX && n <= INT_MAX && k <= INT_MAX && a.stride <= INT_MAX && b.stride <= INT_MAX &&
               c_stride <= INT_MAX);
    if (m == 0 || n == 0) {
        return;
    }
    cblas_sgemm(CblasRowMajor, transpose_of(&a), transpose_of(&b), (int)m, (int)n, (int)k, 1.0F, a.at, (int)a.stride,
                b.at, (int)b.stride, beta, c, (int)c_stride);
}

const char *fal_gemm_library(void) { return openblas_get_config(); }

const char *fal_gemm_core(void) { return openblas_get_corename(); }
