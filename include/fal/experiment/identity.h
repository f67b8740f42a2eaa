/* What a results file, taken as input, must have in common with the data set at hand. */
#ifndef FAL_EXPERIMENT_IDENTITY_H
#define FAL_EXPERIMENT_IDENTITY_H

#include "fal/data/dataset.h"
#include "fal/io/h5.h"
#include "fal/nn/modelfile.h"

/** Constants and class names of a data set, as model files are compared with them. Borrowed from `dataset`. */
fal_model_origin fal_identity_origin(const fal_dataset *dataset);
/** The first array of the data set in which the results or checkpoint file differs, fit for "of another ...", "" if in
 *  none. */
fal_status fal_identity_compare_arrays(fal_h5 *file, const fal_dataset *dataset, char *differs, size_t size);

#endif
