/* k-means by bounds: the labels, centres and iterations of plain Lloyd to the bit, for fewer distances. */
#include "support.h"

#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/query/kmeans.h"
#include "query/kmeans_internal.h"

enum { N = 1500, D = 37, K = 150 };
static float points[N * D];
static float start[K * D];

/* Plain Lloyd, every distance by differences in double. Centres are means in point order; an empty cluster takes the
 * point that is farthest from its centre. */
typedef struct {
    float centre[K * D];
    int32_t label[N];
    int iterations;
} plain;

static void plain_assign(const plain *l, int32_t *label)
{
    for (int i = 0; i < N; i++) {
        double least = INFINITY;
        for (int c = 0; c < K; c++) {
            const double far = fal_kmeans_distance(points + i * D, l->centre + c * D, D);
            label[i] = far < least ? c : label[i];
            least = far < least ? far : least;
        }
    }
}

static void plain_fill_empty(plain *l)
{
    double far[N];
    int count[K] = {0};
    for (int i = 0; i < N; i++) {
        count[l->label[i]]++;
        far[i] = fal_kmeans_distance(points + i * D, l->centre + l->label[i] * D, D);
    }
    for (int c = 0; c < K; c++) {
        int farthest = 0;
        for (int i = 1; i < N; i++) {
            farthest = far[i] > far[farthest] ? i : farthest;
        }
        if (count[c] == 0 && far[farthest] > 0.0) {
            count[l->label[farthest]]--;
            count[c]++;
            l->label[farthest] = c;
            far[farthest] = 0.0;
        }
    }
}

static double plain_update(plain *l)
{
    static double sum[K * D];
    int count[K] = {0};
    double shift = 0.0;
    memset(sum, 0, sizeof sum);
    for (int i = 0; i < N; i++) {
        count[l->label[i]]++;
        for (int e = 0; e < D; e++) {
            sum[l->label[i] * D + e] += (double)points[i * D + e];
        }
    }
    for (int c = 0; c < K; c++) {
        for (int e = 0; e < D && count[c] > 0; e++) {
            const double mean = sum[c * D + e] / count[c];
            shift += (mean - (double)l->centre[c * D + e]) * (mean - (double)l->centre[c * D + e]);
            l->centre[c * D + e] = (float)mean;
        }
    }
    return shift;
}

static void plain_lloyd(plain *l)
{
    static int32_t next[N];
    fal_kmeans_points about = {.x = points, .n = N, .k = K, .d = D};
    assert_ok(fal_kmeans_points_create(&about));
    memcpy(l->centre, start, sizeof start);
    plain_assign(l, l->label);
    for (l->iterations = 1; l->iterations <= 300; l->iterations++) {
        plain_fill_empty(l);
        const double shift = plain_update(l);
        plain_assign(l, next);
        const bool same = memcmp(next, l->label, sizeof next) == 0;
        memcpy(l->label, next, sizeof next);
        if (same || shift <= about.tolerance) {
            break;
        }
    }
    fal_kmeans_points_destroy(&about);
}

/* Groups of points; grid > 0: their numbers are multiples of 1 / grid, so that many are equally far. */
static void make_points(uint64_t seed, int groups, double spread, int grid)
{
    const fal_rng rng = {.seed = seed, .purpose = FAL_RNG_TEST};
    for (int i = 0; i < N * D; i++) {
        const double centre = fal_rng_normal(&rng, (uint64_t)(N * D + (i / D % groups) * D + i % D));
        const double value = centre + spread * fal_rng_normal(&rng, (uint64_t)i);
        points[i] = (float)(grid > 0 ? round(value * grid) / grid : value);
    }
}

static int64_t compare(int threads)
{
    static plain expected;
    fal_kmeans result = {0};
    plain_lloyd(&expected);
    fal_parallel_set_threads(threads);
    assert_ok(fal_kmeans_lloyd(points, N, D, K, start, &result));
    fal_parallel_set_threads(1);
    assert_int_equal(result.iterations, expected.iterations);
    assert_memory_equal(result.label, expected.label, sizeof expected.label);
    assert_memory_equal(result.centre, expected.centre, sizeof expected.centre);
    const int64_t distances = result.distances;
    fal_kmeans_destroy(&result);
    return distances;
}

static void start_from(int stride)
{
    for (int c = 0; c < K; c++) {
        memcpy(start + c * D, points + c * stride % N * D, D * sizeof *start);
    }
}

static void labels_are_those_of_plain_lloyd(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        make_points(seed, seed % 2 == 0 ? 60 : 400, 0.7, 0);
        start_from(7);
        assert_int_equal(compare(1), compare(3));
    }
}

static void equal_distances_go_to_the_lowest_centre(void **state)
{
    (void)state;
    for (int grid = 1; grid <= 2; grid++) {
        make_points(9, 20, 0.4, grid);
        start_from(3);
        (void)compare(2);
    }
}

static void empty_clusters_are_filled(void **state)
{
    (void)state;
    make_points(11, 40, 0.6, 0);
    start_from(7);
    for (int c = 100; c < K; c++) { /* far from everything, or twice the same */
        for (int e = 0; e < D; e++) {
            start[c * D + e] = c % 2 == 0 ? 50.0F : start[(c - 100) * D + e];
        }
    }
    (void)compare(1);
}

static void large_numbers_do_not_hide_small_distances(void **state)
{
    (void)state;
    make_points(12, 200, 0.5, 0);
    for (int i = 0; i < N * D; i++) {
        points[i] = 100.0F + 0.01F * points[i];
    }
    start_from(7);
    (void)compare(2);
}

static void fewer_distances_are_computed(void **state)
{
    (void)state;
    const fal_rng rng = {.seed = 5, .purpose = FAL_RNG_TEST};
    make_points(13, 300, 0.5, 0);
    for (int i = 0; i < N; i++) { /* as embeddings: most of what varies lies in few directions */
        for (int e = 8; e < D; e++) {
            points[i * D + e] = (float)(0.1 * fal_rng_normal(&rng, (uint64_t)(i * D + e)));
        }
    }
    start_from(7);
    fal_kmeans result = {0};
    assert_ok(fal_kmeans_lloyd(points, N, D, K, start, &result));
    const double all = (double)N * K * (result.iterations + 1);
    assert_true(result.iterations > 5 && (double)result.distances < 0.5 * all);
    assert_true(result.distances >= (int64_t)N * K);
    fal_kmeans_destroy(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_those_of_plain_lloyd), cmocka_unit_test(equal_distances_go_to_the_lowest_centre),
        cmocka_unit_test(empty_clusters_are_filled), cmocka_unit_test(large_numbers_do_not_hide_small_distances),
        cmocka_unit_test(fewer_distances_are_computed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
