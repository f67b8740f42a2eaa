/* Lloyd's iterations, exact and lazy.
 *
 * Exact: inner products in float32 only sort out centres that cannot be the nearest; what is within rounding of the
 * best is compared again by direct differences in double, ties to the lowest centre. So labels do not depend on the
 * order of additions inside a matrix product, and identical rows get identical labels.
 *
 * Lazy: a cluster whose members did not change keeps its centre. A point of such a cluster only has to look at the
 * centres that moved; the others are not nearer than before. Where the Gram matrix is there, kmeans_gram.c finds the
 * same labels faster. */
#include "lloyd.h"

#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/base/stop.h"
#include "kmeans_gram.h"
#include "rows.h"
#include "products.h"

enum { BLOCK = 384, COLUMNS = 64, ITERATIONS_MOST = 300 };
static const float rounding = (float)FAL_KMEANS_ROUNDING;

struct fal_lloyd {
    const fal_kmeans_points *points;
    float *centre;        /* [k][d] */
    float *centre_norm;   /* [k] */
    int32_t *label;       /* [n] */
    float *near;          /* [n] |c|^2 - 2 <x, c> for the label's centre */
    int64_t *count;       /* [k] members */
    unsigned char *moved; /* [k] members changed, so the centre moves */
    double *sum;          /* [k][d] */
    int32_t *open;        /* [k] numbers of the moved centres */
    float *open_centre;   /* [k][d] the moved centres, packed */
    float *open_norm;     /* [k] */
    int32_t *hits;        /* [threads][k] */
    int64_t opens;
    int64_t *redo; /* [n] points whose own centre moved */
    int64_t redos;
    float *buffer;         /* [threads][BLOCK][k + d] */
    double *shift;         /* [pieces of columns] */
    fal_kmeans_gram *gram; /* NULL: by products */
    int64_t changes;       /* labels that the last assignment changed */
    int32_t *next;         /* [n] */
};

/* The nearest of `count` centres with these norms and inner products (number NULL: centres 0..count-1) and, if `label`
 * >= 0, the centre `label` with value `near`. dot is overwritten; hits [count] is scratch. */
static int32_t nearest(const fal_lloyd *l, int64_t point, float *dot, const float *norms, const int32_t *number,
                       int64_t count, int32_t label, float *near, int32_t *hits)
{
    const int d = l->points->d;
    const float *x = l->points->x + point * d;
    const float least = fal_rows_values(norms, dot, count, dot);
    const float smaller = label >= 0 && *near < least ? *near : least;
    /* What is within rounding of the least is compared in double; a single one needs no comparison. */
    const float own = l->points->norm[point] * rounding;
    const float sure = smaller + 2.0F * own + 2.0F * rounding * fabsf(smaller);
    const int64_t found = fal_rows_within(dot, norms, 2.0F * rounding, sure, count, hits);
    int32_t best = label;
    double exact = -1.0; /* of best, once it was needed */
    if (label >= 0 && *near - 2.0F * rounding * l->centre_norm[label] > sure) {
        best = -1;
    }
    for (int64_t h = 0; h < found; h++) {
        const int32_t c = number != NULL ? number[hits[h]] : hits[h];
        if (best < 0) {
            best = c;
            continue;
        }
        exact = exact < 0.0 ? fal_kmeans_distance(x, l->centre + (int64_t)best * d, d) : exact;
        const double other = fal_kmeans_distance(x, l->centre + (int64_t)c * d, d);
        if (other < exact || (other == exact && c < best)) {
            exact = other;
            best = c;
        }
    }
    *near = smaller;
    return best;
}

/* Points whose centre stayed, against the centres that moved. */
static void steady_piece(void *context, int piece)
{
    const fal_lloyd *l = context;
    const int d = l->points->d;
    const int64_t first = (int64_t)piece * BLOCK;
    const int64_t last = first + BLOCK < l->points->n ? first + BLOCK : l->points->n;
    float *dot = l->buffer + (int64_t)fal_parallel_thread() * BLOCK * (l->points->k + d);
    int32_t *hits = l->hits + (int64_t)fal_parallel_thread() * l->points->k;
    fal_products_transposed(l->points->x + first * d, last - first, l->open_centre, l->opens, d, dot, l->opens);
    for (int64_t i = first; i < last; i++) {
        if (!l->moved[l->label[i]]) {
            l->next[i] = nearest(l, i, dot + (i - first) * l->opens, l->open_norm, l->open, l->opens, l->label[i],
                                 &l->near[i], hits);
        }
    }
}

