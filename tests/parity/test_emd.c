/* EMD and long tail against the reference numbers (FAL_REFERENCE, stats.h5). */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/data/emd.h"
#include "fal/data/longtail.h"
#include "fal/io/h5.h"

static const double TOLERANCE = 1e-12; /* as the notes beside the numbers say */

static fal_h5 *stats;

static int open_stats(void **state)
{
    (void)state;
    const char *path = fal_test_reference("stats.h5");
    return path != NULL && fal_h5_open(path, &stats) != FAL_OK;
}

static int close_stats(void **state)
{
    (void)state;
    fal_h5_close(stats);
    return 0;
}

/* Skips the test if the reference numbers are not there. */
static void *read_array(const char *name, fal_h5_type type, int rank, fal_h5_shape *shape)
{
    void *values = NULL;
    if (stats == NULL) {
        skip();
    }
    assert_ok(fal_h5_shape_of(stats, name, shape));
    assert_int_equal(shape->type, type);
    assert_int_equal(shape->rank, rank);
    assert_ok(fal_h5_read_new(stats, name, shape, (size_t)1 << 20, &values));
    return values;
}

/* Counts are stored as int32. */
static int64_t *read_counts(const char *name, fal_h5_shape *shape)
{
    int32_t *stored = read_array(name, FAL_H5_INT32, 2, shape);
    const int64_t n = shape->dims[0] * shape->dims[1];
    int64_t *counts = NULL;
    assert_ok(fal_alloc(&counts, (size_t)n, sizeof *counts, "test"));
    for (int64_t i = 0; i < n; i++) {
        counts[i] = stored[i];
    }
    fal_free(stored);
    return counts;
}

static void single_count_vectors_match(void **state)
{
    (void)state;
    fal_h5_shape shape;
    fal_h5_shape one;
    int64_t *counts = read_counts("/emd/counts", &shape);
    double *value = read_array("/emd/value", FAL_H5_DOUBLE, 1, &one);
    assert_true(shape.dims[0] >= 6 && one.dims[0] == shape.dims[0]);
    for (int64_t i = 0; i < shape.dims[0]; i++) {
        const double emd = fal_emd(counts + i * shape.dims[1], (int)shape.dims[1]);
        assert_true((isnan(emd) && isnan(value[i])) || fabs(emd - value[i]) <= TOLERANCE);
    }
    fal_free(value);
    fal_free(counts);
}

static void local_and_global_distance_of_a_table_match(void **state)
{
    (void)state;
    fal_h5_shape shape;
    fal_h5_shape scalar;
    int64_t *counts = read_counts("/emd/clients", &shape);
    double *local = read_array("/emd/clients_local_mean", FAL_H5_DOUBLE, 0, &scalar);
    double *global = read_array("/emd/clients_global", FAL_H5_DOUBLE, 0, &scalar);
    const int clients = (int)shape.dims[0];
    const int classes = (int)shape.dims[1];
    assert_true(fabs(fal_emd_local(counts, clients, classes) - *local) <= TOLERANCE);
    assert_true(fabs(fal_emd_global(counts, clients, classes) - *global) <= TOLERANCE);
    fal_free(global);
    fal_free(local);
    fal_free(counts);
}

static void long_tails_match(void **state)
{
    (void)state;
    fal_h5_shape shape;
    fal_h5_shape one;
    int64_t *counts = read_counts("/long_tail/class_counts", &shape);
    int32_t *rho = read_array("/long_tail/rho", FAL_H5_INT32, 1, &one);
    double *emd = read_array("/long_tail/total_variation", FAL_H5_DOUBLE, 1, &one);
    const int classes = (int)shape.dims[1];
    int64_t full[16];
    int64_t kept[16];
    assert_true(classes <= 16);
    for (int c = 0; c < classes; c++) {
        full[c] = 5000;
    }
    for (int64_t i = 0; i < shape.dims[0]; i++) {
        fal_longtail_counts(rho[i], classes, full, kept);
        assert_memory_equal(kept, counts + i * classes, (size_t)classes * sizeof *kept);
        assert_true(fabs(fal_emd(kept, classes) - emd[i]) <= TOLERANCE);
    }
    fal_free(emd);
    fal_free(rho);
    fal_free(counts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_count_vectors_match),
        cmocka_unit_test(local_and_global_distance_of_a_table_match),
        cmocka_unit_test(long_tails_match),
    };
    return cmocka_run_group_tests_name("parity/emd", tests, open_stats, close_stats);
}
