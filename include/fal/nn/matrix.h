/* Matrix products by our own kernels, row-major, float32, on the calling thread. Unlike those of fal/nn/gemm.h their
 * bits are the same with every vector instruction set, whatever BLAS is installed; without one they are BLAS's. */
#ifndef FAL_NN_MATRIX_H
#define FAL_NN_MATRIX_H

#include <stddef.h>

#include "fal/nn/gemm.h"

/** c := a b with a [m][k], b [k][n], c [m][n] (c_stride floats from a row to the next); c overlaps neither. k = 0 makes
 * it zero. Without vector kernels for this CPU, or with FAL_KERNELS_ISA=blas, by fal_gemm. */
void fal_matrix_product(size_t m, size_t n, size_t k, fal_gemm_matrix a, fal_gemm_matrix b, float *c, size_t c_stride);

#endif
