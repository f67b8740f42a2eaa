/* mobilenet for small images: a 3x3 stem, 13 blocks of depthwise 3x3 and 1x1 convolutions, 2x2 average pooling
 * (algorithms.md section 4). Convolutions have no bias. */
#include <stdio.h>

#include "model_internal.h"

enum { STEM = 32, BLOCKS = 13, POOL = 2, NAME_SIZE = 48 };
static const struct {
    int co, stride;
} blocks[BLOCKS] = {{64, 1},  {128, 2}, {128, 1}, {256, 2}, {256, 1},  {512, 2}, {512, 1},
                    {512, 1}, {512, 1}, {512, 1}, {512, 1}, {1024, 2}, {1024, 1}};

static int add_unit(fal_model *model, const char *conv, const char *bn, fal_layer layer)
{
    layer.kind = FAL_LAYER_CONV;
    layer.residual = -1;
    layer.pad = layer.kernel / 2;
    layer.relu = true;
    fal_model_add_conv(model, conv, fal_model_fan_in(&layer), false, &layer);
    fal_model_add_bn(model, bn, 1.0, &layer);
    return fal_model_add_layer(model, layer);
}

static int add_block(fal_model *model, int block, int input, int ci)
{
    char conv[NAME_SIZE];
    char bn[NAME_SIZE];
    fal_layer depthwise = {.input = input, .ci = ci, .co = ci, .groups = ci, .kernel = 3};
    depthwise.stride = blocks[block].stride;
    (void)snprintf(conv, sizeof conv, "layers.%d.conv1", block);
    (void)snprintf(bn, sizeof bn, "layers.%d.bn1", block);
    const int between = add_unit(model, conv, bn, depthwise);
    const fal_layer pointwise = {
        .input = between, .ci = ci, .co = blocks[block].co, .groups = 1, .kernel = 1, .stride = 1};
    (void)snprintf(conv, sizeof conv, "layers.%d.conv2", block);
    (void)snprintf(bn, sizeof bn, "layers.%d.bn2", block);
    return add_unit(model, conv, bn, pointwise);
}

fal_status fal_model_mobilenet_build(fal_model *model)
{
    const fal_layer stem = {.input = -1, .ci = model->shape.c, .co = STEM, .groups = 1, .kernel = 3, .stride = 1};
    int last = add_unit(model, "conv1", "bn1", stem);
    int ci = STEM;
    for (int block = 0; block < BLOCKS; block++) {
        last = add_block(model, block, last, ci);
        ci = blocks[block].co;
    }
    if (model->layers[last].ho < POOL || model->layers[last].wo < POOL) {
        return fal_fail(FAL_ERR_USAGE, "model mobilenet: images of %d x %d pixels are too small: use 17 x 17 or more",
                        model->shape.h, model->shape.w);
    }
    const fal_layer pool = {.kind = FAL_LAYER_AVERAGE_POOL, .input = last, .residual = -1, .pool = POOL};
    fal_model_add_linear(model, fal_model_add_layer(model, pool));
    return FAL_OK;
}
