/* cnn2conv: twice [conv 3x3, BN, ReLU, max-pool 2x2], flatten, linear: half of cnn4conv, for tiny images.
 * docs/adding.md makes it an architecture of the programs: this file in src/nn, and a line in the list of
 * include/fal/nn/models.h. */
#include <stdio.h>

#include "model_internal.h"

enum { BLOCKS = 2, SMALLEST = 1 << BLOCKS };

fal_status fal_model_cnn2conv_build(fal_model *model)
{
    const fal_model_shape *shape = &model->shape;
    if (shape->h < SMALLEST || shape->w < SMALLEST) {
        return fal_fail(FAL_ERR_USAGE, "model cnn2conv: images of %d x %d pixels are too small: use %d x %d or more",
                        shape->h, shape->w, SMALLEST, SMALLEST);
    }
    int last = -1; /* the image */
    for (int block = 0; block < BLOCKS; block++) {
        fal_layer layer = {.kind = FAL_LAYER_CONV, .input = last, .residual = -1, .kernel = 3, .stride = 1, .pad = 1};
        layer.groups = 1;
        layer.relu = layer.max_pool = true;
        layer.ci = block == 0 ? shape->c : shape->width;
        layer.co = shape->width;
        char name[32]; /* of the tensors, as PyTorch's state_dict has them */
        (void)snprintf(name, sizeof name, "features.%d.0", block);
        fal_model_add_conv(model, name, fal_model_fan_in(&layer), true, &layer);
        (void)snprintf(name, sizeof name, "features.%d.1", block);
        fal_model_add_bn(model, name, 1.0, &layer);
        last = fal_model_add_layer(model, layer);
    }
    fal_model_add_linear(model, last);
    return FAL_OK;
}
