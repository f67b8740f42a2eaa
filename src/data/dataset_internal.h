/* Shared by dataset.c, dataset_write.c and describe.c: how labels enter a checksum, which names are accepted,
 * what is said of arrays of another shape. */
#ifndef FAL_DATA_DATASET_INTERNAL_H
#define FAL_DATA_DATASET_INTERNAL_H

#include <stdint.h>

#include "fal/base/hash.h"
#include "fal/data/dataset.h"
#include "fal/io/h5.h"

/** As int16 little-endian, on every machine. */
void fal_dataset_hash_labels(fal_hash *hash, const int16_t *labels, int64_t count);

/** The one check of class names, for readers and writers: there are some, each is printable and different. `where`
 * begins the message. names [count][FAL_NAME_MAX]. FAL_ERR_INPUT. */
fal_status fal_dataset_check_class_names(const char *where, const char *names, int count);

/** FAL_ERR_INPUT for images or labels of this type and shape: what is there, what is wanted, and how to get there. */
fal_status fal_dataset_fail_images(const char *file, const char *array, const fal_h5_shape *shape);
fal_status fal_dataset_fail_labels(const char *file, const char *array, const fal_h5_shape *shape);

#endif
