/* fal_bench: k-means, k-centre and k-means++ draws on arrays of the size of one client's pool. */
#include <math.h>

#include "fal/base/clock.h"
#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/io/npy.h"
#include "fal/query/kmeans.h"
#include "fal/query/query.h"
#include "fal_bench_internal.h"

enum { DIMENSIONS = 256, CLASSES = 10 };

/* Groups of points in ReLU-like positive space; spread: of a point around its centre, whose own numbers have spread 1.
 */
static fal_status make_points(int64_t n, int64_t groups, double spread, float **points)
{
    const fal_rng centre = {.seed = 3, .purpose = FAL_RNG_TEST};
    const fal_rng noise = {.seed = 4, .purpose = FAL_RNG_TEST};
    FAL_TRY(fal_alloc(points, (size_t)n * DIMENSIONS, sizeof **points, "points"));
    for (int64_t i = 0; i < n; i++) {
        const uint64_t group = (uint64_t)(i % groups) * DIMENSIONS;
        for (int64_t e = 0; e < DIMENSIONS; e++) {
            const double value = fal_rng_normal(&centre, group + (uint64_t)e) +
                                 spread * fal_rng_normal(&noise, (uint64_t)(i * DIMENSIONS + e));
            (*points)[i * DIMENSIONS + e] = (float)fmax(value, 0.0);
        }
    }
    return FAL_OK;
}

static fal_status kmeans_row(const fal_bench_settings *set, fal_bench_report *report, const char *name,
                             const float *points, int64_t n, int d, int threads)
{
    const fal_rng rng = {.seed = (uint64_t)set->seed, .purpose = FAL_RNG_QUERY};
    const int64_t runs = fal_bench_long_runs(set);
    double seconds[FAL_BENCH_RUNS_MAX];
    fal_kmeans result = {0};
    fal_parallel_set_threads(threads);
    for (int64_t run = 0; run < runs; run++) {
        fal_kmeans_destroy(&result);
        const double start = fal_clock_seconds();
        FAL_TRY(fal_kmeans_run(points, n, d, set->clusters, (int)set->starts, &rng, &result));
        seconds[run] = fal_clock_seconds() - start;
    }
    const double median = fal_bench_median(seconds, 1, runs);
    /* Plain Lloyd computes each distance at each assignment of labels, one more than there are iterations. */
    const double share = (double)result.distances / ((double)n * (double)set->clusters * (result.iterations + 1.0));
    fal_bench_say(
        report, "  k-means, %-22s %6lld %5d %5lld %7d %9.3f   inertia %.6g, %d iterations, %.3f of the distances\n",
        name, (long long)n, d, (long long)set->clusters, threads, median, result.inertia, result.iterations, share);
    fal_bench_row(report,
                  "\"what\": \"k-means\", \"points\": \"%s\", \"n\": %lld, \"d\": %d, \"k\": %lld, "
                  "\"starts\": %lld, \"threads\": %d, \"seconds\": %.5f, \"inertia\": %.9g, "
                  "\"iterations\": %d, \"distances\": %lld",
                  name, (long long)n, d, (long long)set->clusters, (long long)set->starts, threads, median,
                  result.inertia, result.iterations, (long long)result.distances);
    fal_kmeans_destroy(&result);
    return FAL_OK;
}

/* Arrays of a query: what a strategy's selection alone takes. */
static fal_status selection_row(const fal_bench_settings *set, fal_bench_report *report, const char *name,
                                const char *strategy, const fal_query_input *input, int threads)
{
    const int64_t runs = fal_bench_long_runs(set);
    const fal_strategy *found = NULL;
    fal_query_result result = {0};
    double seconds[FAL_BENCH_RUNS_MAX];
    fal_parallel_set_threads(threads);
    FAL_TRY(fal_strategy_find(strategy, &found));
    FAL_TRY(fal_query_result_create(input->budget, &result));
    fal_status status = FAL_OK;
    for (int64_t run = 0; status == FAL_OK && run < runs; run++) {
        status = fal_query_select(found, input, &result);
        seconds[run] = result.select_seconds;
    }
    fal_query_result_destroy(&result);
    if (status == FAL_OK) {
        const double median = fal_bench_median(seconds, 1, runs);
        fal_bench_say(report, "  %-31s %6lld %5d %5lld %7d %9.3f\n", name, (long long)input->n, input->d,
                      (long long)input->budget, threads, median);
        fal_bench_row(report,
                      "\"what\": \"%s\", \"n\": %lld, \"m\": %lld, \"d\": %d, \"k\": %lld, \"threads\": %d, "
                      "\"seconds\": %.5f",
                      name, (long long)input->n, (long long)input->m, input->d, (long long)input->budget, threads,
                      median);
    }
    return status;
}

