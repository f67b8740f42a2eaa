/* What the model of a study says about a site's images. */
#ifndef FAL_SITE_PREDICT_H
#define FAL_SITE_PREDICT_H

#include "fal/base/text.h"
#include "fal/site/site.h"

/* What the table begins with. */
#define FAL_SITE_PREDICT_HEAD "set,image,file,predicted,probability,label\n"

typedef struct {
    int64_t images;      /* that were looked at */
    int64_t test, right; /* test images with a label; of them, predicted right */
} fal_site_prediction;

/** A CSV of all images, training and test: set, image (row), file, predicted (class name), probability, label (name, ""
 *  where it is not known). */
fal_status fal_site_predict(fal_site *site, const fal_site_study *study, fal_kernels kernels, fal_text *csv,
                            fal_site_prediction *prediction);

#endif
