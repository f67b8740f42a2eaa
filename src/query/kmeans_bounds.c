/* Lloyd's labels by bounds on distances (Ding et al. 2015, "Yinyang k-means"; with one group Hamerly 2010).
 *
 * Of each point an upper bound on the distance to its own centre is kept, and per group of centres a lower bound on the
 * distance to the others of the group. A centre that moves by s changes distances by s at most, so bounds are carried
 * on without looking at points; a point is compared only with groups that its bounds do not rule out.
 *
 * Exact: what float32 cannot tell apart is compared by direct differences in double, ties to the lowest centre, and
 * bounds are rounded away from the decision. So labels depend neither on the groups nor on the order of additions in a
 * matrix product, and identical rows get identical labels. */
#include "kmeans_bounds.h"

#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "members.h"
#include "products.h"
#include "rows.h"

enum { BLOCK = 384, GROUP = 10, PASSES = 3, LOWER_MOST = 64 << 20 };
static const float away = 1e-6F; /* relative, of a bound after some operations in float32 */

struct fal_kmeans_bounds {
    const fal_kmeans_points *points;
    bool fresh;
    float error;        /* relative, of a squared distance by direct differences */
    int64_t groups;     /* of centres */
    int64_t *first;     /* [groups + 1] of the packed centres */
    int64_t *number;    /* [k] of a packed centre */
    int32_t *group;     /* [k] of a centre */
    int32_t *place;     /* [k] of a centre among the packed */
    float *packed;      /* [k][d] centres, group after group, as at the last call */
    float *packed_norm; /* [k] */
    float *drift;       /* [k] how far a centre moved since, at most */
    float *group_drift; /* [groups] the most of them */
    float *upper;       /* [n] */
    float *lower;       /* [n][groups] */
    int32_t *held;      /* [n] the label that the bounds are of */
    float *buffer;      /* [threads][BLOCK][k] */
    int64_t *computed;  /* [pieces] distances */
    const float *centre, *centre_norm;
    const int32_t *label;
    int32_t *next;
};

void fal_kmeans_bounds_destroy(fal_kmeans_bounds *b)
{
    if (b == NULL) {
        return;
    }
    void *const all[] = {b->first,       b->number, b->group, b->place, b->packed, b->packed_norm, b->drift,
                         b->group_drift, b->upper,  b->lower, b->held,  b->buffer, b->computed};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        fal_free(all[i]);
    }
    fal_free(b);
}

static int64_t groups_of(int64_t n, int64_t k)
{
    const int64_t room = (int64_t)LOWER_MOST / (int64_t)sizeof(float) / n;
    const int64_t groups = k / GROUP < room ? k / GROUP : room;
    return groups < 1 ? 1 : groups;
}

size_t fal_kmeans_bounds_bytes(int64_t n, int d, int64_t k)
{
    const size_t row = sizeof(float) * (size_t)(d + fal_parallel_threads() * BLOCK);
    enum { PER_CLUSTER = 40, PER_POINT = 9 };
    return (size_t)k * (row + PER_CLUSTER) + (size_t)n * (PER_POINT + (size_t)groups_of(n, k) * sizeof(float));
}

fal_status fal_kmeans_bounds_create(const fal_kmeans_points *points, fal_kmeans_bounds **bounds)
{
    const size_t n = (size_t)points->n;
    const size_t k = (size_t)points->k;
    const size_t d = (size_t)points->d;
    const size_t pieces = (n + BLOCK - 1) / BLOCK;
    fal_kmeans_bounds *b = NULL;
    fal_status status = FAL_OK;
    FAL_TRY(fal_alloc(&b, 1, sizeof *b, "k-means"));
    b->points = points;
    b->error = 1.2e-7F * (float)(points->d / 8 + 8); /* eight lanes of additions, and then their sum */
    b->groups = groups_of(points->n, points->k);
    const size_t groups = (size_t)b->groups;
    FAL_TRY_GOTO(fal_alloc(&b->first, groups + 1, sizeof *b->first, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&b->number, k, sizeof *b->number, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&b->group, k, sizeof *b->group, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&b->place, k, sizeof *b->place, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&b->packed, k * d, sizeof *b->packed, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&b->packed_norm, k, sizeof *b->packed_norm, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&b->drift, k, sizeof *b->drift, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&b->group_drift, groups, sizeof *b->group_drift, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&b->upper, n, sizeof *b->upper, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&b->lower, n * groups, sizeof *b->lower, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&b->held, n, sizeof *b->held, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&b->buffer, (size_t)fal_parallel_threads() * BLOCK * k, sizeof *b->buffer, "k-means"));
    FAL_TRY_GOTO(fal_alloc(&b->computed, pieces, sizeof *b->computed, "k-means"));
    b->fresh = true;
    *bounds = b;
done:
    if (status != FAL_OK) {
        fal_kmeans_bounds_destroy(b);
    }
    return status;
}

