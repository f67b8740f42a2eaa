/* Shared by dataset_write.c and describe.c: how labels enter a checksum. */
#ifndef FAL_DATA_DATASET_INTERNAL_H
#define FAL_DATA_DATASET_INTERNAL_H

#include <stdint.h>

#include "fal/base/hash.h"

/** As int16 little-endian, on every machine. */
void fal_dataset_hash_labels(fal_hash *hash, const int16_t *labels, int64_t count);

#endif
