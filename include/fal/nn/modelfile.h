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
/** Whose images a model has seen: constants of their normalisation, class names in the order of the logits. */
typedef struct {
    const float *mean, *std; /* [channels] */
    int channels;
    const char *class_names; /* [classes][name_size] */
    size_t name_size;
    int classes;
} fal_model_origin;

enum { FAL_ORIGIN_TEXT = 200 };
/** In what a file differs from an origin: texts fit for "of another ...", "" where in nothing. */
typedef struct {
    char constants[FAL_ORIGIN_TEXT], class_names[FAL_ORIGIN_TEXT];
    bool unsaid; /* the file states no constants, or no class names: those were not compared */
} fal_origin_difference;

/** `group`: where the file's model is ("/model", or "/" of a file of its own). A model is of use only for images that
 *  were normalised as those it was trained on, and its classes are those names in that order. */
fal_status fal_modelfile_compare_origin(fal_h5 *file, const char *group, const fal_model_origin *origin,
                                        fal_origin_difference *difference);
/** The same of a model or results file by name. */
fal_status fal_modelfile_compare_file(const char *path, const fal_model_origin *origin,
                                      fal_origin_difference *difference);
/** The shape that a group's attributes state. */
fal_status fal_modelfile_shape(fal_h5 *file, const char *group, fal_model_shape *shape);
/** A file of its own (fal_format = "model"), tensors in its root; or the /model of a results file or a study. */
fal_status fal_modelfile_write(const char *path, const fal_model *model, const float *params, const float mean[3],
                               const float std[3]);
fal_status fal_modelfile_read(const char *path, const fal_model *model, float *params);

#endif
