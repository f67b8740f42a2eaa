/* typiclust (Hacohen et al., ICML 2022): the most typical image of clusters that have fewest labels.
 *
 * Typical is what has a small mean distance to its nearest neighbours in the cluster. Once all distances of a cluster
 * are known, taking an image can only move the others' neighbours away: old values are lower bounds, and only images
 * whose bound is the smallest are looked at again. */
#include "typiclust.h"

#include <math.h>

#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/base/stop.h"
#include "members.h"
#include "rows.h"
#include "unit.h"

enum { CLUSTERS_MOST = 500, SMALL = 5, NEIGHBOURS = 20, BLOCK = 16 };
static const double nothing = 1e-5; /* added to a mean distance before it is inverted */

/* Clusters, and the images of the pool in each that are not taken yet. */
typedef struct {
    const float *unit;
    int d;
    int64_t k;
    int64_t *first;           /* [k + 1] */
    int64_t *member;          /* [n] images of cluster c, rising: member[first[c]] .. */
    int64_t *left;            /* [k] images that are not taken: the first so many of the cluster's */
    int64_t *size, *labelled; /* [k] all images, labelled images */
    double *mean;             /* [n] mean distance to the neighbours when it was computed */
    int64_t *among;           /* [n] images that were left then; 0: never computed */
    int64_t *order;           /* [k] clusters in the order of a round */
    int64_t at;               /* the cluster at hand */
} clustering;

int64_t fal_typiclust_clusters(int64_t n, int64_t m, int64_t b)
{
    const int64_t wanted = b + m < CLUSTERS_MOST ? b + m : CLUSTERS_MOST;
    return wanted < n + m ? wanted : n + m;
}

size_t fal_typiclust_bytes(const fal_query_options *options, int64_t n, int64_t b, int classes, int d)
{
    (void)b;
    (void)classes;
    return fal_query_clustering_bytes(options, n, d, CLUSTERS_MOST);
}

static void clustering_destroy(clustering *c)
{
    fal_free(c->first);
    fal_free(c->member);
    fal_free(c->left);
    fal_free(c->size);
    fal_free(c->labelled);
    fal_free(c->mean);
    fal_free(c->among);
    fal_free(c->order);
}

/* Does cluster a come before b in a round? */
static bool before(const clustering *c, int64_t a, int64_t b)
{
    if ((c->size[a] > SMALL) != (c->size[b] > SMALL)) {
        return c->size[a] > SMALL;
    }
    if (c->labelled[a] != c->labelled[b]) {
        return c->labelled[a] < c->labelled[b];
    }
    return c->size[a] != c->size[b] ? c->size[a] > c->size[b] : a < b;
}

static fal_status clustering_create(const fal_query_input *in, const float *unit, const int32_t *label, int64_t k,
                                    clustering *c)
{
    *c = (clustering){.unit = unit, .d = in->d, .k = k};
    FAL_TRY(fal_alloc(&c->first, (size_t)k + 1, sizeof *c->first, "typiclust"));
    FAL_TRY(fal_alloc(&c->member, (size_t)in->n, sizeof *c->member, "typiclust"));
    FAL_TRY(fal_alloc(&c->left, (size_t)k, sizeof *c->left, "typiclust"));
    FAL_TRY(fal_alloc(&c->size, (size_t)k, sizeof *c->size, "typiclust"));
    FAL_TRY(fal_alloc(&c->labelled, (size_t)k, sizeof *c->labelled, "typiclust"));
    FAL_TRY(fal_alloc(&c->mean, (size_t)in->n, sizeof *c->mean, "typiclust"));
    FAL_TRY(fal_alloc(&c->among, (size_t)in->n, sizeof *c->among, "typiclust"));
    FAL_TRY(fal_alloc(&c->order, (size_t)k, sizeof *c->order, "typiclust"));
    for (int64_t i = 0; i < in->n + in->m; i++) {
        c->size[label[i]]++;
        c->labelled[label[i]] += i >= in->n;
    }
    fal_members_list(label, in->n, k, NULL, c->first, c->member);
    for (int64_t j = 0; j < k; j++) {
        c->left[j] = c->first[j + 1] - c->first[j];
    }
    for (int64_t j = 0; j < k; j++) { /* by insertion: 500 at most */
        int64_t place = j;
        for (; place > 0 && before(c, j, c->order[place - 1]); place--) {
            c->order[place] = c->order[place - 1];
        }
        c->order[place] = j;
    }
    return FAL_OK;
}