/* Points whose centre moved, against all. */
static void redo_piece(void *context, int piece)
{
    const fal_lloyd *l = context;
    const int d = l->points->d;
    const int64_t k = l->points->k;
    const int64_t first = (int64_t)piece * BLOCK;
    const int64_t count = first + BLOCK < l->redos ? BLOCK : l->redos - first;
    float *dot = l->buffer + (int64_t)fal_parallel_thread() * BLOCK * (k + d);
    float *rows = dot + BLOCK * k;
    int32_t *hits = l->hits + (int64_t)fal_parallel_thread() * k;
    for (int64_t i = 0; i < count; i++) {
        memcpy(rows + i * d, l->points->x + l->redo[first + i] * d, (size_t)d * sizeof *rows);
    }
    fal_products_transposed(rows, count, l->centre, k, d, dot, k);
    for (int64_t i = 0; i < count; i++) {
        const int64_t point = l->redo[first + i];
        l->next[point] = nearest(l, point, dot + i * k, l->centre_norm, NULL, k, -1, &l->near[point], hits);
    }
}

/* next from centres, by matrix products; moved[c] says which centres are new. */
static void assign_by_products(fal_lloyd *l)
{
    const fal_kmeans_points *p = l->points;
    const size_t row = (size_t)p->d * sizeof *l->centre;
    l->opens = 0;
    for (int64_t c = 0; c < p->k; c++) {
        if (l->moved[c]) {
            memcpy(l->open_centre + l->opens * p->d, l->centre + c * p->d, row);
            l->open_norm[l->opens] = l->centre_norm[c];
            l->open[l->opens++] = (int32_t)c;
        }
    }
    l->redos = 0;
    for (int64_t i = 0; i < p->n; i++) {
        if (l->moved[l->label[i]]) {
            l->redo[l->redos++] = i;
        }
    }
    if (l->opens > 0 && l->redos < p->n) {
        fal_parallel_for((int)((p->n + BLOCK - 1) / BLOCK), steady_piece, l);
    }
    fal_parallel_for((int)((l->redos + BLOCK - 1) / BLOCK), redo_piece, l);
}

/* Labels from centres. Leaves in moved[c] whether c's members changed. */
static void assign(fal_lloyd *l)
{
    const fal_kmeans_points *p = l->points;
    if (l->gram != NULL) {
        fal_kmeans_gram_assign(l->gram, l->centre, l->centre_norm, l->label, l->next);
    } else {
        assign_by_products(l);
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
    void *const all[] = {l->centre,      l->centre_norm, l->label, l->near, l->count,  l->moved, l->sum, l->open,
                         l->open_centre, l->open_norm,   l->hits,  l->redo, l->buffer, l->shift, l->next};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        fal_free(all[i]);
    }
    fal_kmeans_gram_destroy(l->gram);
    fal_free(l);
}

static fal_status allocate(fal_lloyd *l)
{
    const size_t n = (size_t)l->points->n;
    const size_t k = (size_t)l->points->k;
    const size_t d = (size_t)l->points->d;
    const size_t buffer = (size_t)fal_parallel_threads() * BLOCK * (k + d);
    FAL_TRY(fal_alloc(&l->centre, k * d, sizeof *l->centre, "k-means"));
    FAL_TRY(fal_alloc(&l->centre_norm, k, sizeof *l->centre_norm, "k-means"));
    FAL_TRY(fal_alloc(&l->label, n, sizeof *l->label, "k-means"));
    FAL_TRY(fal_alloc(&l->near, n, sizeof *l->near, "k-means"));
    FAL_TRY(fal_alloc(&l->count, k, sizeof *l->count, "k-means"));
    FAL_TRY(fal_alloc(&l->moved, k, 1, "k-means"));
    FAL_TRY(fal_alloc(&l->sum, k * d, sizeof *l->sum, "k-means"));
    FAL_TRY(fal_alloc(&l->open, k, sizeof *l->open, "k-means"));
    FAL_TRY(fal_alloc(&l->open_centre, k * d, sizeof *l->open_centre, "k-means"));
    FAL_TRY(fal_alloc(&l->open_norm, k, sizeof *l->open_norm, "k-means"));
    FAL_TRY(fal_alloc(&l->hits, (size_t)fal_parallel_threads() * k, sizeof *l->hits, "k-means"));
    FAL_TRY(fal_alloc(&l->redo, n, sizeof *l->redo, "k-means"));
    FAL_TRY(fal_alloc(&l->buffer, buffer, sizeof *l->buffer, "k-means"));
    FAL_TRY(fal_alloc(&l->shift, d / COLUMNS + 1, sizeof *l->shift, "k-means"));
    FAL_TRY(fal_alloc(&l->next, n, sizeof *l->next, "k-means"));
    return l->points->gram != NULL ? fal_kmeans_gram_create(l->points, &l->gram) : FAL_OK;
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
    }
    FAL_TRY(iterate(l, &inertia, &iterations));
    if (inertia < result->inertia) {
        result->inertia = inertia;
        result->iterations = iterations;
        memcpy(result->centre, l->centre, (size_t)p->k * row);
        memcpy(result->label, l->label, (size_t)p->n * sizeof *l->label);
    }
    return FAL_OK;
}
