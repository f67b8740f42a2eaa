/* power (Kirsch et al., TMLR 2023): a stochastic batch. The largest of ln s + Gumbel noise are draws without
 * replacement with probabilities proportional to s, so that a batch does not hold the b most similar of the uncertain
 * images. */
#include "power.h"

#include <float.h>
#include <math.h>

#include "fal/base/memory.h"

void fal_power_keys(const double *uniform, int64_t n, double *key)
{
    for (int64_t i = 0; i < n; i++) {
        key[i] = log(-log(uniform[i])) - log(key[i] > DBL_MIN ? key[i] : DBL_MIN);
    }
}

fal_status fal_strategy_power(fal_query_call *call)
{
    const fal_query_input *in = call->input;
    const fal_score *score = call->strategy->score;
    const fal_rng rng = fal_query_stream(in, FAL_STREAM_POWER, 0);
    double *value = NULL;
    double *key = NULL;
    double *uniform = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&value, (size_t)in->n, sizeof *value, "power"));
    FAL_TRY_GOTO(fal_alloc(&key, (size_t)in->n, sizeof *key, "power"));
    FAL_TRY_GOTO(fal_alloc(&uniform, (size_t)in->n, sizeof *uniform, "power"));
    FAL_TRY_GOTO(fal_score_keys(score, in->logits[call->model], in->n, in->classes, value));
    FAL_TRY_GOTO(fal_score_doubts(score, in->logits[call->model], in->n, in->classes, key));
    for (int64_t i = 0; i < in->n; i++) {
        uniform[i] = fal_rng_uniform(&rng, (uint64_t)i);
    }
    fal_power_keys(uniform, in->n, key);
    fal_topk_smallest(key, in->n, call->b, call->result->chosen);
    for (int64_t i = 0; i < call->b; i++) {
        call->result->score[i] = fal_score_value(score, value[call->result->chosen[i]]);
    }
done:
    fal_free(uniform);
    fal_free(key);
    fal_free(value);
    return status;
}
