/* Names of images on their way to a file. */
#ifndef FAL_DATA_IMAGE_NAMES_INTERNAL_H
#define FAL_DATA_IMAGE_NAMES_INTERNAL_H

#include "fal/data/image_names.h"
#include "fal/io/h5.h"

/** Is parts->names as it must be: a text with its end for each image, none too long? Also without names. */
bool fal_image_names_fit(const fal_dataset_parts *parts);
/** /train/name and /test/name, where there are names. */
fal_status fal_image_names_put(fal_h5 *file, const fal_dataset_parts *parts);
/** Training images with in_test[image] become test images: their names come behind the others. parts->n_train is still
 *  the old one, and there are no test images yet. */
fal_status fal_image_names_split(const uint8_t *in_test, fal_dataset_parts *parts);

#endif
