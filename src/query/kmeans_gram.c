/* Labels of Lloyd's iterations from the Gram matrix X X' of the points, where there is one.
 *
 * The inner product of a point with a centre is the mean of its inner products with the centre's members, so a row of
 * sums per cluster replaces the product with the centre: when a member comes or goes, its row of the Gram matrix is
 * added or taken away, for a d-th of the operations. A row with many changes is made anew by a matrix product.
 *
 * The sums only sort out. Each carries a bound on its rounding error; what lies within it is compared by direct
 * differences in double, ties to the lowest centre: the labels are those of the products, to the bit. */
#include "kmeans_gram.h"

#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "rows.h"
#include "products.h"

enum {
    COLUMNS = 384,    /* points of a piece: the sums of 250 clusters are 384 KiB */
    CHANGES_MOST = 12 /* of a row; more are dearer than a product */
};
static const double step_error = 1.2e-7; /* of a sum, by one addition in float32 */

struct fal_kmeans_gram {
    const fal_kmeans_points *points;
    const float *centre;        /* [k][d] of the assignment at hand, not kept */
    const float *centre_norm;   /* [k] */
    int64_t stride;             /* of a row of sums */
    bool fresh;                 /* rows are those of the first centres, which are points */
    float *sums;                /* [k][stride] sum of the members' rows of the Gram matrix */
    float *factor;              /* [k] 2 / members */
    float *norm;                /* [k] centre_norm */
    float *root;                /* [n] norm of a point */
    double *spread;             /* [k] error of the row is at most spread |x| */
    double *size;               /* [k] sum of the members' norms */
    double *slack;              /* [k] error of 2 <x, c> is at most slack |x| */
    int64_t *count;             /* [k] members in the row */
    int64_t *change;            /* [k] members that come or go */
    unsigned char *redone;      /* [k] made anew */
    int32_t *held;              /* [n] cluster whose row the point is in; -1: none */
    int32_t *next;              /* [n] new labels, the caller's */
    const int32_t *label;       /* [n] */
    int64_t *moves, move_count; /* [n] points with held != label */
    int32_t *redo;              /* [k] rows made anew */
    int64_t redos;
    float *redo_centre; /* [k][d] */
    float *buffer;      /* [threads][k][COLUMNS] */
};

/* Of |a| |b|: above the error of a float32 inner product. */
static double product_error(const fal_kmeans_gram *g) { return 2.0 * g->points->rounding; }
/* Of a mean norm: above it a row is made anew. */
static double slack_most(const fal_kmeans_gram *g) { return 10.0 * g->points->rounding; }

void fal_kmeans_gram_destroy(fal_kmeans_gram *g)
{
    if (g == NULL) {
        return;
    }
    void *const all[] = {g->sums,   g->factor, g->norm, g->root,  g->spread, g->size,        g->slack, g->count,
                         g->change, g->redone, g->held, g->moves, g->redo,   g->redo_centre, g->buffer};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        fal_free(all[i]);
    }
    fal_free(g);
}

static int64_t stride_of(int64_t n) { return (n + FAL_ROWS_NEAREST - 1) / FAL_ROWS_NEAREST * FAL_ROWS_NEAREST; }

size_t fal_kmeans_gram_bytes(int64_t n, int d, int64_t k)
{
    const size_t row = sizeof(float) * (size_t)(stride_of(n) + d + fal_parallel_threads() * COLUMNS);
    enum { PER_CLUSTER = 60, PER_POINT = 16 };
    return (size_t)k * (row + PER_CLUSTER) + (size_t)n * PER_POINT;
}

