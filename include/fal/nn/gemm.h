/* Matrix products by OpenBLAS, row-major, float32, always on the calling thread: parallelism is over fixed pieces of
 * ours, so a product's bits never depend on the number of threads. Safe to call from several threads at once. */
#ifndef FAL_NN_GEMM_H
#define FAL_NN_GEMM_H

#include <stdbool.h>
#include <stddef.h>

/** How an operand lies in memory: as it is used, or transposed. */
typedef enum { FAL_GEMM_PLAIN, FAL_GEMM_TRANSPOSED } fal_gemm_layout;

typedef struct {
    const float *at;
    size_t stride; /* floats from a row to the next, as it lies in memory */
    fal_gemm_layout layout;
} fal_gemm_matrix;

/** c := a b + beta c with a [m][k], b [k][n], c [m][n] (c_stride floats from a row to the next). beta 0 overwrites. */
void fal_gemm(size_t m, size_t n, size_t k, fal_gemm_matrix a, fal_gemm_matrix b, float beta, float *c,
              size_t c_stride);

/** Version, build options and core type of the library, for /run. */
const char *fal_gemm_library(void);
const char *fal_gemm_core(void);

/** The core type that a CPU should have whose library took `core`; NULL: that one. OpenBLAS knows CPUs by their model
 * numbers and takes its oldest kernels for one that is newer than itself, four times slower than what the CPU can do.
 * As newer versions of it do, such a CPU gets kernels by its instructions: SkylakeX for AVX-512, else Haswell. */
const char *fal_gemm_better_core(const char *core, bool avx2, bool avx512);

/** Sets OPENBLAS_CORETYPE, which the library has read before main, to what this CPU should have; false if the user has
 * set it or the library's choice is right. The process must then be started again. */
bool fal_gemm_fit_core(void);

#endif