static fal_status built_in(const fal_bench_settings *set, fal_bench_report *report)
{
    /* Spread 0.6: groups stand apart, Lloyd ends after a few iterations. 2.5: they do not, as in embeddings. */
    const double spread[2] = {0.6, 2.5};
    const char *const name[2] = {"separate groups", "overlapping groups"};
    const fal_query_options options = {.kmeans_starts = set->starts};
    const fal_rng noise = {.seed = 5, .purpose = FAL_RNG_TEST};
    const int64_t images = set->pool + set->labelled;
    float *points[2] = {NULL, NULL};
    float *logits = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(make_points(images, set->clusters, spread[0], &points[0]));
    FAL_TRY_GOTO(make_points(images, set->clusters, spread[1], &points[1]));
    FAL_TRY_GOTO(fal_alloc(&logits, (size_t)images * CLASSES, sizeof *logits, "logits"));
    for (int64_t i = 0; i < images * CLASSES; i++) {
        logits[i] = (float)fal_rng_normal(&noise, (uint64_t)i);
    }
    const fal_query_input input = {.n = set->pool,
                                   .m = set->labelled,
                                   .classes = CLASSES,
                                   .d = DIMENSIONS,
                                   .budget = set->budget,
                                   .logits = {logits, NULL},
                                   .embedding = {points[1], NULL},
                                   .logits_lab = {logits + set->pool * CLASSES, NULL},
                                   .embedding_lab = {points[1] + set->pool * DIMENSIONS, NULL},
                                   .rng = {.seed = (uint64_t)set->seed, .purpose = FAL_RNG_QUERY},
                                   .options = &options};
    for (int t = 0; t < set->thread_count; t++) {
        for (int p = 0; p < 2; p++) {
            FAL_TRY_GOTO(kmeans_row(set, report, name[p], points[p], set->pool, DIMENSIONS, set->threads[t]));
        }
        FAL_TRY_GOTO(selection_row(set, report, "k-centre", "coreset:global", &input, set->threads[t]));
        FAL_TRY_GOTO(selection_row(set, report, "k-means++ draws (badge)", "badge:global", &input, set->threads[t]));
    }
done:
    fal_free(logits);
    fal_free(points[1]);
    fal_free(points[0]);
    return status;
}

static fal_status from_file(const fal_bench_settings *set, fal_bench_report *report)
{
    fal_h5_shape shape;
    float *points = NULL;
    FAL_TRY(fal_npy_read(set->points, (size_t)1 << 32, &shape, &points));
    fal_status status = FAL_OK;
    if (shape.type != FAL_H5_FLOAT || shape.rank != 2 || shape.dims[0] < set->clusters || shape.dims[1] < 1 ||
        shape.dims[1] > 65536) {
        status = fal_fail(FAL_ERR_INPUT, "%s: a float32 array [n][d] with at least --clusters %lld rows is expected",
                          set->points, (long long)set->clusters);
    }
    for (int t = 0; status == FAL_OK && t < set->thread_count; t++) {
        status =
            kmeans_row(set, report, "from a file", points, (int64_t)shape.dims[0], (int)shape.dims[1], set->threads[t]);
    }
    fal_free(points);
    return status;
}

fal_status fal_bench_clustering(const fal_bench_settings *set, fal_bench_report *report)
{
    fal_bench_section(report, "clustering");
    fal_bench_say(report, "\nclustering, k-means best of %lld\n  %-31s %6s %5s %5s %7s %9s\n", (long long)set->starts,
                  "", "n", "d", "k", "threads", "seconds");
    return set->points != NULL ? from_file(set, report) : built_in(set, report);
}
