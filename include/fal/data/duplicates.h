/* Equal images in a data set: they are no error, but whoever reads an accuracy wants to know of them. */
#ifndef FAL_DATA_DUPLICATES_H
#define FAL_DATA_DUPLICATES_H

#include <stdint.h>

#include "fal/base/status.h"
#include "fal/data/dataset.h"

typedef struct {
    int64_t train;  /* training images that equal one before them */
    int64_t test;   /* test images that equal one before them */
    int64_t shared; /* test images that are training images, too */
} fal_duplicates;

/** Compare the pixels of all images; labels do not count. FAL_ERR_MEMORY: 16 bytes per image. */
fal_status fal_duplicates_count(const fal_dataset_parts *parts, fal_duplicates *found);

#endif
