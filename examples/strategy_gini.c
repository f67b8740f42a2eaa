/* gini: the largest Gini impurity 1 - sum p^2 of one model's softmax. docs/adding.md makes it a strategy of the
 * programs: this file in src/query, and a line in the list of src/query/strategies.h. */
#include "fal/base/memory.h"
#include "query_internal.h"

fal_status fal_strategy_gini(fal_query_call *call)
{
    const fal_query_input *in = call->input;
    double *p = NULL;   /* [n][classes] */
    double *key = NULL; /* [n] small is chosen first */
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_score_probabilities(in->logits[call->model], in->n, in->classes, &p));
    FAL_TRY_GOTO(fal_alloc(&key, (size_t)in->n, sizeof *key, "gini"));
    for (int64_t i = 0; i < in->n; i++) {
        key[i] = -1.0;
        for (int c = 0; c < in->classes; c++) {
            key[i] += p[i * in->classes + c] * p[i * in->classes + c];
        }
    }
    fal_topk_smallest(key, in->n, call->b, call->result->chosen);
    for (int64_t i = 0; i < call->b; i++) {
        call->result->score[i] = -key[call->result->chosen[i]];
    }
done:
    fal_free(key);
    fal_free(p);
    return status;
}
