/* cluster-margin (Citovsky et al., NeurIPS 2021): the images with the smallest margins, spread over clusters.
 *
 * Of 10 b candidates with the smallest margins b are taken in rounds over their clusters, small clusters first, so that
 * rare kinds of doubt come before common ones. */
#include "cluster_margin.h"

#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/sort.h"
#include "members.h"

enum { PER_IMAGE = 10 };

int64_t fal_cluster_margin_candidates(int64_t n, int64_t b) { return b <= n / PER_IMAGE ? b * PER_IMAGE : n; }

fal_status fal_cluster_margin_pick(fal_query_call *call, const double *key, const int64_t *candidate, int64_t count,
                                   const int32_t *label, int64_t k)
{
    fal_query_result *result = call->result;
    int64_t *first = NULL;
    int64_t *member = NULL;
    double *size = NULL;
    int64_t *order = NULL; /* clusters by rising size */
    int64_t taken = 0;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&first, (size_t)k + 1, sizeof *first, "cluster-margin"));
    FAL_TRY_GOTO(fal_alloc(&member, (size_t)count, sizeof *member, "cluster-margin"));
    FAL_TRY_GOTO(fal_alloc(&size, (size_t)k, sizeof *size, "cluster-margin"));
    FAL_TRY_GOTO(fal_alloc(&order, (size_t)k, sizeof *order, "cluster-margin"));
    fal_members_list(label, count, k, NULL, first, member);
    for (int64_t c = 0; c < k; c++) {
        size[c] = (double)(first[c + 1] - first[c]);
    }
    FAL_TRY_GOTO(fal_sort_rising(size, order, k));
    for (int64_t depth = 0; taken < call->b; depth++) {
        for (int64_t j = 0; j < k && taken < call->b; j++) {
            const int64_t c = order[j];
            if (first[c] + depth < first[c + 1]) {
                const int64_t image = candidate[member[first[c] + depth]];
                result->chosen[taken] = image;
                result->cluster[taken] = (int32_t)c;
                result->score[taken] = key[image];
                taken++;
            }
        }
    }
done:
    fal_free(order);
    fal_free(size);
    fal_free(member);
    fal_free(first);
    return status;
}

size_t fal_cluster_margin_bytes(const fal_query_options *options, int64_t n, int64_t b, int classes, int d)
{
    (void)classes;
    return fal_query_clustering_bytes(options, fal_cluster_margin_candidates(n, b), d, b);
}

fal_status fal_strategy_cluster_margin(fal_query_call *call)
{
    const fal_query_input *in = call->input;
    const int64_t count = fal_cluster_margin_candidates(in->n, call->b);
    const size_t row = (size_t)in->d * sizeof(float);
    double *key = NULL;
    int64_t *candidate = NULL;
    float *z = NULL; /* of the candidates */
    fal_kmeans clusters = {0};
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&key, (size_t)in->n, sizeof *key, "cluster-margin"));
    FAL_TRY_GOTO(fal_alloc(&candidate, (size_t)count, sizeof *candidate, "cluster-margin"));
    FAL_TRY_GOTO(fal_alloc(&z, (size_t)count, row, "cluster-margin"));
    FAL_TRY_GOTO(fal_score_keys(&fal_score_margin, in->logits[call->model], in->n, in->classes, key));
    fal_topk_smallest(key, in->n, count, candidate);
    for (int64_t i = 0; i < count; i++) {
        memcpy(z + i * in->d, in->embedding[call->model] + candidate[i] * in->d, row);
    }
    const fal_rng rng = fal_query_stream(in, FAL_STREAM_CLUSTER_MARGIN, 0);
    FAL_TRY_GOTO(fal_kmeans_run(z, count, in->d, call->b, (int)in->options->kmeans_starts, &rng, &clusters));
    status = fal_cluster_margin_pick(call, key, candidate, count, clusters.label, clusters.k);
done:
    fal_kmeans_destroy(&clusters);
    fal_free(z);
    fal_free(candidate);
    fal_free(key);
    return status;
}
