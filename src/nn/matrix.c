/* Matrix products by the kernels of the CPU's best instruction set. */
#include "fal/nn/matrix.h"

#include <string.h>

#include "kernels/kernels.h"
#include "kernels/matrix/matrix.h"

void fal_matrix_product(size_t m, size_t n, size_t k, fal_gemm_matrix a, fal_gemm_matrix b, float *c, size_t c_stride)
{
    const fal_cpu cpu = fal_kernels_cpu();
    const fal_matrix_call call = {m, n, k, a, b, c, c_stride};
    for (size_t i = 0; k == 0 && i < m; i++) {
        memset(c + i * c_stride, 0, n * sizeof *c);
    }
#define FROM_SET(set, has)                                                                                             \
    if (cpu.set) {                                                                                                     \
        fal_matrix_##set(&call);                                                                                       \
        return;                                                                                                        \
    }
    FAL_SIMD_SETS(FROM_SET)
    fal_gemm(m, n, k, a, b, 0.0F, c, c_stride);
}
