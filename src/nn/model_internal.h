/* How model_<architecture>.c files put a model together: tensors in state-dict order, layers in the order of work. */
#ifndef FAL_NN_MODEL_INTERNAL_H
#define FAL_NN_MODEL_INTERNAL_H

#include "fal/nn/model.h"
#include "fal/nn/models.h"

enum { FAL_MODEL_TENSORS_MAX = 192, FAL_MODEL_LAYERS_MAX = 64, FAL_MODEL_COUNTERS_MAX = 64 };

typedef enum { FAL_INIT_CONSTANT, FAL_INIT_UNIFORM, FAL_INIT_NORMAL } fal_initializer_kind;

/** How a tensor starts: all `scale`, uniform in (-scale, scale), or normal with standard deviation scale. */
typedef struct {
    fal_initializer_kind kind;
    double scale;
} fal_initializer;

struct fal_model {
    fal_model_shape shape;
    fal_tensor tensors[FAL_MODEL_TENSORS_MAX]; /* in state-dict order */
    fal_initializer inits[FAL_MODEL_TENSORS_MAX];
    int tensor_count;
    fal_layer layers[FAL_MODEL_LAYERS_MAX];
    int layer_count;
    char counters[FAL_MODEL_COUNTERS_MAX][sizeof((fal_tensor *)0)->name + 24];
    int counter_count;
    size_t size, trained;
    int64_t parameter_count;
    int embedding;
};

/** The tensors of a convolution, NAME.weight [and NAME.bias], and of a BN. `layer` carries ci, co, kernel and groups,
 * and gets the tensor numbers. The order of the calls is the state dict's. */
void fal_model_add_conv(fal_model *model, const char *name, fal_initializer weight, bool bias, fal_layer *layer);
void fal_model_add_bn(fal_model *model, const char *name, double gamma, fal_layer *layer);
/** Uniform in +-1 / sqrt(fan in), as the convolutions of cnn4conv and mobilenet start. */
fal_initializer fal_model_fan_in(const fal_layer *layer);
/** Fills in h, w, ci and the output sizes from the layer's input, appends it and returns its number. */
int fal_model_add_layer(fal_model *model, fal_layer layer);
/** The last layer, on the flattened output of `input`: tensors "linear.weight" and "linear.bias", embedding size. */
void fal_model_add_linear(fal_model *model, int input);

/* Builders: FAL_ERR_USAGE if the image is too small. One that several names share is told apart by the model's shape.
 */
#define FAL_MODEL_PROTOTYPE(name, builder, width) fal_status fal_model_##builder##_build(fal_model *model);
FAL_MODEL_LIST(FAL_MODEL_PROTOTYPE)
#undef FAL_MODEL_PROTOTYPE

#endif