fal_status fal_kmeans_gram_create(const fal_kmeans_points *points, fal_kmeans_gram **gram)
{
    const size_t n = (size_t)points->n;
    const size_t k = (size_t)points->k;
    fal_kmeans_gram *g = NULL;
    fal_status status = FAL_OK;
    FAL_TRY(fal_alloc(&g, 1, sizeof *g, "k-means"));
    g->points = points;
    g->stride = stride_of(points->n);
    FAL_TRY_GOTO(fal_alloc(&g->sums, k * (size_t)g->stride, sizeof *g->sums, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&g->factor, k, sizeof *g->factor, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&g->norm, k, sizeof *g->norm, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&g->root, n, sizeof *g->root, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&g->spread, k, sizeof *g->spread, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&g->size, k, sizeof *g->size, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&g->slack, k, sizeof *g->slack, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&g->count, k, sizeof *g->count, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&g->change, k, sizeof *g->change, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&g->redone, k, 1, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&g->held, n, sizeof *g->held, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&g->moves, n, sizeof *g->moves, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&g->redo, k, sizeof *g->redo, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&g->redo_centre, k * (size_t)points->d, sizeof *g->redo_centre, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&g->buffer, (size_t)fal_parallel_threads() * k * COLUMNS, sizeof *g->buffer, "k-means"));
    for (size_t i = 0; i < n; i++) {
        g->root[i] = sqrtf(points->norm[i]);
    }
    *gram = g;
done:
    if (status != FAL_OK) {
        fal_kmeans_gram_destroy(g);
    }
    return status;
}

void fal_kmeans_gram_start(fal_kmeans_gram *g, const int64_t *seed)
{
    const fal_kmeans_points *p = g->points;
    for (int64_t c = 0; c < p->k; c++) {
        memcpy(g->sums + c * g->stride, p->gram + seed[c] * p->n, (size_t)p->n * sizeof *g->sums);
        g->factor[c] = 2.0F;
        g->slack[c] = 2.0 * product_error(g) * (double)g->root[seed[c]];
        g->spread[c] = g->size[c] = 0.0;
        g->count[c] = 0;
    }
    for (int64_t i = 0; i < p->n; i++) {
        g->held[i] = -1;
    }
    g->fresh = true;
}

/* A member comes (sign 1) or goes (-1): counts and bounds, of its row in the sums. */
static void count_change(fal_kmeans_gram *g, int32_t cluster, int64_t point, int sign)
{
    const double root = (double)g->root[point];
    g->count[cluster] += sign;
    g->size[cluster] += sign * root;
    g->spread[cluster] += product_error(g) * root + step_error * (g->size[cluster] + 2.0 * root);
    g->change[cluster]++;
}

/* Which points move, and which rows are made anew instead of changed. */
static void plan(fal_kmeans_gram *g, double mean_root)
{
    const fal_kmeans_points *p = g->points;
    const size_t row = (size_t)p->d * sizeof *g->centre;
    memset(g->change, 0, (size_t)p->k * sizeof *g->change);
    memset(g->redone, 0, (size_t)p->k);
    g->move_count = g->redos = 0;
    for (int64_t i = 0; i < p->n; i++) {
        const int32_t old = g->held[i];
        const int32_t now = g->label[i];
        if (old == now) {
            continue;
        }
        if (old >= 0) {
            count_change(g, old, i, -1);
        }
        /* An empty cluster's row was that of its centre. */
        g->redone[now] |= g->count[now] == 0;
        count_change(g, now, i, 1);
        g->moves[g->move_count++] = i;
    }
    for (int64_t c = 0; c < p->k; c++) {
        const double members = g->count[c] > 0 ? (double)g->count[c] : 1.0;
        if (g->change[c] == 0) {
            continue;
        }
        g->redone[c] |=
            g->count[c] == 0 || g->change[c] > CHANGES_MOST || g->spread[c] > slack_most(g) * mean_root * members;
        if (g->redone[c]) {
            const double root = sqrt((double)g->norm[c]);
            memcpy(g->redo_centre + g->redos * p->d, g->centre + c * p->d, row);
            g->redo[g->redos++] = (int32_t)c;
            g->spread[c] = members * (product_error(g) + step_error) * root;
        }
        g->factor[c] = (float)(2.0 / members);
        g->slack[c] = 2.0 * g->spread[c] / members;
    }
}

/* Rows made anew: members times the product with the centre. */
static void redo_rows(const fal_kmeans_gram *g, int64_t first, int64_t columns)
{
    const fal_kmeans_points *p = g->points;
    float *dot = g->buffer + (int64_t)fal_parallel_thread() * p->k * COLUMNS;
    if (g->redos == 0) {
        return;
    }
    fal_products_transposed(g->redo_centre, g->redos, p->x + first * p->d, columns, p->d, dot, columns);
    for (int64_t r = 0; r < g->redos; r++) {
        const int32_t c = g->redo[r];
        const float members = g->count[c] > 0 ? (float)g->count[c] : 1.0F;
        float *sums = g->sums + c * g->stride + first;
        for (int64_t j = 0; j < columns; j++) {
            sums[j] = members * dot[r * columns + j];
        }
    }
}

