/* k-means: exact nearest labels, quality against a plain implementation, degenerate points, threads. */
#include "support.h"

#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/query/kmeans.h"
#include "query/kmeans_internal.h"

enum { N = 700, D = 19, K = 23 };
/* A start from random points instead of greedy ones costs several per cent; equal algorithms agree far better. */
static const double inertia_tolerance = 1.02;

static float points[N * D];

static void make_points(int groups, float spread)
{
    const fal_rng rng = {.seed = 5, .purpose = FAL_RNG_TEST};
    for (int i = 0; i < N; i++) {
        for (int e = 0; e < D; e++) {
            const double centre = fal_rng_normal(&rng, (uint64_t)(100000 + (i % groups) * D + e));
            points[i * D + e] = (float)(centre + (double)spread * fal_rng_normal(&rng, (uint64_t)(i * D + e)));
        }
    }
}

static double distance(const float *a, const float *b, int d)
{
    double sum = 0.0;
    for (int e = 0; e < d; e++) {
        sum += ((double)a[e] - (double)b[e]) * ((double)a[e] - (double)b[e]);
    }
    return sum;
}

static void labels_are_the_nearest_centres(void **state)
{
    (void)state;
    make_points(40, 0.8F);
    const fal_rng rng = {.seed = 1, .purpose = FAL_RNG_QUERY};
    fal_kmeans result = {0};
    assert_ok(fal_kmeans_run(points, N, D, K, 3, &rng, &result));
    double inertia = 0.0;
    for (int i = 0; i < N; i++) {
        int best = 0;
        for (int c = 1; c < K; c++) {
            if (distance(points + i * D, result.centre + c * D, D) <
                distance(points + i * D, result.centre + best * D, D)) {
                best = c;
            }
        }
        assert_int_equal(result.label[i], best);
        inertia += distance(points + i * D, result.centre + best * D, D);
    }
    assert_true(fabs(inertia - result.inertia) <= 1e-9 * inertia);
    fal_kmeans_destroy(&result);
}

/* Plain Lloyd in double from the same start gives the same clusters. */
static void lloyd_is_lloyd(void **state)
{
    (void)state;
    make_points(30, 0.9F);
    static float start[K * D];
    static double centre[K * D];
    static double sum[K * D];
    int label[N];
    for (int c = 0; c < K; c++) {
        memcpy(start + c * D, points + c * 7 * D, D * sizeof *start);
    }
    for (int e = 0; e < K * D; e++) {
        centre[e] = (double)start[e];
    }
    memset(label, -1, sizeof label);
    for (int changes = 1, it = 0; changes > 0 && it < 300; it++) {
        int count[K] = {0};
        changes = 0;
        memset(sum, 0, sizeof sum);
        for (int i = 0; i < N; i++) {
            double least = INFINITY;
            int best = 0;
            for (int c = 0; c < K; c++) {
                double far = 0.0;
                for (int e = 0; e < D; e++) {
                    far += pow((double)points[i * D + e] - centre[c * D + e], 2.0);
                }
                best = far < least ? c : best;
                least = far < least ? far : least;
            }
            changes += best != label[i];
            label[i] = best;
            count[best]++;
            for (int e = 0; e < D; e++) {
                sum[best * D + e] += (double)points[i * D + e];
            }
        }
        for (int e = 0; e < K * D; e++) {
            assert_true(count[e / D] > 0);
            centre[e] = sum[e] / count[e / D];
        }
    }
    fal_kmeans result = {0};
    assert_ok(fal_kmeans_lloyd(points, N, D, K, start, &result));
    double inertia = 0.0;
    for (int i = 0; i < N; i++) {
        for (int e = 0; e < D; e++) {
            inertia += pow((double)points[i * D + e] - centre[label[i] * D + e], 2.0);
        }
    }
    assert_true(fabs(result.inertia - inertia) <= 1e-4 * inertia); /* ours may stop at a shift of 1e-4 */
    fal_kmeans_destroy(&result);
}

/* Well apart groups: every good run finds them all, so the inertia is that of the groups. */
static void finds_groups_that_are_apart(void **state)
{
    (void)state;
    make_points(K, 0.01F);
    const fal_rng rng = {.seed = 3, .purpose = FAL_RNG_QUERY};
    fal_kmeans result = {0};
    assert_ok(fal_kmeans_run(points, N, D, K, 10, &rng, &result));
    for (int i = K; i < N; i++) {
        assert_int_equal(result.label[i], result.label[i % K]);
    }
    assert_true(result.inertia < inertia_tolerance * 1e-4 * N * D);
    fal_kmeans_destroy(&result);
}

