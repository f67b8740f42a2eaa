/* Greedy k-means++ (Arthur and Vassilvitskii 2007, with 2 + floor(ln k) candidates per centre).
 *
 * Seeding decides the speed of k-means here: every step needs the distances of all points to a few candidates, for
 * each start. With the Gram matrix X X' a step only looks up rows of it, and the starts run side by side. For many
 * points its memory would grow with the square of the pool, so the candidates of all starts go through one product per
 * step. */
#include "kmeans_internal.h"

#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/base/stop.h"
#include "rows.h"
#include "products.h"

enum { BLOCK = 192 };

typedef struct {
    const fal_kmeans_points *points;
    const fal_rng *rng;
    int starts, trials;
    int64_t *seed;      /* [starts][k] */
    int64_t *candidate; /* [starts][trials] */
    float *dist;        /* [starts][n] squared distance to the nearest centre so far */
    double *sums;       /* [starts][blocks] of dist */
    int64_t blocks;
    int64_t step;
    float *rows;   /* without gram: [starts * trials][n] */
    float *picked; /* without gram: [starts * trials][d] */
} seeding;

/* The point at which the running sum of distances passes `target`. */
static int64_t draw(const seeding *s, int start, double target)
{
    const int64_t n = s->points->n;
    const float *dist = s->dist + start * n;
    const double *sums = s->sums + start * s->blocks;
    int64_t block = 0;
    while (block + 1 < s->blocks && target >= sums[block]) {
        target -= sums[block];
        block++;
    }
    const int64_t end = (block + 1) * FAL_ROWS_BLOCK < n ? (block + 1) * FAL_ROWS_BLOCK : n;
    int64_t found = -1;
    for (int64_t i = block * FAL_ROWS_BLOCK; i < end; i++) {
        if (dist[i] > 0.0F) {
            found = i;
            if (target < (double)dist[i]) {
                break;
            }
        }
        target -= (double)dist[i];
    }
    for (int64_t i = 0; found < 0; i++) { /* rounding led into a block of zeros: some point has a distance */
        FAL_ASSERT(i < n);
        found = dist[i] > 0.0F ? i : -1;
    }
    return found;
}

static double total_of(const seeding *s, int start)
{
    double total = 0.0;
    for (int64_t block = 0; block < s->blocks; block++) {
        total += s->sums[start * s->blocks + block];
    }
    return total;
}

static void draw_candidates(seeding *s, int start, int64_t step)
{
    const int64_t n = s->points->n;
    const double total = total_of(s, start);
    fal_rng rng = *s->rng;
    rng.epoch = (uint32_t)start;
    for (int trial = 0; trial < s->trials; trial++) {
        const uint64_t position = (uint64_t)step * (uint64_t)s->trials + (uint64_t)trial;
        const double u = fal_rng_uniform(&rng, position);
        int64_t point = (int64_t)(u * (double)n); /* first centre, or every point is a centre: uniform */
        if (step > 0 && total > 0.0) {
            point = draw(s, start, u * total);
        }
        s->candidate[start * s->trials + trial] = point;
    }
}

/* Inner products of all points with candidate number `trial` of the start. */
static const float *row_of(const seeding *s, int start, int trial)
{
    const int64_t at = (int64_t)start * s->trials + trial;
    return s->points->gram != NULL ? s->points->gram + s->candidate[at] * s->points->n : s->rows + at * s->points->n;
}

/* A centre is at 0 of itself, whatever float32 says, and that is in the sum of its block. */
static void at_itself(float *dist, int64_t n, double *sums, int64_t centre)
{
    if (dist[centre] == 0.0F) {
        return;
    }
    dist[centre] = 0.0F;
    const int64_t block = centre / FAL_ROWS_BLOCK;
    double sum = 0.0;
    for (int64_t i = block * FAL_ROWS_BLOCK; i < n && i < (block + 1) * FAL_ROWS_BLOCK; i++) {
        sum += (double)dist[i];
    }
    sums[block] = sum;
}

