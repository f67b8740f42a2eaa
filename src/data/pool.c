/* A client's images: labelled, in the order they were bought, and unlabelled, by rising index. */
#include "fal/data/pool.h"

#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/random.h"

fal_status fal_pool_create(fal_pool *pool, const int32_t *client_of, int64_t n, int32_t client)
{
    fal_pool made = {0};
    for (int64_t i = 0; i < n; i++) {
        made.size += client_of[i] == client;
    }
    FAL_TRY(fal_alloc(&made.unlabelled, (size_t)made.size, sizeof *made.unlabelled, "pool of a client"));
    const fal_status status = fal_alloc(&made.labelled, (size_t)made.size, sizeof *made.labelled, "pool of a client");
    if (status != FAL_OK) {
        fal_pool_destroy(&made);
        return status;
    }
    for (int64_t i = 0; i < n; i++) {
        if (client_of[i] == client) {
            made.unlabelled[made.unlabelled_count++] = i;
        }
    }
    *pool = made;
    return FAL_OK;
}

void fal_pool_destroy(fal_pool *pool)
{
    fal_free(pool->unlabelled);
    fal_free(pool->labelled);
    *pool = (fal_pool){0};
}

/* An image that is about to leave is marked by its complement, which keeps the order searchable. */
static int64_t unmarked(int64_t image) { return image < 0 ? ~image : image; }

static int64_t find(const fal_pool *pool, int64_t image)
{
    int64_t low = 0;
    int64_t high = pool->unlabelled_count;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (unmarked(pool->unlabelled[middle]) < image) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void take_out(fal_pool *pool, const int64_t *images, int64_t count)
{
    FAL_ASSERT(count >= 0 && count <= pool->unlabelled_count);
    for (int64_t i = 0; i < count; i++) {
        const int64_t at = find(pool, images[i]);
        FAL_ASSERT(at < pool->unlabelled_count && pool->unlabelled[at] == images[i]);
        pool->unlabelled[at] = ~images[i];
    }
    int64_t kept = 0;
    for (int64_t i = 0; i < pool->unlabelled_count; i++) {
        if (pool->unlabelled[i] >= 0) {
            pool->unlabelled[kept++] = pool->unlabelled[i];
        }
    }
    pool->unlabelled_count = kept;
}

void fal_pool_label(fal_pool *pool, const int64_t *images, int64_t count)
{
    take_out(pool, images, count);
    for (int64_t i = 0; i < count; i++) {
        pool->labelled[pool->labelled_count++] = images[i];
    }
}

void fal_pool_drop(fal_pool *pool, const int64_t *images, int64_t count)
{
    take_out(pool, images, count);
    pool->dropped_count += count;
}

int64_t fal_pool_initial(const fal_pool *pool, uint64_t seed, uint32_t client, int64_t b, int64_t *chosen)
{
    const fal_rng rng = {.seed = seed, .purpose = FAL_RNG_INITIAL_LABELS, .client = client};
    const int64_t n = pool->unlabelled_count;
    const int64_t count = b < n ? b : n;
    memcpy(chosen, pool->unlabelled, (size_t)count * sizeof *chosen);
    /* A reservoir draws the set with positions from `count` on; the shuffle of the set uses those below. */
    for (int64_t i = count; i < n; i++) {
        const int64_t at = (int64_t)fal_rng_below(&rng, (uint64_t)i, (uint64_t)i + 1);
        if (at < count) {
            chosen[at] = pool->unlabelled[i];
        }
    }
    fal_rng_shuffle(&rng, chosen, count);
    return count;
}
