/* From bytes to normalised float batches; orders and flips by addressed random numbers. */
#ifndef FAL_DATA_BATCH_H
#define FAL_DATA_BATCH_H

#include <stdint.h>

#include "fal/base/random.h"
#include "fal/data/dataset.h"

/** order [n] out: positions 0..n-1 in the order of this epoch. The address names client, rounds and epoch. */
void fal_batch_order(const fal_rng *rng, int64_t *order, int64_t n);
/** Is the image at `position` of the epoch's order flipped? Probability 1/2. */
bool fal_batch_flipped(const fal_rng *rng, int64_t position);
/** x [h][w][c] out: (u / 255 - mean) / std, mirrored left to right if `flip`. In float32 through one table of 256
 * values per channel, so every path gives the same bits. */
void fal_batch_image(const fal_dataset *dataset, const uint8_t *pixels, bool flip, float *x);

#endif
