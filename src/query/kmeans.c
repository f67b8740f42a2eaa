/* k-means: the best of several starts of greedy k-means++ (kmeans_seed.c), each by Lloyd's iterations (lloyd.c). */
#include <math.h>

#include "fal/base/memory.h"
#include "kmeans_bounds.h"
#include "kmeans_gram.h"
#include "lloyd.h"

static fal_status result_create(const fal_kmeans_points *p, fal_kmeans *result)
{
    *result = (fal_kmeans){.n = p->n, .k = p->k, .d = p->d, .inertia = INFINITY};
    FAL_TRY(fal_alloc(&result->centre, (size_t)p->k * (size_t)p->d, sizeof *result->centre, "k-means"));
    return fal_alloc(&result->label, (size_t)p->n, sizeof *result->label, "k-means");
}

/* Lloyd from every start; start number s has its centres at the points seed[s][k], or at `given`. */
static fal_status best_of(fal_kmeans_points *points, int starts, const fal_rng *rng, const float *given,
                          fal_kmeans *result)
{
    const int64_t k = points->k;
    int64_t *seed = NULL;
    fal_lloyd *lloyd = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(result_create(points, result));
    FAL_TRY_GOTO(fal_kmeans_points_create(points));
    if (given == NULL) {
        FAL_TRY_GOTO(fal_kmeans_points_gram(points));
        FAL_TRY_GOTO(fal_alloc(&seed, (size_t)starts * (size_t)k, sizeof *seed, "k-means"));
        FAL_TRY_GOTO(fal_kmeans_seed(points, starts, rng, seed));
    }
    FAL_TRY_GOTO(fal_lloyd_create(points, &lloyd));
    for (int start = 0; start < starts; start++) {
        FAL_TRY_GOTO(fal_lloyd_run(lloyd, seed != NULL ? seed + start * k : NULL, given, result));
    }
done:
    fal_free(seed);
    fal_lloyd_destroy(lloyd);
    fal_kmeans_points_destroy(points);
    if (status != FAL_OK) {
        fal_kmeans_destroy(result);
    }
    return status;
}

fal_status fal_kmeans_run(const float *x, int64_t n, int d, int64_t k, int starts, const fal_rng *rng,
                          fal_kmeans *result)
{
    FAL_ASSERT(k >= 1 && k <= n && starts >= 1);
    fal_kmeans_points points = {.x = x, .n = n, .k = k, .d = d};
    return best_of(&points, starts, rng, NULL, result);
}

fal_status fal_kmeans_lloyd(const float *x, int64_t n, int d, int64_t k, const float *start, fal_kmeans *result)
{
    FAL_ASSERT(k >= 1 && k <= n);
    fal_kmeans_points points = {.x = x, .n = n, .k = k, .d = d};
    return best_of(&points, 1, NULL, start, result);
}

void fal_kmeans_destroy(fal_kmeans *result)
{
    fal_free(result->centre);
    fal_free(result->label);
    *result = (fal_kmeans){0};
}

/* Of exactly n points: what stands all the time, and the larger of seeding and Lloyd's iterations. */
static size_t bytes_of(int64_t n, int d, int64_t k, int starts, bool gram)
{
    enum { PER_POINT = 16, PER_CLUSTER = 16 };
    const size_t square = gram ? (size_t)n * (size_t)n * sizeof(float) : 0;
    const size_t centres = (size_t)k * (size_t)d * sizeof(float);
    const size_t stays = square + centres + (size_t)starts * (size_t)k * 8 + (size_t)n * 8 + (size_t)d * 8;
    const size_t lloyd = 3 * centres + (size_t)n * PER_POINT + (size_t)k * PER_CLUSTER +
                         (gram ? fal_kmeans_gram_bytes(n, d, k) : fal_kmeans_bounds_bytes(n, d, k));
    const size_t seeding = fal_kmeans_seed_bytes(n, d, k, starts, gram);
    enum { SMALL = 8192 }; /* arrays are rounded up to 64 bytes */
    return stays + (seeding > lloyd ? seeding : lloyd) + SMALL;
}

size_t fal_kmeans_bytes(int64_t n, int d, int64_t k, int starts)
{
    if (n < 1 || k < 1) {
        return 0;
    }
    k = k < n ? k : n;
    const int64_t few = n < FAL_KMEANS_GRAM_MOST ? n : FAL_KMEANS_GRAM_MOST;
    const size_t with_gram = bytes_of(few, d, k, starts, true);
    const size_t without = n > few ? bytes_of(n, d, k, starts, false) : 0;
    return with_gram > without ? with_gram : without;
}
