/* k-means: the best of several starts of greedy k-means++ (kmeans_seed.c), each by Lloyd's iterations (lloyd.c). */
#include <math.h>

#include "fal/base/memory.h"
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
