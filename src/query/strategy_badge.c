/* badge: diverse and uncertain at once, by draws on the gradient embeddings of one model. */
#include "badge.h"

fal_status fal_strategy_badge(fal_query_call *call)
{
    return fal_badge_select(call->input, call->model, call->b, call->result->chosen);
}
