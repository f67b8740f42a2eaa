/* Lloyd's iterations: centres from labels, labels from centres.
 *
 * Labels are exact: the nearest centre by differences in double, ties to the lowest; kmeans_gram.c finds them from the
 * Gram matrix where there is one, kmeans_bounds.c else, to the bit the same. A cluster whose members did not change
 * keeps its centre. */
#include "lloyd.h"

#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/base/stop.h"
#include "kmeans_bounds.h"
#include "kmeans_gram.h"
#include "rows.h"

enum { COLUMNS = 64, ITERATIONS_MOST = 300 };

struct fal_lloyd {
    const fal_kmeans_points *points;
    float *centre;         /* [k][d] */
    float *centre_norm;    /* [k] */
    int32_t *label;        /* [n] */
    int64_t *count;        /* [k] members */
    unsigned char *moved;  /* [k] members changed, so the centre moves */
    double *sum;           /* [k][d] */
    double *shift;         /* [pieces of columns] */
    fal_kmeans_gram *gram; /* one of these two */
    fal_kmeans_bounds *bounds;
    int64_t changes;   /* labels that the last assignment changed */
    int64_t distances; /* computed from the last start, without the Gram matrix */
    int32_t *next;     /* [n] */
};

/* Labels from centres. Leaves in moved[c] whether c's members changed. */
static void assign(fal_lloyd *l)
{
    const fal_kmeans_points *p = l->points;
    if (l->gram != NULL) {
        fal_kmeans_gram_assign(l->gram, l->centre, l->centre_norm, l->label, l->next);
    } else {
        fal_kmeans_bounds_assign(l->bounds, l->centre, l->centre_norm, l->label, l->next, &l->distances);
    }
    memset(l->moved, 0, (size_t)p->k);
    l->changes = 0;
    for (int64_t i = 0; i < p->n; i++) {
        if (l->next[i] != l->label[i]) {
            l->moved[l->label[i]] = 1;
            l->moved[l->next[i]] = 1;
            l->count[l->label[i]]--;
            l->count[l->next[i]]++;
            l->label[i] = l->next[i];
            l->changes++;
        }
    }
}

/* An empty cluster takes the point farthest from its centre, once per point; none if all are on their centres. */
static fal_status fill_empty(fal_lloyd *l)
{
    const fal_kmeans_points *p = l->points;
    double *far = NULL;
    for (int64_t c = 0; c < p->k; c++) {
        if (l->count[c] > 0) {
            continue;
        }
        if (far == NULL) {
            FAL_TRY(fal_alloc(&far, (size_t)p->n, sizeof *far, "k-means"));
            for (int64_t i = 0; i < p->n; i++) {
                far[i] = fal_kmeans_distance(p->x + i * p->d, l->centre + (int64_t)l->label[i] * p->d, p->d);
            }
        }
        int64_t farthest = 0;
        for (int64_t i = 1; i < p->n; i++) {
            farthest = far[i] > far[farthest] ? i : farthest;
        }
        if (far[farthest] > 0.0) {
            const int32_t old = l->label[farthest];
            l->moved[old] = 1;
            l->moved[c] = 1;
            l->count[old]--;
            l->count[c]++;
            l->label[farthest] = (int32_t)c;
            l->next[farthest] = (int32_t)c;
            far[farthest] = 0.0;
        }
    }
    fal_free(far);
    return FAL_OK;
}

/* Columns of the moved centres: sums of members in point order, in double. */
static void mean_piece(void *context, int piece)
{
    const fal_lloyd *l = context;
    const fal_kmeans_points *p = l->points;
    const int d = p->d;
    const int left = piece * COLUMNS;
    const int right = left + COLUMNS < d ? left + COLUMNS : d;
    double shift = 0.0;
    for (int64_t c = 0; c < p->k; c++) {
        if (l->moved[c]) {
            memset(l->sum + c * d + left, 0, (size_t)(right - left) * sizeof *l->sum);
        }
    }
    for (int64_t i = 0; i < p->n; i++) {
        if (l->moved[l->label[i]]) {
            fal_rows_add(p->x + i * d + left, right - left, l->sum + (int64_t)l->label[i] * d + left);
        }
    }
    for (int64_t c = 0; c < p->k; c++) {
        if (!l->moved[c] || l->count[c] == 0) {
            continue;
        }
        for (int e = left; e < right; e++) {
            const double mean = l->sum[c * d + e] / (double)l->count[c];
            const double step = mean - (double)l->centre[c * d + e];
            shift += step * step;
            l->centre[c * d + e] = (float)mean;
        }
    }
    l->shift[piece] = shift;
}

