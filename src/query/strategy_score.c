/* entropy, confidence, margin: the b most uncertain images by one score of one model (algorithms.md section 5). */
#include "query_internal.h"

#include "fal/base/memory.h"

fal_status fal_strategy_by_score(fal_query_call *call)
{
    const fal_query_input *input = call->input;
    const fal_score *score = call->strategy->score;
    double *key = NULL;
    fal_status status = fal_alloc(&key, (size_t)input->n, sizeof *key, "scores of a query");
    if (status == FAL_OK) {
        status = fal_score_keys(score, input->logits[call->model], input->n, input->classes, key);
    }
    if (status == FAL_OK) {
        fal_topk_smallest(key, input->n, call->b, call->result->chosen);
        for (int64_t i = 0; i < call->b; i++) {
            call->result->score[i] = fal_score_value(score, key[call->result->chosen[i]]);
        }
    }
    fal_free(key);
    return status;
}
