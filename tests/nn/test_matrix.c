/* Matrix products by our own kernels: each element is the chain of FMAs that src/nn/kernels/matrix/kernel.c describes,
 * to the last bit and on every instruction set, and nothing beside c is touched. */
#include "support.h"

#include <math.h>
#include <string.h>

#include "fal/base/random.h"
#include "fal/nn/matrix.h"
#include "nn/kernels/kernels.h"

enum { TERMS = 128, MOST = 700 * 700, GUARD = 3 };

static float a[MOST], b[MOST], c[MOST], expected[MOST];

static float element(const fal_gemm_matrix *matrix, size_t row, size_t column)
{
    return matrix->layout == FAL_GEMM_PLAIN ? matrix->at[row * matrix->stride + column]
                                            : matrix->at[column * matrix->stride + row];
}

/* One element, and the sum of its terms' amounts. */
static float chain(const fal_gemm_matrix *x, const fal_gemm_matrix *y, size_t i, size_t j, size_t k, double *amount)
{
    float sum = 0.0F;
    *amount = 0.0;
    for (size_t first = 0; first < k; first += TERMS) {
        float part = 0.0F;
        for (size_t t = first; t < k && t < first + TERMS; t++) {
            part = fmaf(element(x, i, t), element(y, t, j), part);
            *amount += fabs((double)element(x, i, t) * (double)element(y, t, j));
        }
        sum = first == 0 ? part : sum + part;
    }
    return sum;
}

static void draw(float *to, size_t count, uint64_t seed)
{
    const fal_rng rng = {.seed = seed, .purpose = FAL_RNG_TEST};
    for (size_t i = 0; i < count; i++) {
        to[i] = (float)(2.0 * fal_rng_uniform(&rng, i) - 1.0);
    }
}

static void compare(size_t m, size_t n, size_t k, fal_gemm_layout of_a, fal_gemm_layout of_b, bool exact)
{
    const size_t a_columns = of_a == FAL_GEMM_PLAIN ? k : m, b_columns = of_b == FAL_GEMM_PLAIN ? n : k;
    const fal_gemm_matrix x = {a, a_columns + GUARD, of_a}, y = {b, b_columns + GUARD, of_b};
    const size_t stride = n + GUARD;
    assert_true((m > k ? m : k) * (m + k + GUARD) <= MOST || (m * stride <= MOST && k * (n + GUARD) <= MOST));
    for (size_t i = 0; i < MOST; i++) {
        c[i] = expected[i] = -77.0F;
    }
    fal_matrix_product(m, n, k, x, y, c, stride);
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < n; j++) {
            double amount = 0.0;
            const float truth = chain(&x, &y, i, j, k, &amount);
            /* Any order of k terms in float is within k epsilon of the sum of their amounts. */
            const double bound = exact ? 0.0 : 2.0 * (double)k * 0x1p-23 * amount;
            if (!(fabs((double)c[i * stride + j] - (double)truth) <= bound)) {
                fail_msg("%zu x %zu x %zu, layouts %d %d: element %zu, %zu is %.9g, not %.9g", m, n, k, (int)of_a,
                         (int)of_b, i, j, (double)c[i * stride + j], (double)truth);
            }
            c[i * stride + j] = -77.0F;
        }
    }
    assert_memory_equal(c, expected, sizeof c);
}

static bool has_vectors(void)
{
    const fal_cpu cpu = fal_kernels_cpu();
    bool any = false;
#define ANY_SET(set, has) any = any || cpu.set;
    FAL_SIMD_SETS(ANY_SET)
    return any;
}

static void all_shapes(bool exact)
{
    static const size_t shapes[][3] = {{1, 1, 1},    {5, 3, 7},    {6, 64, 256},  {7, 65, 257},   {13, 17, 9},
                                       {12, 128, 0}, {193, 8, 31}, {200, 33, 40}, {31, 130, 600}, {8, 96, 512}};
    static const fal_gemm_layout layouts[] = {FAL_GEMM_PLAIN, FAL_GEMM_TRANSPOSED};
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
        for (size_t l = 0; l < 4; l++) {
            compare(shapes[s][0], shapes[s][1], shapes[s][2], layouts[l / 2], layouts[l % 2], exact);
        }
    }
}

static void test_chains_of_fma_on_every_set(void **state)
{
    (void)state;
    static const char *const sets[] = {"avx512", "avx2", "neon"}; /* one that this machine lacks: its best */
    draw(a, MOST, 1);
    draw(b, MOST, 2);
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        fal_test_kernels(sets[i], NULL);
        all_shapes(has_vectors());
    }
    fal_test_kernels(NULL, NULL);
}

static void test_without_vectors_by_blas(void **state)
{
    (void)state;
    draw(a, MOST, 3);
    draw(b, MOST, 4);
    fal_test_kernels("blas", NULL);
    all_shapes(false);
    fal_test_kernels(NULL, NULL);
}

static void test_what_is_no_number_stays_in_its_row_and_column(void **state)
{
    (void)state;
    const size_t m = 9, n = 20, k = 300;
    draw(a, MOST, 5);
    draw(b, MOST, 6);
    a[4 * k + 299] = NAN;
    b[7 * n + 19] = INFINITY;
    fal_matrix_product(m, n, k, (fal_gemm_matrix){a, k, FAL_GEMM_PLAIN}, (fal_gemm_matrix){b, n, FAL_GEMM_PLAIN}, c, n);
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < n; j++) {
            assert_int_equal(isfinite(c[i * n + j]) != 0, i != 4 && j != 19);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chains_of_fma_on_every_set),
        cmocka_unit_test(test_without_vectors_by_blas),
        cmocka_unit_test(test_what_is_no_number_stays_in_its_row_and_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