/* Centres from labels; returns the squared shift. */
static fal_status update(fal_lloyd *l, double *shift)
{
    const fal_kmeans_points *p = l->points;
    const int pieces = (p->d + COLUMNS - 1) / COLUMNS;
    FAL_TRY(fill_empty(l));
    fal_parallel_for(pieces, mean_piece, l);
    *shift = 0.0;
    for (int piece = 0; piece < pieces; piece++) {
        *shift += l->shift[piece];
    }
    for (int64_t c = 0; c < p->k; c++) {
        if (l->moved[c] && l->count[c] == 0) {
            l->moved[c] = 0; /* an empty cluster keeps its centre */
        } else if (l->moved[c]) {
            fal_rows_norms(l->centre + c * p->d, 1, p->d, &l->centre_norm[c]);
        }
    }
    return FAL_OK;
}

/* From l->centre to labels and centres that no longer change. */
static fal_status iterate(fal_lloyd *l, double *inertia, int *iterations)
{
    const fal_kmeans_points *p = l->points;
    memset(l->label, 0, (size_t)p->n * sizeof *l->label);
    memset(l->next, 0, (size_t)p->n * sizeof *l->next);
    memset(l->count, 0, (size_t)p->k * sizeof *l->count);
    l->count[0] = p->n;
    fal_rows_norms(l->centre, p->k, p->d, l->centre_norm);
    memset(l->moved, 1, (size_t)p->k);
    assign(l);
    memset(l->moved, 1, (size_t)p->k);
    for (*iterations = 1; *iterations <= ITERATIONS_MOST; ++*iterations) {
        double shift = 0.0;
        FAL_TRY(fal_stop_inside());
        FAL_TRY(update(l, &shift));
        assign(l);
        if (l->changes == 0 || shift <= p->tolerance) {
            break;
        }
    }
    double sum = 0.0;
    for (int64_t i = 0; i < p->n; i++) {
        sum += fal_kmeans_distance(p->x + i * p->d, l->centre + (int64_t)l->label[i] * p->d, p->d);
    }
    *inertia = sum;
    return FAL_OK;
}

void fal_lloyd_destroy(fal_lloyd *l)
{
    if (l == NULL) {
        return;
    }
    void *const all[] = {l->centre, l->centre_norm, l->label, l->count, l->moved, l->sum, l->shift, l->next};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        fal_free(all[i]);
    }
    fal_kmeans_gram_destroy(l->gram);
    fal_kmeans_bounds_destroy(l->bounds);
    fal_free(l);
}

static fal_status allocate(fal_lloyd *l)
{
    const size_t n = (size_t)l->points->n;
    const size_t k = (size_t)l->points->k;
    const size_t d = (size_t)l->points->d;
    FAL_TRY(fal_alloc(&l->centre, k * d, sizeof *l->centre, "k-means"));
    FAL_TRY(fal_alloc(&l->centre_norm, k, sizeof *l->centre_norm, "k-means"));
    FAL_TRY(fal_alloc(&l->label, n, sizeof *l->label, "k-means"));
    FAL_TRY(fal_alloc(&l->count, k, sizeof *l->count, "k-means"));
    FAL_TRY(fal_alloc(&l->moved, k, 1, "k-means"));
    FAL_TRY(fal_alloc(&l->sum, k * d, sizeof *l->sum, "k-means"));
    FAL_TRY(fal_alloc(&l->shift, d / COLUMNS + 1, sizeof *l->shift, "k-means"));
    FAL_TRY(fal_alloc(&l->next, n, sizeof *l->next, "k-means"));
    return l->points->gram != NULL ? fal_kmeans_gram_create(l->points, &l->gram)
                                   : fal_kmeans_bounds_create(l->points, &l->bounds);
}

fal_status fal_lloyd_create(const fal_kmeans_points *points, fal_lloyd **lloyd)
{
    fal_lloyd *l = NULL;
    FAL_TRY(fal_alloc(&l, 1, sizeof *l, "k-means"));
    l->points = points;
    const fal_status status = allocate(l);
    if (status != FAL_OK) {
        fal_lloyd_destroy(l);
        return status;
    }
    *lloyd = l;
    return FAL_OK;
}

fal_status fal_lloyd_run(fal_lloyd *l, const int64_t *seed, const float *given, fal_kmeans *result)
{
    const fal_kmeans_points *p = l->points;
    const size_t row = (size_t)p->d * sizeof *l->centre;
    double inertia = 0.0;
    int iterations = 0;
    for (int64_t c = 0; c < p->k; c++) {
        memcpy(l->centre + c * p->d, seed == NULL ? given + c * p->d : p->x + seed[c] * p->d, row);
    }
    if (l->gram != NULL) {
        FAL_ASSERT(seed != NULL);
        fal_kmeans_gram_start(l->gram, seed);
    } else {
        fal_kmeans_bounds_start(l->bounds);
    }
    l->distances = 0;
    FAL_TRY(iterate(l, &inertia, &iterations));
    if (inertia < result->inertia) {
        result->inertia = inertia;
        result->iterations = iterations;
        result->distances = l->distances;
        memcpy(result->centre, l->centre, (size_t)p->k * row);
        memcpy(result->label, l->label, (size_t)p->n * sizeof *l->label);
    }
    return FAL_OK;
}