/* Keep the candidate that lowers the sum most; ties: the first. */
static void keep_best(seeding *s, int start, int64_t step)
{
    const int64_t n = s->points->n;
    const float *norm = s->points->norm;
    const float rounding = (float)s->points->rounding;
    double *sums = s->sums + start * s->blocks;
    float *dist = s->dist + start * n;
    const int64_t *candidate = s->candidate + start * s->trials;
    int best = 0;
    double least = INFINITY;
    for (int trial = 0; step > 0 && trial < s->trials; trial++) {
        const double sum =
            fal_rows_potential(dist, norm, row_of(s, start, trial), norm[candidate[trial]], rounding, n, NULL, NULL);
        if (sum < least) {
            least = sum;
            best = trial;
        }
    }
    (void)fal_rows_potential(dist, norm, row_of(s, start, best), norm[candidate[best]], rounding, n, dist, sums);
    at_itself(dist, n, sums, candidate[best]);
    s->seed[start * s->points->k + step] = candidate[best];
}

static void start_piece(void *context, int start)
{
    seeding *s = context;
    for (int64_t step = 0; step < s->points->k && fal_stop_inside() == FAL_OK; step++) {
        draw_candidates(s, start, step);
        keep_best(s, start, step);
    }
}

static void rows_piece(void *context, int piece)
{
    const seeding *s = context;
    const int64_t n = s->points->n;
    const int d = s->points->d;
    const int64_t first = (int64_t)piece * BLOCK;
    const int64_t count = first + BLOCK < n ? BLOCK : n - first;
    fal_products_transposed(s->picked, (int64_t)s->starts * s->trials, s->points->x + first * d, count, d,
                            s->rows + first, n);
}

static void keep_piece(void *context, int start)
{
    seeding *s = context;
    keep_best(s, start, s->step);
}

/* All starts step by step, their candidates in one product. */
static void seed_by_rows(seeding *s)
{
    const int64_t n = s->points->n;
    const int d = s->points->d;
    const int pieces = (int)((n + BLOCK - 1) / BLOCK);
    for (int64_t step = 0; step < s->points->k && fal_stop_inside() == FAL_OK; step++) {
        for (int start = 0; start < s->starts; start++) {
            draw_candidates(s, start, step);
        }
        for (int64_t c = 0; c < (int64_t)s->starts * s->trials; c++) {
            memcpy(s->picked + c * d, s->points->x + s->candidate[c] * d, (size_t)d * sizeof *s->picked);
        }
        fal_parallel_for(pieces, rows_piece, s);
        s->step = step;
        fal_parallel_for(s->starts, keep_piece, s);
    }
}

static int trials_for(int64_t k) { return 2 + (int)floor(log((double)k)); }

size_t fal_kmeans_seed_bytes(int64_t n, int d, int64_t k, int starts, bool gram)
{
    const size_t candidates = (size_t)starts * (size_t)trials_for(k);
    const size_t rows = gram ? 0 : candidates * (size_t)(n + d) * sizeof(float);
    const int64_t blocks = (n + FAL_ROWS_BLOCK - 1) / FAL_ROWS_BLOCK;
    return candidates * sizeof(int64_t) + (size_t)starts * (size_t)(n * 4 + blocks * 8) + rows;
}

fal_status fal_kmeans_seed(const fal_kmeans_points *points, int starts, const fal_rng *rng, int64_t *seed)
{
    const size_t n = (size_t)points->n;
    seeding s = {.points = points, .rng = rng, .starts = starts, .seed = seed};
    s.trials = trials_for(points->k);
    s.blocks = (points->n + FAL_ROWS_BLOCK - 1) / FAL_ROWS_BLOCK;
    const size_t candidates = (size_t)starts * (size_t)s.trials;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&s.candidate, candidates, sizeof *s.candidate, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&s.dist, (size_t)starts * n, sizeof *s.dist, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&s.sums, (size_t)starts * (size_t)s.blocks, sizeof *s.sums, "k-means"));
    for (size_t i = 0; i < (size_t)starts * n; i++) {
        s.dist[i] = INFINITY;
    }
    if (points->gram != NULL) {
        fal_parallel_for(starts, start_piece, &s);
    } else {
        FAL_TRY_GOTO(fal_alloc(&s.rows, candidates * n, sizeof *s.rows, "k-means"));
        FAL_TRY_GOTO(fal_alloc(&s.picked, candidates * (size_t)points->d, sizeof *s.picked, "k-means"));
        seed_by_rows(&s);
    }
    status = fal_stop_inside(); /* seeds are missing then */
done:
    fal_free(s.picked);
    fal_free(s.rows);
    fal_free(s.sums);
    fal_free(s.dist);
    fal_free(s.candidate);
    return status;
}
