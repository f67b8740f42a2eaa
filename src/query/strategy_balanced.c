/* improved-random and oracle-balanced: random images, as many of each class as can be, labelled ones counted. By the
 * classes that G predicts, and by the true ones: diagnostics, what balance alone is worth. */
#include "fal/base/memory.h"
#include "query_internal.h"

/* class [n] of every image of the pool decides; fewest labelled and chosen first, ties to the lowest class. */
static fal_status balance(fal_query_call *call, const int32_t *class)
{
    const fal_query_input *in = call->input;
    const fal_rng rng = fal_query_stream(in, FAL_STREAM_BALANCE, 0);
    int64_t count[FAL_CLASSES_MAX] = {0}; /* labelled and chosen */
    int64_t first[FAL_CLASSES_MAX];       /* the class's next image in random order, -1: none */
    int64_t *order = NULL;
    int64_t *next = NULL; /* the image that follows in its class */
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&order, (size_t)in->n, sizeof *order, "random order"));
    FAL_TRY_GOTO(fal_alloc(&next, (size_t)in->n, sizeof *next, "random order"));
    FAL_TRY_GOTO(fal_query_fill(&rng, in->n, 0, in->n, order));
    for (int c = 0; c < in->classes; c++) {
        first[c] = -1;
    }
    for (int64_t i = 0; i < in->m && in->labels != NULL; i++) {
        count[in->labels[i]]++;
    }
    for (int64_t i = in->n - 1; i >= 0; i--) {
        next[order[i]] = first[class[order[i]]];
        first[class[order[i]]] = order[i];
    }
    for (int64_t taken = 0; taken < call->b; taken++) {
        int best = -1;
        for (int c = 0; c < in->classes; c++) {
            best = first[c] >= 0 && (best < 0 || count[c] < count[best]) ? c : best;
        }
        call->result->chosen[taken] = first[best];
        call->result->cluster[taken] = best;
        first[best] = next[first[best]];
        count[best]++;
    }
done:
    fal_free(next);
    fal_free(order);
    return status;
}

fal_status fal_strategy_improved_random(fal_query_call *call)
{
    const fal_query_input *in = call->input;
    int32_t *class = NULL;
    FAL_TRY(fal_alloc(&class, (size_t)in->n, sizeof *class, "predicted classes"));
    for (int64_t i = 0; i < in->n; i++) {
        class[i] = fal_score_argmax(in->logits[FAL_GLOBAL] + i * in->classes, in->classes);
    }
    const fal_status status = balance(call, class);
    fal_free(class);
    return status;
}

fal_status fal_strategy_oracle_balanced(fal_query_call *call) { return balance(call, call->input->truth); }
