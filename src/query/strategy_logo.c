/* logo (Kim et al., CVPR 2023, section 5): the local-only model groups the pool, the global model picks.
 *
 * Macro step: k-means with b clusters on L's gradients of the last layer's weights for the pseudo-label (Eq. 7).
 * Micro step: from every cluster the image that G is most uncertain about (Eq. 8, 9). The cluster of an image is its
 * nearest centroid. With fewer than b non-empty clusters: the second of each cluster in cluster order, then the
 * third, ... */
#include "query_internal.h"

#include "fal/base/memory.h"
#include "fal/base/sort.h"
#include "members.h"

void fal_logo_gradient(const float *logits, const float *z, int classes, int d, double *g)
{
    double most = (double)logits[0];
    int yhat = 0;
    for (int c = 1; c < classes; c++) {
        if ((double)logits[c] > most) {
            most = (double)logits[c];
            yhat = c;
        }
    }
    double p[FAL_CLASSES_MAX];
    fal_score_softmax(logits, classes, p);
    double others = 0.0;
    for (int c = 0; c < classes; c++) {
        others += c == yhat ? 0.0 : p[c];
    }
    for (int e = 0; e < d; e++) {
        g[e] = (double)z[e] * others;
    }
}

size_t fal_logo_bytes(const fal_query_options *options, int64_t n, int64_t b, int classes, int d)
{
    (void)classes;
    return fal_query_clustering_bytes(options, n, d, b);
}

fal_status fal_logo_macro(const fal_query_input *input, int64_t b, fal_kmeans *clusters)
{
    const int d = input->d;
    float *gradient = NULL;
    double *row = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&gradient, (size_t)input->n * (size_t)d, sizeof *gradient, "gradients of logo"));
    FAL_TRY_GOTO(fal_alloc(&row, (size_t)d, sizeof *row, "gradients of logo"));
    for (int64_t i = 0; i < input->n; i++) {
        fal_logo_gradient(input->logits[FAL_LOCAL] + i * input->classes, input->embedding[FAL_LOCAL] + i * d,
                          input->classes, d, row);
        for (int e = 0; e < d; e++) {
            gradient[i * d + e] = (float)row[e];
        }
    }
    const fal_rng rng = fal_query_stream(input, FAL_STREAM_KMEANS, 0);
    status = fal_kmeans_run(gradient, input->n, d, b, (int)input->options->kmeans_starts, &rng, clusters);
done:
    fal_free(row);
    fal_free(gradient);
    return status;
}

fal_status fal_logo_micro(fal_query_call *call, const fal_kmeans *clusters)
{
    const fal_query_input *input = call->input;
    const fal_score *score = call->strategy->score;
    fal_query_result *result = call->result;
    double *key = NULL;
    int64_t *order = NULL; /* by falling uncertainty */
    int64_t *first = NULL;
    int64_t *member = NULL;
    int64_t taken = 0;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&key, (size_t)input->n, sizeof *key, "scores of logo"));
    FAL_TRY_GOTO(fal_alloc(&order, (size_t)input->n, sizeof *order, "clusters of logo"));
    FAL_TRY_GOTO(fal_alloc(&first, (size_t)clusters->k + 1, sizeof *first, "clusters of logo"));
    FAL_TRY_GOTO(fal_alloc(&member, (size_t)input->n, sizeof *member, "clusters of logo"));
    FAL_TRY_GOTO(fal_score_keys(score, input->logits[FAL_GLOBAL], input->n, input->classes, key));
    FAL_TRY_GOTO(fal_sort_rising(key, order, input->n));
    fal_members_list(clusters->label, input->n, clusters->k, order, first, member);
    for (int64_t depth = 0; taken < call->b; depth++) {
        for (int64_t c = 0; c < clusters->k && taken < call->b; c++) {
            if (first[c] + depth < first[c + 1]) {
                const int64_t image = member[first[c] + depth];
                result->chosen[taken] = image;
                result->cluster[taken] = (int32_t)c;
                result->score[taken] = fal_score_value(score, key[image]);
                taken++;
            }
        }
    }
done:
    fal_free(member);
    fal_free(first);
    fal_free(order);
    fal_free(key);
    return status;
}

fal_status fal_strategy_logo(fal_query_call *call)
{
    fal_kmeans clusters = {0};
    FAL_TRY(fal_logo_macro(call->input, call->b, &clusters));
    const fal_status status = fal_logo_micro(call, &clusters);
    call->macro = clusters.centre;
    clusters.centre = NULL;
    fal_kmeans_destroy(&clusters);
    return status;
}