void fal_kmeans_bounds_start(fal_kmeans_bounds *b) { b->fresh = true; }

/* ---- groups ---------------------------------------------------------------------------------------------------- */

/* group[c]: the nearest of the pivots [groups][d], which float32 may decide: any groups give the same labels. */
static void nearest_pivots(fal_kmeans_bounds *b, const float *pivot, const float *pivot_norm)
{
    const fal_kmeans_points *p = b->points;
    for (int64_t first = 0; first < p->k; first += BLOCK) {
        const int64_t count = p->k - first < BLOCK ? p->k - first : BLOCK;
        fal_products_transposed(b->centre + first * p->d, count, pivot, b->groups, p->d, b->buffer, b->groups);
        for (int64_t i = 0; i < count; i++) {
            const float *dot = b->buffer + i * b->groups;
            int32_t best = 0;
            for (int32_t g = 1; g < b->groups; g++) {
                best = pivot_norm[g] - 2.0F * dot[g] < pivot_norm[best] - 2.0F * dot[best] ? g : best;
            }
            b->group[first + i] = best;
        }
    }
}

/* Means of the groups' centres; a pivot without any stays. */
static void move_pivots(const fal_kmeans_bounds *b, float *pivot, int64_t *count)
{
    const int d = b->points->d;
    memset(count, 0, (size_t)b->groups * sizeof *count);
    for (int64_t c = 0; c < b->points->k; c++) {
        float *mean = pivot + (int64_t)b->group[c] * d;
        const float share = 1.0F / (float)++count[b->group[c]];
        for (int e = 0; e < d; e++) {
            mean[e] = share == 1.0F ? b->centre[c * d + e] : mean[e] + share * (b->centre[c * d + e] - mean[e]);
        }
    }
}

/* Groups of near centres by a few passes of k-means over them. The first centres of greedy seeding lie far apart. */
static void make_groups(fal_kmeans_bounds *b)
{
    const fal_kmeans_points *p = b->points;
    float *pivot = b->packed; /* filled below */
    memcpy(pivot, b->centre, (size_t)b->groups * (size_t)p->d * sizeof *pivot);
    for (int pass = 0; pass < PASSES; pass++) {
        fal_rows_norms(pivot, b->groups, p->d, b->packed_norm);
        nearest_pivots(b, pivot, b->packed_norm);
        if (pass + 1 < PASSES) {
            move_pivots(b, pivot, b->first);
        }
    }
    fal_members_list(b->group, p->k, b->groups, NULL, b->first, b->number);
    for (int64_t at = 0; at < p->k; at++) {
        b->place[b->number[at]] = (int32_t)at;
    }
}

/* The packed centres as they are now, and how far each moved. */
static void take_centres(fal_kmeans_bounds *b)
{
    const fal_kmeans_points *p = b->points;
    for (int64_t g = 0; g < b->groups; g++) {
        b->group_drift[g] = 0.0F;
        for (int64_t at = b->first[g]; at < b->first[g + 1]; at++) {
            const int64_t c = b->number[at];
            float *packed = b->packed + at * p->d;
            const float *centre = b->centre + c * p->d;
            b->drift[c] = b->fresh ? 0.0F : (float)sqrt(fal_kmeans_distance(packed, centre, p->d)) * (1.0F + away);
            b->group_drift[g] = b->drift[c] > b->group_drift[g] ? b->drift[c] : b->group_drift[g];
            memcpy(packed, centre, (size_t)p->d * sizeof *packed);
            b->packed_norm[at] = b->centre_norm[c];
        }
    }
}

