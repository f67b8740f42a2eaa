/* tsallis: the largest Tsallis entropy (1 - sum p^q) / (q - 1) of one model's softmax, of order q = --tsallis-order.
 * docs/adding.md makes it a strategy of the programs, with its option: this file in src/query, a line in the list of
 * src/query/strategies.h, and one in that of include/fal/query/options.h. */
#include <math.h>

#include "fal/base/memory.h"
#include "query_internal.h"

fal_status fal_strategy_tsallis(fal_query_call *call)
{
    const fal_query_input *in = call->input;
    const double q = in->options->tsallis_order;
    double *p = NULL;   /* [n][classes] */
    double *key = NULL; /* [n] small is chosen first */
    fal_status status = FAL_OK;
    if (q == 1.0) {
        return fal_fail(FAL_ERR_USAGE, "--tsallis-order 1: this is entropy, which is a strategy of its own");
    }
    FAL_TRY_GOTO(fal_score_probabilities(in->logits[call->model], in->n, in->classes, &p));
    FAL_TRY_GOTO(fal_alloc(&key, (size_t)in->n, sizeof *key, "tsallis"));
    for (int64_t i = 0; i < in->n; i++) {
        double sum = 0.0;
        for (int c = 0; c < in->classes; c++) {
            sum += pow(p[i * in->classes + c], q);
        }
        key[i] = -(1.0 - sum) / (q - 1.0);
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
