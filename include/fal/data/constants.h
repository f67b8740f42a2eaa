/* The mean and standard deviation of the pixels of data sets, exactly, over several files. */
#ifndef FAL_DATA_CONSTANTS_H
#define FAL_DATA_CONSTANTS_H

#include <stdint.h>

#include "fal/base/status.h"
#include "fal/base/text.h"

typedef struct {
    int files, c;
    int64_t images;
    float mean[3], std[3]; /* of pixels / 255, one per channel; std over all pixels (not n - 1) */
} fal_constants;

/** Over all images of the files (train_only: of their training sets; files that end in .csv are sums that
 *  fal_constants_sums wrote), which must have the same channels; sizes may
 *  differ. Sums are integers: the result does not depend on the order of files and images. FAL_ERR_INPUT for unreadable
 *  files, and if a channel hardly varies, so that its std would be of no use. */
fal_status fal_constants_take(const char *const *paths, int count, bool train_only, fal_constants *constants);
/** The sums that fal_constants_take adds up, as a CSV table "channel,images,pixels,sum,squares": what a site can tell
 * of its images where nobody else may read them. */
fal_status fal_constants_sums(const char *const *paths, int count, bool train_only, fal_text *text);

#endif