/* ---- points ---------------------------------------------------------------------------------------------------- */

/* The lowest and nearest among centres whose squared distances lie in value, each wrong by slack at most: those within
 * it are compared in double. */
typedef struct {
    int32_t best; /* -1: none yet */
    float value;  /* of best */
    double exact; /* of best, once it was needed; -1 */
} choice;

static void consider(const fal_kmeans_bounds *b, int64_t point, int32_t c, float value, choice *of)
{
    const int d = b->points->d;
    const float *x = b->points->x + point * d;
    if (of->best < 0) {
        *of = (choice){c, value, -1.0};
        return;
    }
    of->exact = of->exact < 0.0 ? fal_kmeans_distance(x, b->centre + (int64_t)of->best * d, d) : of->exact;
    const double other = fal_kmeans_distance(x, b->centre + (int64_t)c * d, d);
    if (other < of->exact || (other == of->exact && c < of->best)) {
        *of = (choice){c, value, other};
    }
}

/* Against all centres, from inner products with the packed ones. */
static void compare_with_all(const fal_kmeans_bounds *b, int64_t i, float *value)
{
    const fal_kmeans_points *p = b->points;
    const float rounding = 2.0F * (float)p->rounding;
    const float own = p->norm[i] * rounding;
    const float least = fal_rows_values(b->packed_norm, value, p->k, value);
    choice nearest = {-1, 0.0F, -1.0};
    float least_norm = 0.0F;
    for (int64_t at = 0; at < p->k; at++) {
        least_norm = value[at] == least ? b->packed_norm[at] : least_norm;
    }
    const float sure = least + own + rounding * (least_norm + fabsf(least));
    for (int64_t at = 0; at < p->k; at++) {
        if (value[at] - own - rounding * b->packed_norm[at] <= sure) {
            consider(b, i, (int32_t)b->number[at], value[at], &nearest);
        }
    }
    for (int64_t g = 0; g < b->groups; g++) {
        float bound = INFINITY;
        for (int64_t at = b->first[g]; at < b->first[g + 1]; at++) {
            const float low = p->norm[i] + value[at] - own - rounding * b->packed_norm[at];
            bound = b->number[at] != nearest.best && low < bound ? low : bound;
        }
        b->lower[i * b->groups + g] = bound > 0.0F ? sqrtf(bound) * (1.0F - away) : 0.0F;
    }
    const float high = p->norm[i] + nearest.value + own + rounding * b->centre_norm[nearest.best];
    b->upper[i] = high > 0.0F ? sqrtf(high) * (1.0F + away) : 0.0F;
    b->next[i] = nearest.best;
}

static void all_piece(void *context, int piece)
{
    const fal_kmeans_bounds *b = context;
    const fal_kmeans_points *p = b->points;
    const int64_t first = (int64_t)piece * BLOCK;
    const int64_t count = first + BLOCK < p->n ? BLOCK : p->n - first;
    float *dot = b->buffer + (int64_t)fal_parallel_thread() * BLOCK * p->k;
    fal_products_transposed(p->x + first * p->d, count, b->packed, p->k, p->d, dot, p->k);
    for (int64_t i = 0; i < count; i++) {
        compare_with_all(b, first + i, dot + i * p->k);
    }
    b->computed[piece] = count * p->k;
}

/* Squared distances to the centres of the groups that the bounds do not rule out, at their places in `value`; the least
 * of them and `least`. */
static float measure(const fal_kmeans_bounds *b, int64_t i, float *value, float least, int64_t *computed)
{
    const fal_kmeans_points *p = b->points;
    const float *lower = b->lower + i * b->groups;
    for (int64_t g = 0; g < b->groups; g++) {
        const int64_t first = b->first[g];
        const int64_t count = b->first[g + 1] - first;
        if (lower[g] > b->upper[i] || count == 0) {
            continue;
        }
        fal_rows_distances(b->packed + first * p->d, count, p->d, p->x + i * p->d, value + first);
        *computed += count;
        for (int64_t at = first; at < first + count; at++) {
            least = value[at] < least ? value[at] : least;
        }
    }
    return least;
}