static void points_that_overflow_are_refused(void **state)
{
    (void)state;
    static const float bad[] = {1e20F, INFINITY, NAN};
    const fal_rng rng = {.seed = 2, .purpose = FAL_RNG_QUERY};
    for (int kind = 0; kind < 3; kind++) {
        fal_kmeans result = {0};
        make_points(40, 0.5F);
        points[3 * D + 1] = bad[kind];
        assert_fails(fal_kmeans_run(points, N, D, K, 2, &rng, &result), FAL_ERR_NUMERIC, "point 3 is not finite, or");
        assert_fails(fal_kmeans_lloyd(points, N, D, K, points + 10 * D, &result), FAL_ERR_NUMERIC, "point 3");
    }
    make_points(40, 0.5F);
    for (int i = 0; i < N * D; i++) {
        points[i] *= 1e15F;
    }
    fal_kmeans result = {0};
    assert_ok(fal_kmeans_run(points, N, D, K, 2, &rng, &result));
    assert_true(isfinite(result.inertia));
    fal_kmeans_destroy(&result);
}

static void degenerate_points_are_fine(void **state)
{
    (void)state;
    const fal_rng rng = {.seed = 2, .purpose = FAL_RNG_QUERY};
    for (int kind = 0; kind < 4; kind++) {
        make_points(40, 0.5F);
        for (int i = 0; i < N * D && kind == 0; i++) {
            points[i] = 0.0F; /* all zero */
        }
        for (int i = 0; i < N * D && kind == 1; i++) {
            points[i] = points[i % (5 * D)]; /* five distinct rows */
        }
        const int64_t k = kind == 2 ? N : kind == 3 ? 1 : K;
        fal_kmeans result = {0};
        assert_ok(fal_kmeans_run(points, N, D, k, 2, &rng, &result));
        assert_true(isfinite(result.inertia) && result.inertia >= 0.0);
        if (kind != 3) {
            assert_true(result.inertia <= 1e-9);
        }
        int64_t used = 0;
        unsigned char seen[N] = {0};
        for (int i = 0; i < N; i++) {
            assert_true(result.label[i] >= 0 && result.label[i] < k);
            used += !seen[result.label[i]];
            seen[result.label[i]] = 1;
        }
        assert_int_equal(used, kind == 0 ? 1 : kind == 1 ? 5 : k);
        fal_kmeans_destroy(&result);
    }
}

/* Rows of equal numbers, such as blank pictures, whose float32 norms and products err most: all on one ray, few that
 * differ at all, or one that is wrong about its distance from itself while all others are at 0 of a centre. */
static void wide_rows_are_told_apart(void **state)
{
    (void)state;
    enum { ROWS = 40, WIDE = 32768, CENTRES = 20 };
    float *x = NULL;
    assert_ok(fal_alloc(&x, (size_t)ROWS * WIDE, sizeof *x, "wide rows"));
    for (int kind = 0; kind < 3; kind++) {
        for (int i = 0; i < ROWS; i++) {
            for (int e = 0; e < WIDE; e++) {
                const float one_ray = 0.7310585F * (1.0F + 1e-4F * (float)i);
                const float few = 0.7310585F * (float)(1 + i % 3);
                x[i * WIDE + e] = kind == 0 ? one_ray : kind == 1 ? few : i == 0 ? 1.0F : e == i % 2 ? 1.0F : 0.0F;
            }
        }
        for (uint64_t seed = 1; seed <= 4; seed++) {
            const fal_rng rng = {.seed = seed, .purpose = FAL_RNG_QUERY};
            fal_kmeans result = {0};
            assert_ok(fal_kmeans_run(x, ROWS, WIDE, CENTRES, 5, &rng, &result));
            for (int i = 0; i < ROWS; i++) {
                const float *row = x + (int64_t)i * WIDE;
                const double own = distance(row, result.centre + (int64_t)result.label[i] * WIDE, WIDE);
                for (int c = 0; c < CENTRES; c++) {
                    const double other = distance(row, result.centre + (int64_t)c * WIDE, WIDE);
                    assert_true(own < other || (own == other && result.label[i] <= c));
                }
            }
            fal_kmeans_destroy(&result);
        }
    }
    fal_free(x);
}

static void same_bits_for_any_number_of_threads(void **state)
{
    (void)state;
    make_points(50, 1.0F);
    memcpy(points + 500 * D, points + 3 * D, 60 * D * sizeof *points); /* identical rows, far apart */
    const fal_rng rng = {.seed = 9, .purpose = FAL_RNG_QUERY};
    fal_kmeans one = {0};
    fal_parallel_set_threads(1);
    assert_ok(fal_kmeans_run(points, N, D, K, 4, &rng, &one));
    for (int i = 0; i < 60; i++) {
        assert_int_equal(one.label[500 + i], one.label[3 + i]);
    }
    for (int threads = 2; threads <= 3; threads++) {
        fal_kmeans more = {0};
        fal_parallel_set_threads(threads);
        assert_ok(fal_kmeans_run(points, N, D, K, 4, &rng, &more));
        assert_memory_equal(one.label, more.label, N * sizeof *one.label);
        assert_memory_equal(one.centre, more.centre, K * D * sizeof *one.centre);
        assert_memory_equal(&one.inertia, &more.inertia, sizeof one.inertia);
        fal_kmeans_destroy(&more);
    }
    fal_parallel_set_threads(1);
    fal_kmeans_destroy(&one);
}

