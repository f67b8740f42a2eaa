/* Draws of a query: addressed streams, draws without replacement. */
#include "query_internal.h"

#include "fal/base/memory.h"

fal_rng fal_query_stream(const fal_query_input *input, uint32_t use, uint32_t step)
{
    fal_rng rng = input->rng;
    rng.fl_round = use;
    rng.epoch = step;
    return rng;
}

void fal_query_draw(const fal_rng *rng, int64_t *items, int64_t n, int64_t b)
{
    for (int64_t i = 0; i < b; i++) {
        const int64_t j = i + (int64_t)fal_rng_below(rng, (uint64_t)i, (uint64_t)(n - i));
        const int64_t kept = items[i];
        items[i] = items[j];
        items[j] = kept;
    }
}

fal_status fal_query_fill(const fal_rng *rng, int64_t n, int64_t from, int64_t b, int64_t *chosen)
{
    unsigned char *taken = NULL;
    int64_t *rest = NULL;
    int64_t count = 0;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&taken, (size_t)n, 1, "draws of a query"));
    FAL_TRY_GOTO(fal_alloc(&rest, (size_t)n, sizeof *rest, "draws of a query"));
    for (int64_t i = 0; i < from; i++) {
        taken[chosen[i]] = 1;
    }
    for (int64_t i = 0; i < n; i++) {
        if (!taken[i]) {
            rest[count++] = i;
        }
    }
    fal_query_draw(rng, rest, count, b - from);
    for (int64_t i = from; i < b; i++) {
        chosen[i] = rest[i - from];
    }
done:
    fal_free(rest);
    fal_free(taken);
    return status;
}
