/* A client's images: labelled, in the order they were bought, and unlabelled, by rising index. */
#ifndef FAL_DATA_POOL_H
#define FAL_DATA_POOL_H

#include <stdint.h>

#include "fal/base/status.h"

typedef struct {
    int64_t *unlabelled; /* rising dataset indices */
    int64_t unlabelled_count;
    int64_t *labelled; /* dataset indices in the order of purchase */
    int64_t labelled_count;
    int64_t dropped_count; /* images that left without a label: nobody could tell */
    int64_t size;          /* all together */
} fal_pool;

/** The images of `client` in client_of [n], all unlabelled. */
fal_status fal_pool_create(fal_pool *pool, const int32_t *client_of, int64_t n, int32_t client);
void fal_pool_destroy(fal_pool *pool);
/** Move images (dataset indices) to the labelled set, in the order given. Each must be unlabelled here (asserted). */
void fal_pool_label(fal_pool *pool, const int64_t *images, int64_t count);
/** Take images out of the unlabelled set for good, without a label. Each must be unlabelled here (asserted). */
void fal_pool_drop(fal_pool *pool, const int64_t *images, int64_t count);
/** The random initial labels: min(b, size) distinct images (algorithms.md section 2, Budget).
 *  chosen [min(b, size)] out: dataset indices; the stream is (seed, FAL_RNG_INITIAL_LABELS, client). */
int64_t fal_pool_initial(const fal_pool *pool, uint64_t seed, uint32_t client, int64_t b, int64_t *chosen);

#endif
