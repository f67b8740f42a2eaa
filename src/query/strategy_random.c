/* random: b images of the pool without replacement; needs no model. */
#include "query_internal.h"

fal_status fal_strategy_random(fal_query_call *call)
{
    const fal_rng rng = fal_query_stream(call->input, FAL_STREAM_DRAW, 0);
    return fal_query_fill(&rng, call->input->n, 0, call->b, call->result->chosen);
}
