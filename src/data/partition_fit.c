/* Steps 1 to 3 of the balanced Dirichlet partition: draw, give support, fit to the margins (algorithms.md section 2).
 *
 * The fit is iterative proportional fitting in its scaling form: M_kc = A_kc u_k v_c with A fixed, so a sweep only
 * reads the matrix: a product with v gives the rows, one with u the columns, both while a row is in the first-level
 * cache. Support bounds A from below by 1e-9 n_c / N, which keeps u and v far from the ends of the double range. */
#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/random.h"
#include "partition_internal.h"

static const double SUPPORT = 1e-9;
static const double COLUMN_TOLERANCE = 1e-10; /* relative */

int64_t fal_partition_client_size(const fal_partition_shape *shape, int client)
{
    return shape->total / shape->clients + (client < shape->total % shape->clients);
}

/* a [classes] out: one row of Dirichlet(alpha), mixed with the class shares. */
static void draw_row(const fal_partition_shape *shape, int client, double *a)
{
    double largest = -INFINITY;
    double sum = 0;
    for (int c = 0; c < shape->classes; c++) {
        const fal_rng rng = {
            .seed = shape->seed, .purpose = FAL_RNG_PARTITION, .client = (uint32_t)client, .epoch = (uint32_t)c};
        a[c] = fal_rng_log_gamma_variate(&rng, shape->alpha);
        largest = a[c] > largest ? a[c] : largest;
    }
    for (int c = 0; c < shape->classes; c++) {
        a[c] = exp(a[c] - largest);
        sum += a[c];
    }
    for (int c = 0; c < shape->classes; c++) {
        const double share = (double)shape->class_counts[c] / (double)shape->total;
        a[c] = (1.0 - SUPPORT) * (a[c] / sum) + SUPPORT * share;
    }
}

/* Four sums side by side, always in the same order: independent additions keep the pipeline full. */
static double product(const double *a, const double *v, int n)
{
    double sum[4] = {0};
    int c = 0;
    for (; c + 4 <= n; c += 4) {
        for (int lane = 0; lane < 4; lane++) {
            sum[lane] += a[c + lane] * v[c + lane];
        }
    }
    for (; c < n; c++) {
        sum[0] += a[c] * v[c];
    }
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* One sweep: columns by v, then rows by u; column_sum out: sums of A_kc u_k. */
static void sweep(const fal_partition_shape *shape, const double *a, double *u, double *v, double *column_sum)
{
    const int classes = shape->classes;
    for (int c = 0; c < classes; c++) {
        v[c] = shape->class_counts[c] > 0 ? (double)shape->class_counts[c] / column_sum[c] : 0.0;
        column_sum[c] = 0;
    }
    for (int k = 0; k < shape->clients; k++) {
        const double *row = a + (int64_t)k * classes;
        const double scale = (double)fal_partition_client_size(shape, k) / product(row, v, classes);
        u[k] = scale;
        for (int c = 0; c < classes; c++) {
            column_sum[c] += row[c] * scale;
        }
    }
}

static bool columns_fit(const fal_partition_shape *shape, const double *v, const double *column_sum)
{
    for (int c = 0; c < shape->classes; c++) {
        const double target = (double)shape->class_counts[c];
        if (!(fabs(v[c] * column_sum[c] - target) <= COLUMN_TOLERANCE * target)) {
            return false;
        }
    }
    return true;
}

static void fit(const fal_partition_shape *shape, double *m, double *u, double *v, double *column_sum, int *sweeps)
{
    const int classes = shape->classes;
    for (int k = 0; k < shape->clients; k++) {
        double *row = m + (int64_t)k * classes;
        draw_row(shape, k, row);
        for (int c = 0; c < classes; c++) {
            column_sum[c] += row[c];
        }
    }
    *sweeps = 0;
    do {
        sweep(shape, m, u, v, column_sum);
        ++*sweeps;
    } while (*sweeps < FAL_PARTITION_SWEEPS && !columns_fit(shape, v, column_sum));
    for (int k = 0; k < shape->clients; k++) {
        for (int c = 0; c < classes; c++) {
            m[(int64_t)k * classes + c] *= u[k] * v[c];
        }
    }
}

fal_status fal_partition_fit(const fal_partition_shape *shape, double *m, int *sweeps)
{
    const size_t classes = (size_t)shape->classes;
    fal_arena arena;
    int done = 0;
    if (isinf(shape->alpha)) {
        for (int k = 0; k < shape->clients; k++) {
            const double size = (double)fal_partition_client_size(shape, k);
            for (int c = 0; c < shape->classes; c++) {
                m[(size_t)k * classes + (size_t)c] = size * (double)shape->class_counts[c] / (double)shape->total;
            }
        }
    } else {
        const size_t rows = fal_arena_round((size_t)shape->clients * sizeof *m);
        const size_t columns = fal_arena_round(classes * sizeof *m);
        FAL_TRY(fal_arena_create(&arena, rows + 2 * columns, "partition"));
        double *u = fal_arena_take(&arena, rows);
        double *v = fal_arena_take(&arena, columns);
        fit(shape, m, u, v, fal_arena_take(&arena, columns), &done);
        fal_arena_destroy(&arena);
    }
    if (sweeps != NULL) {
        *sweeps = done;
    }
    return FAL_OK;
}