static void change_rows(const fal_kmeans_gram *g, int64_t first, int64_t columns)
{
    const fal_kmeans_points *p = g->points;
    for (int64_t m = 0; m < g->move_count; m++) {
        const int64_t i = g->moves[m];
        const float *row = p->gram + i * p->n + first;
        if (g->held[i] >= 0 && !g->redone[g->held[i]]) {
            fal_rows_shift(row, -1.0F, columns, g->sums + g->held[i] * g->stride + first);
        }
        if (!g->redone[g->label[i]]) {
            fal_rows_shift(row, 1.0F, columns, g->sums + g->label[i] * g->stride + first);
        }
    }
}

/* Of all centres whose value may be the least, given its bounds, the nearest. */
static int32_t settle(const fal_kmeans_gram *g, int64_t i, int32_t least, double value)
{
    const fal_kmeans_points *p = g->points;
    const double root = (double)g->root[i];
    const double own = 2.0 * p->rounding * (double)p->norm[i];
    const double sure =
        value + own + 2.0 * p->rounding * (fabs(value) + (double)g->norm[least]) + root * g->slack[least];
    int32_t best = -1;
    double nearest = INFINITY;
    int64_t found = 0;
    for (int64_t c = 0; c < p->k; c++) {
        const float other = g->norm[c] - g->factor[c] * g->sums[c * g->stride + i];
        if ((double)other - own - 2.0 * p->rounding * (double)g->norm[c] - root * g->slack[c] > sure) {
            continue;
        }
        if (++found == 2) {
            nearest = fal_kmeans_distance(p->x + i * p->d, g->centre + (int64_t)best * p->d, p->d);
        }
        const double distance =
            found == 1 ? INFINITY : fal_kmeans_distance(p->x + i * p->d, g->centre + c * p->d, p->d);
        if (found == 1 || distance < nearest) { /* ties: the lowest, which came first */
            nearest = distance;
            best = (int32_t)c;
        }
    }
    return best;
}

static void label_piece(void *context, int piece)
{
    const fal_kmeans_gram *g = context;
    const fal_kmeans_points *p = g->points;
    const int64_t first = (int64_t)piece * COLUMNS;
    const int64_t columns = first + COLUMNS < p->n ? COLUMNS : p->n - first;
    float least[COLUMNS];
    float second[COLUMNS];
    int32_t index[COLUMNS];
    double most_slack = 0.0;
    double most_norm = 0.0;
    if (!g->fresh) {
        redo_rows(g, first, columns);
        change_rows(g, first, columns);
    }
    for (int64_t c = 0; c < p->k; c++) {
        most_slack = g->slack[c] > most_slack ? g->slack[c] : most_slack;
        most_norm = (double)g->norm[c] > most_norm ? (double)g->norm[c] : most_norm;
    }
    fal_rows_nearest(g->sums + first, g->stride, g->factor, g->norm, p->k, columns, least, second, index);
    for (int64_t j = 0; j < columns; j++) {
        const int64_t i = first + j;
        const double margin = 2.0 * (double)g->root[i] * most_slack +
                              2.0 * p->rounding * (2.0 * (double)p->norm[i] + 2.0 * most_norm + fabs((double)least[j]));
        const bool alone = (double)second[j] - (double)least[j] > margin;
        g->next[i] = alone ? index[j] : settle(g, i, index[j], (double)least[j]);
    }
}

void fal_kmeans_gram_assign(fal_kmeans_gram *g, const float *centre, const float *centre_norm, const int32_t *label,
                            int32_t *next)
{
    const fal_kmeans_points *p = g->points;
    g->centre = centre;
    g->label = label;
    g->next = next;
    memcpy(g->norm, centre_norm, (size_t)p->k * sizeof *g->norm);
    if (!g->fresh) {
        double sum = 0.0;
        for (int64_t i = 0; i < p->n; i++) {
            sum += (double)g->root[i];
        }
        plan(g, sum / (double)p->n);
    }
    fal_parallel_for((int)((p->n + COLUMNS - 1) / COLUMNS), label_piece, g);
    if (!g->fresh) {
        memcpy(g->held, label, (size_t)p->n * sizeof *g->held);
    }
    g->fresh = false;
}
