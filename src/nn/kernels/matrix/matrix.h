/* Products of plain matrices by our own kernels, one function for each instruction set. */
#ifndef FAL_NN_KERNELS_MATRIX_MATRIX_H
#define FAL_NN_KERNELS_MATRIX_MATRIX_H

#include <stddef.h>

#include "fal/nn/gemm.h"

#include "../simd/sets.h"

/** c := a b, as fal_matrix_product (fal/nn/matrix.h). */
typedef struct {
    size_t m, n, k;
    fal_gemm_matrix a, b;
    float *c;
    size_t c_stride;
} fal_matrix_call;

/** fal_matrix_<set>. */
#define FAL_MATRIX_DECLARED(set, has) void fal_matrix_##set(const fal_matrix_call *call);
FAL_SIMD_SETS(FAL_MATRIX_DECLARED)

#endif
