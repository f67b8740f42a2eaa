/* What a clustering computes from its points once: norms, the tolerance, and the Gram matrix of not too many. */
#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "kmeans_internal.h"
#include "rows.h"
#include "products.h"

enum { BLOCK = 192, TILE = 16 };

/* Blocks of rows on and right of the diagonal, mirrored: an inner product is the same from both sides. */
static void gram_piece(void *context, int piece)
{
    const fal_kmeans_points *p = context;
    const int64_t n = p->n;
    const int64_t first = (int64_t)piece * BLOCK;
    const int64_t last = first + BLOCK < n ? first + BLOCK : n;
    float *gram = p->gram;
    fal_products_transposed(p->x + first * p->d, last - first, p->x + first * p->d, n - first, p->d,
                            gram + first * n + first, n);
    for (int64_t left = last; left < n; left += TILE) {
        const int64_t right = left + TILE < n ? left + TILE : n;
        for (int64_t i = first; i < last; i++) {
            for (int64_t j = left; j < right; j++) {
                gram[j * n + i] = gram[i * n + j];
            }
        }
    }
}

fal_status fal_kmeans_points_create(fal_kmeans_points *p)
{
    double *mean = NULL;
    fal_status status = FAL_OK;
    p->rounding = fal_rows_rounding(p->d);
    FAL_TRY_GOTO(fal_alloc(&p->norm, (size_t)p->n, sizeof *p->norm, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&mean, (size_t)p->d, sizeof *mean, "k-means"));
    fal_rows_norms(p->x, p->n, p->d, p->norm);
    for (int64_t i = 0; i < p->n; i++) {
        if (!((double)p->norm[i] <= FAL_ROWS_NORM_MOST)) {
            status = fal_fail(FAL_ERR_NUMERIC, "k-means: point %lld is not finite, or longer than 1e17", (long long)i);
            goto done;
        }
    }
    for (int64_t i = 0; i < p->n; i++) {
        for (int e = 0; e < p->d; e++) {
            mean[e] += (double)p->x[i * p->d + e];
        }
    }
    for (int e = 0; e < p->d; e++) {
        mean[e] /= (double)p->n;
    }
    double sum = 0.0;
    for (int64_t i = 0; i < p->n; i++) {
        for (int e = 0; e < p->d; e++) {
            const double difference = (double)p->x[i * p->d + e] - mean[e];
            sum += difference * difference;
        }
    }
    p->tolerance = 1e-4 * sum / ((double)p->n * (double)p->d);
done:
    fal_free(mean);
    return status;
}

fal_status fal_kmeans_points_gram(fal_kmeans_points *p)
{
    if (p->n > FAL_KMEANS_GRAM_MOST) {
        return FAL_OK;
    }
    FAL_TRY(fal_alloc(&p->gram, (size_t)p->n * (size_t)p->n, sizeof *p->gram, "k-means"));
    fal_parallel_for((int)((p->n + BLOCK - 1) / BLOCK), gram_piece, p);
    return FAL_OK;
}

void fal_kmeans_points_destroy(fal_kmeans_points *p)
{
    fal_free(p->norm);
    fal_free(p->gram);
}
