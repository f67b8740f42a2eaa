/* Weights in HDF5: one float32 dataset per tensor, named as in PyTorch's state_dict (formats.md section 5). */
#ifndef FAL_NN_MODELFILE_H
#define FAL_NN_MODELFILE_H

#include "fal/io/h5.h"
#include "fal/nn/model.h"

/** Into group `group` ("/model") of a file being written; mean and std are the dataset's normalisation. */
fal_status fal_modelfile_put(fal_h5 *file, const char *group, const fal_model *model, const float *params,
                             const float mean[3], const float std[3]);
/** From a group of an open file, tensors checked against the model. params [size] out. */
fal_status fal_modelfile_get(fal_h5 *file, const char *group, const fal_model *model, float *params);
/** The shape that a group's attributes state. */
fal_status fal_modelfile_shape(fal_h5 *file, const char *group, fal_model_shape *shape);
/** A file of its own (fal_format = "model"), tensors in its root; or a results file's /model. */
fal_status fal_modelfile_write(const char *path, const fal_model *model, const float *params, const float mean[3],
                               const float std[3]);
fal_status fal_modelfile_read(const char *path, const fal_model *model, float *params);

#endif
