/* Baselines that use both models (Kim et al., CVPR 2023, section 4): ensembles of what they say, or of what they
 * would choose. */
#include "badge.h"
#include "copies.h"
#include "fal/base/memory.h"

enum { OF_PROBABILITIES, OF_LOGITS }; /* --ensemble */

/* Entropy of the mean of both softmax outputs, or of the softmax of the mean logits (--ensemble). */
static double mean_entropy(const float *global, const float *local, int classes, bool of_logits)
{
    double p[FAL_CLASSES_MAX];
    double q[FAL_CLASSES_MAX];
    fal_score_softmax(global, classes, p);
    fal_score_softmax(local, classes, q);
    if (of_logits) {
        for (int c = 0; c < classes; c++) {
            q[c] = ((double)global[c] + (double)local[c]) / 2.0;
        }
        fal_score_softmax_real(q, classes, p);
    } else {
        for (int c = 0; c < classes; c++) {
            p[c] = (p[c] + q[c]) / 2.0;
        }
    }
    return fal_score_entropy.of(p, classes);
}

fal_status fal_strategy_ensemble_entropy(fal_query_call *call)
{
    const fal_query_input *in = call->input;
    double *key = NULL;
    FAL_TRY(fal_alloc(&key, (size_t)in->n, sizeof *key, "scores of a query"));
    for (int64_t i = 0; i < in->n; i++) {
        key[i] = -mean_entropy(in->logits[FAL_GLOBAL] + i * in->classes, in->logits[FAL_LOCAL] + i * in->classes,
                               in->classes, in->options->ensemble == OF_LOGITS);
    }
    fal_topk_smallest(key, in->n, call->b, call->result->chosen);
    for (int64_t i = 0; i < call->b; i++) {
        call->result->score[i] = -key[call->result->chosen[i]];
    }
    fal_free(key);
    return FAL_OK;
}

fal_status fal_strategy_ensemble_badge(fal_query_call *call)
{
    return fal_badge_select(call->input, FAL_BADGE_BOTH, call->b, call->result->chosen);
}

fal_status fal_query_merge_ranks(const int64_t *first, const int64_t *second, int64_t n, int64_t b, int64_t *chosen,
                                 double *score)
{
    double *key = NULL;
    FAL_TRY(fal_alloc(&key, (size_t)n, sizeof *key, "ranks of a query"));
    for (int64_t i = 0; i < b; i++) {
        key[first[i]] -= 1.0 / (20.0 + (double)i);
    }
    for (int64_t i = 0; i < b; i++) {
        key[second[i]] -= 1.0 / (20.0 + (double)i);
    }
    fal_topk_smallest(key, n, b, chosen);
    for (int64_t i = 0; i < b; i++) {
        score[i] = -key[chosen[i]];
    }
    fal_free(key);
    return FAL_OK;
}

/* badge's list by one model; which of two copies was drawn must not count, or the lists would name different ones. */
static fal_status badge_list(const fal_query_input *in, int x, int64_t b, int64_t *first, int64_t *list)
{
    const fal_row_array rows[2] = {{in->logits[x], in->classes}, {in->embedding[x], in->d}};
    FAL_TRY(fal_badge_select(in, x, b, list));
    FAL_TRY(fal_copies_find(rows, 2, in->n, first));
    return fal_copies_settle(first, in->n, b, list);
}

fal_status fal_strategy_ensemble_rank(fal_query_call *call)
{
    const fal_query_input *in = call->input;
    int64_t *lists = NULL;
    int64_t *first = NULL;
    double *key = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&first, (size_t)in->n, sizeof *first, "ranks of a query"));
    FAL_TRY_GOTO(fal_alloc(&lists, 2 * (size_t)call->b, sizeof *lists, "ranks of a query"));
    FAL_TRY_GOTO(fal_alloc(&key, (size_t)in->n, sizeof *key, "ranks of a query"));
    for (int x = 0; x < 2; x++) {
        if (call->strategy->score != NULL) {
            FAL_TRY_GOTO(fal_score_keys(call->strategy->score, in->logits[x], in->n, in->classes, key));
            fal_topk_smallest(key, in->n, call->b, lists + x * call->b);
        } else {
            FAL_TRY_GOTO(badge_list(in, x, call->b, first, lists + x * call->b));
        }
    }
    status = fal_query_merge_ranks(lists, lists + call->b, in->n, call->b, call->result->chosen, call->result->score);
done:
    fal_free(key);
    fal_free(lists);
    fal_free(first);
    return status;
}
