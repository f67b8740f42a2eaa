/* How model_<architecture>.c files put a model together: tensors in state-dict order, layers in the order of work. */
#ifndef FAL_NN_MODEL_INTERNAL_H
#define FAL_NN_MODEL_INTERNAL_H

#include "fal/nn/model.h"

enum { FAL_MODEL_TENSORS_MAX = 192, FAL_MODEL_LAYERS_MAX = 64, FAL_MODEL_COUNTERS_MAX = 64 };

typedef enum { FAL_INIT_CONSTANT, FAL_INIT_UNIFORM, FAL_INIT_NORMAL } fal_init_kind;

/** How a tensor starts: all `scale`, uniform in (-scale, scale), or normal with standard deviation scale. */
typedef struct {
    fal_init_kind kind;
    double scale;
} fal_init;

struct fal_model {
    fal_model_shape shape;
    fal_tensor tensors[FAL_MODEL_TENSORS_MAX]; /* in state-dict order */
    fal_init inits[FAL_MODEL_TENSORS_MAX];
    int tensor_count;
    fal_layer layers[FAL_MODEL_LAYERS_MAX];
    int layer_count;
    char counters[FAL_MODEL_COUNTERS_MAX][sizeof((fal_tensor *)0)->name + 24];
    int counter_count;
    size_t size, trained;
    int64_t parameter_count;
    int embedding;
};

/** The tensors of a convolution and its BN. `layer` carries ci, co, kernel and groups, and gets the tensor numbers. */
typedef struct {
    const char *conv, *bn; /* names without ".weight" and so on */
    bool bias;
    fal_init weight_init, bias_init, gamma_init;
} fal_model_conv;

void fal_model_add_conv_tensors(fal_model *model, const fal_model_conv *conv, fal_layer *layer);
/** Fills in h, w, ci and the output sizes from the layer's input, appends it and returns its number. */
int fal_model_add_layer(fal_model *model, fal_layer layer);
/** The last layer, on the flattened output of `input`: tensors "linear.weight" and "linear.bias", embedding size. */
void fal_model_add_linear(fal_model *model, int input);

/** Builders: FAL_ERR_USAGE if the image is too small. */
fal_status fal_model_cnn4conv_build(fal_model *model);

#endif