/* The nearest of those that were measured; new bounds of the groups that they are of. */
static void settle(const fal_kmeans_bounds *b, int64_t i, const float *value, float least, float own)
{
    float *lower = b->lower + i * b->groups;
    const int32_t label = b->label[i];
    const float upper = b->upper[i];
    const float sure = least * (1.0F + 2.0F * b->error) / (1.0F - 2.0F * b->error);
    choice nearest = {-1, 0.0F, -1.0};
    if (own <= sure) {
        consider(b, i, label, own, &nearest);
    }
    for (int64_t g = 0; g < b->groups; g++) {
        for (int64_t at = b->first[g]; lower[g] <= upper && at < b->first[g + 1]; at++) {
            if (value[at] <= sure && b->number[at] != label) {
                consider(b, i, (int32_t)b->number[at], value[at], &nearest);
            }
        }
    }
    for (int64_t g = 0; g < b->groups; g++) {
        if (lower[g] > upper) {
            continue;
        }
        float bound = INFINITY;
        for (int64_t at = b->first[g]; at < b->first[g + 1]; at++) {
            bound = b->number[at] != nearest.best && value[at] < bound ? value[at] : bound;
        }
        lower[g] = sqrtf(bound) * (1.0F - b->error - away);
    }
    if (nearest.best != label) { /* its group has one more that is not the own one */
        float *left = lower + b->group[label];
        const float bound = sqrtf(own) * (1.0F - b->error - away);
        *left = bound < *left ? bound : *left;
    }
    b->upper[i] = sqrtf(nearest.value) * (1.0F + b->error + away);
    b->next[i] = nearest.best;
}

/* Bounds after the centres have moved; the least of the lower ones. */
static float carry_on(const fal_kmeans_bounds *b, int64_t i)
{
    float *lower = b->lower + i * b->groups;
    float least = INFINITY;
    for (int64_t g = 0; g < b->groups; g++) {
        const float bound = (lower[g] - b->group_drift[g]) * (1.0F - away);
        lower[g] = bound > 0.0F ? bound : 0.0F;
        least = lower[g] < least ? lower[g] : least;
    }
    b->upper[i] = (b->upper[i] + b->drift[b->label[i]]) * (1.0F + away);
    return least;
}

static void some_piece(void *context, int piece)
{
    const fal_kmeans_bounds *b = context;
    const fal_kmeans_points *p = b->points;
    const int64_t first = (int64_t)piece * BLOCK;
    const int64_t last = first + BLOCK < p->n ? first + BLOCK : p->n;
    float *value = b->buffer + (int64_t)fal_parallel_thread() * BLOCK * p->k;
    int64_t computed = 0;
    for (int64_t i = first; i < last; i++) {
        const int32_t label = b->label[i];
        float own = 0.0F;
        float least = carry_on(b, i);
        if (b->held[i] != label) { /* it was given to an empty cluster: what is known is of another centre */
            memset(b->lower + i * b->groups, 0, (size_t)b->groups * sizeof *b->lower);
            least = 0.0F;
        } else if (b->upper[i] < least) {
            b->next[i] = label;
            continue;
        }
        fal_rows_distances(b->packed + (int64_t)b->place[label] * p->d, 1, p->d, p->x + i * p->d, &own);
        computed++;
        b->upper[i] = sqrtf(own) * (1.0F + b->error + away);
        if (b->upper[i] < least) {
            b->next[i] = label;
            continue;
        }
        settle(b, i, value, measure(b, i, value, own, &computed), own);
    }
    b->computed[piece] = computed;
}

void fal_kmeans_bounds_assign(fal_kmeans_bounds *b, const float *centre, const float *centre_norm, const int32_t *label,
                              int32_t *next, int64_t *distances)
{
    const int pieces = (int)((b->points->n + BLOCK - 1) / BLOCK);
    b->centre = centre;
    b->centre_norm = centre_norm;
    b->label = label;
    b->next = next;
    if (b->fresh) {
        make_groups(b);
    }
    take_centres(b);
    fal_parallel_for(pieces, b->fresh ? all_piece : some_piece, b);
    b->fresh = false;
    memcpy(b->held, next, (size_t)b->points->n * sizeof *next);
    for (int piece = 0; piece < pieces; piece++) {
        *distances += b->computed[piece];
    }
}