/* Above the limit of the Gram matrix the candidates of all starts share a product; quality must not change. */
static void many_points_take_the_other_way_of_seeding(void **state)
{
    (void)state;
    enum { MANY = 6000 };
    float *x = NULL;
    const fal_rng rng = {.seed = 4, .purpose = FAL_RNG_TEST};
    assert_ok(fal_alloc(&x, (size_t)MANY * 4, sizeof *x, "test"));
    for (int i = 0; i < MANY * 4; i++) {
        x[i] = (float)(10.0 * fal_rng_normal(&rng, (uint64_t)(100000 + i / 4 % 37 * 4 + i % 4)) +
                       0.01 * fal_rng_normal(&rng, (uint64_t)i));
    }
    fal_kmeans result = {0};
    assert_ok(fal_kmeans_run(x, MANY, 4, 37, 3, &rng, &result));
    for (int i = 37; i < MANY; i++) {
        assert_int_equal(result.label[i], result.label[i % 37]);
    }
    fal_kmeans_destroy(&result);
    fal_free(x);
}

/* Sums of rows of the Gram matrix only sort out; labels, centres and inertia must be those of the products, to the bit.
 * Far from the origin, where float32 is coarse against the distances, and with many copies, where ties abound. */
static void the_gram_matrix_changes_nothing(void **state)
{
    (void)state;
    enum { STARTS = 3 };
    const fal_rng rng = {.seed = 8, .purpose = FAL_RNG_QUERY};
    const struct {
        int groups;
        float spread, shift;
        int copies;
        int64_t k;
    } cases[] = {{20, 2.0F, 0.0F, 1, K}, {23, 0.1F, 0.0F, 1, K},   {10, 1.0F, 300.0F, 1, K}, {9, 0.5F, 3000.0F, 1, 200},
                 {30, 1.5F, 0.0F, 7, K}, {30, 1.5F, 0.0F, 7, 150}, {5, 1.0F, 0.0F, 1, 1},    {5, 1.0F, 0.0F, 1, N}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const int64_t k = cases[i].k;
        int64_t seed[STARTS * N];
        float start[N * D];
        fal_kmeans fast = {0};
        fal_kmeans best = {.inertia = INFINITY};
        make_points(cases[i].groups, cases[i].spread);
        for (int j = 0; j < N * D; j++) {
            points[j] = points[j / D / cases[i].copies * cases[i].copies * D + j % D] + cases[i].shift;
        }
        assert_ok(fal_kmeans_run(points, N, D, k, STARTS, &rng, &fast));
        fal_kmeans_points same = {.x = points, .n = N, .k = k, .d = D};
        assert_ok(fal_kmeans_points_create(&same));
        assert_ok(fal_kmeans_points_gram(&same));
        assert_non_null(same.gram);
        assert_ok(fal_kmeans_seed(&same, STARTS, &rng, seed));
        fal_kmeans_points_destroy(&same);
        for (int s = 0; s < STARTS; s++) {
            fal_kmeans plain = {0};
            for (int64_t c = 0; c < k; c++) {
                memcpy(start + c * D, points + seed[s * k + c] * D, D * sizeof *start);
            }
            assert_ok(fal_kmeans_lloyd(points, N, D, k, start, &plain));
            const bool better = plain.inertia < best.inertia;
            fal_kmeans_destroy(better ? &best : &plain);
            best = better ? plain : best;
        }
        assert_memory_equal(&fast.inertia, &best.inertia, sizeof fast.inertia);
        assert_memory_equal(fast.label, best.label, N * sizeof *fast.label);
        assert_memory_equal(fast.centre, best.centre, (size_t)(k * D) * sizeof *fast.centre);
        assert_int_equal(fast.iterations, best.iterations);
        fal_kmeans_destroy(&best);
        fal_kmeans_destroy(&fast);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_the_nearest_centres),
        cmocka_unit_test(lloyd_is_lloyd),
        cmocka_unit_test(finds_groups_that_are_apart),
        cmocka_unit_test(points_that_overflow_are_refused),
        cmocka_unit_test(degenerate_points_are_fine),
        cmocka_unit_test(wide_rows_are_told_apart),
        cmocka_unit_test(same_bits_for_any_number_of_threads),
        cmocka_unit_test(the_gram_matrix_changes_nothing),
        cmocka_unit_test(many_points_take_the_other_way_of_seeding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
