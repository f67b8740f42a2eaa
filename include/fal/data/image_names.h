/* Names of a data set's images: the files that they came from (formats.md section 2), where the data set has them. */
#ifndef FAL_DATA_IMAGE_NAMES_H
#define FAL_DATA_IMAGE_NAMES_H

#include "fal/data/dataset.h"

enum { FAL_IMAGE_NAME_MAX = 4096 };

typedef struct {
    char *bytes; /* [count][width], NULL: there are none */
    int64_t count, width;
} fal_image_names;

/** Of the training or the test images. FAL_ERR_INPUT: what the file holds can't be. */
fal_status fal_image_names_read(const fal_dataset *dataset, bool test, fal_image_names *names);
/** Also fine for a zeroed struct. */
void fal_image_names_destroy(fal_image_names *names);
/** "" where there are none. Valid until the names are destroyed; made printable. */
const char *fal_image_name(const fal_image_names *names, int64_t image);

#endif