/* Mean distance of an image to its nearest among those that are left in the cluster at hand. */
static double mean_distance(const clustering *c, int64_t image)
{
    const int64_t *member = c->member + c->first[c->at];
    const int64_t left = c->left[c->at];
    const int most = left / 2 < NEIGHBOURS ? (int)(left / 2) : NEIGHBOURS;
    float near[NEIGHBOURS];
    int count = 0;
    for (int64_t j = 0; j < left && most > 0; j++) {
        float far = 0.0F;
        if (member[j] == image) {
            continue;
        }
        fal_rows_distances(c->unit + member[j] * c->d, 1, c->d, c->unit + image * c->d, &far);
        if (count == most && !(far < near[count - 1])) {
            continue;
        }
        int place = count < most ? count++ : most - 1;
        for (; place > 0 && near[place - 1] > far; place--) {
            near[place] = near[place - 1];
        }
        near[place] = far;
    }
    double sum = 0.0;
    for (int j = 0; j < count; j++) {
        sum += sqrt((double)near[j]);
    }
    return count > 0 ? sum / count : 0.0;
}

static void mean_piece(void *context, int piece)
{
    clustering *c = context;
    const int64_t *member = c->member + c->first[c->at];
    const int64_t left = c->left[c->at];
    for (int64_t j = (int64_t)piece * BLOCK; j < left && j < (int64_t)(piece + 1) * BLOCK; j++) {
        if (fal_stop_inside() != FAL_OK) {
            return;
        }
        c->mean[member[j]] = mean_distance(c, member[j]);
        c->among[member[j]] = left;
    }
}

/* Place of the most typical image among the members of the cluster at hand that are left. */
static fal_status most_typical(clustering *c, int64_t *place)
{
    const int64_t *member = c->member + c->first[c->at];
    const int64_t left = c->left[c->at];
    /* With fewer the number of neighbours falls, too, and an old value is no bound. */
    if (c->among[member[0]] == 0 || left <= 2 * NEIGHBOURS) {
        fal_parallel_for((int)((left + BLOCK - 1) / BLOCK), mean_piece, c);
    }
    for (;;) {
        int64_t best = 0;
        FAL_TRY(fal_stop_inside());
        for (int64_t j = 1; j < left; j++) {
            best = c->mean[member[j]] < c->mean[member[best]] ? j : best;
        }
        if (c->among[member[best]] == left) {
            *place = best;
            return FAL_OK;
        }
        c->mean[member[best]] = mean_distance(c, member[best]);
        c->among[member[best]] = left;
    }
}

/* One image of cluster number `cluster`, which has one. */
static fal_status take(clustering *c, int64_t cluster, int64_t at, fal_query_result *result)
{
    int64_t *member = c->member + c->first[cluster];
    int64_t place = 0;
    c->at = cluster;
    FAL_TRY(most_typical(c, &place));
    result->chosen[at] = member[place];
    result->cluster[at] = (int32_t)cluster;
    result->score[at] = 1.0 / (c->mean[member[place]] + nothing);
    c->left[cluster]--;
    for (int64_t j = place; j < c->left[cluster]; j++) {
        member[j] = member[j + 1];
    }
    return FAL_OK;
}

fal_status fal_typiclust_pick(fal_query_call *call, const float *unit, const int32_t *label, int64_t k)
{
    clustering c = {0};
    int64_t taken = 0;
    fal_status status = clustering_create(call->input, unit, label, k, &c);
    for (int small = 0; small < 2; small++) {
        int64_t before_round = -1;
        while (status == FAL_OK && taken < call->b && taken != before_round) {
            before_round = taken;
            for (int64_t j = 0; status == FAL_OK && j < k && taken < call->b; j++) {
                const int64_t cluster = c.order[j];
                if ((c.size[cluster] <= SMALL) == (small == 1) && c.left[cluster] > 0) {
                    status = take(&c, cluster, taken++, call->result);
                }
            }
        }
    }
    clustering_destroy(&c);
    return status;
}

fal_status fal_strategy_typiclust(fal_query_call *call)
{
    const fal_query_input *in = call->input;
    const int64_t k = fal_typiclust_clusters(in->n, in->m, call->b);
    const fal_rng rng = fal_query_stream(in, FAL_STREAM_TYPICLUST, 0);
    float *unit = NULL;
    fal_kmeans clusters = {0};
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_unit_of_all(in, call->model, &unit));
    FAL_TRY_GOTO(fal_kmeans_run(unit, in->n + in->m, in->d, k, (int)in->options->kmeans_starts, &rng, &clusters));
    status = fal_typiclust_pick(call, unit, clusters.label, k);
done:
    fal_kmeans_destroy(&clusters);
    fal_free(unit);
    return status;
}
