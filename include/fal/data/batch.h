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
/** (u / 255 - mean) / std of every byte u and channel, in float32: the one table through which all paths go, so that
 *  they give the same bits. */
typedef struct {
    float value[3][256];
} fal_pixel_table;
void fal_pixel_table_init(fal_pixel_table *table, const fal_dataset *dataset);

/** x [h][w][c] out: `pixels` through the table of their dataset, mirrored left to right if `flip`. */
void fal_batch_image(const fal_pixel_table *table, const fal_dataset *dataset, const uint8_t *pixels, bool flip,
                     float *x);

#endif
