/* cnn4conv: four times [conv 3x3, BN, ReLU, max-pool 2x2], flatten, linear (algorithms.md section 4). */
#include <stdio.h>

#include "model_internal.h"

enum { BLOCKS = 4, SMALLEST = 1 << BLOCKS };

fal_status fal_model_cnn4conv_build(fal_model *model)
{
    const fal_model_shape *shape = &model->shape;
    if (shape->h < SMALLEST || shape->w < SMALLEST) {
        return fal_fail(FAL_ERR_USAGE, "model cnn4conv: images of %d x %d pixels are too small: use %d x %d or more",
                        shape->h, shape->w, SMALLEST, SMALLEST);
    }
    int last = -1;
    for (int block = 0; block < BLOCKS; block++) {
        fal_layer layer = {.kind = FAL_LAYER_CONV, .input = last, .residual = -1, .kernel = 3, .stride = 1, .pad = 1};
        layer.groups = 1;
        layer.relu = layer.max_pool = true;
        layer.ci = block == 0 ? shape->c : shape->width;
        layer.co = shape->width;
        char conv_name[32];
        char bn_name[32];
        (void)snprintf(conv_name, sizeof conv_name, "features.%d.0", block);
        (void)snprintf(bn_name, sizeof bn_name, "features.%d.1", block);
        fal_model_add_conv(model, conv_name, fal_model_fan_in(&layer), true, &layer);
        fal_model_add_bn(model, bn_name, 1.0, &layer);
        last = fal_model_add_layer(model, layer);
    }
    fal_model_add_linear(model, last);
    return FAL_OK;
}
