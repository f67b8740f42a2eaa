/* Matrix products of the query layer, by the kernels of fal/nn/matrix.h: where a CPU has vector kernels, which images a
 * strategy chooses does not depend on a BLAS library's version or on the core that it takes the CPU for. */
#include "products.h"

#include "fal/nn/matrix.h"

void fal_products_transposed(const float *a, int64_t rows, const float *b, int64_t columns, int depth, float *out,
                             int64_t stride)
{
    const size_t k = (size_t)depth;
    fal_matrix_product((size_t)rows, (size_t)columns, k, (fal_gemm_matrix){a, k, FAL_GEMM_PLAIN},
                       (fal_gemm_matrix){b, k, FAL_GEMM_TRANSPOSED}, out, (size_t)stride);
}

void fal_products_plain(const float *a, int64_t rows, const float *b, int columns, int depth, float *out)
{
    fal_matrix_product((size_t)rows, (size_t)columns, (size_t)depth,
                       (fal_gemm_matrix){a, (size_t)depth, FAL_GEMM_PLAIN},
                       (fal_gemm_matrix){b, (size_t)columns, FAL_GEMM_PLAIN}, out, (size_t)columns);
}

void fal_products_gradient(const float *a, int64_t stride, int rows, const float *b, int columns, int64_t depth,
                           float *out)
{
    fal_matrix_product((size_t)rows, (size_t)columns, (size_t)depth,
                       (fal_gemm_matrix){a, (size_t)stride, FAL_GEMM_TRANSPOSED},
                       (fal_gemm_matrix){b, (size_t)columns, FAL_GEMM_PLAIN}, out, (size_t)columns);
}
