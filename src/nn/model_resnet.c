/* resnet10 and resnet18 for small images: a 3x3 stem, four stages of 1 or 2 basic blocks, global average pooling
 * (algorithms.md section 4). Convolutions have no bias; the last BN of a block starts at zero, so that a block starts
 * as its identity. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model_internal.h"

enum { STAGES = 4, STEM = 64, NAME_SIZE = 48 };

static fal_layer conv_layer(int input, int ci, int co, int kernel, int stride)
{
    fal_layer layer = {.kind = FAL_LAYER_CONV, .input = input, .residual = -1, .ci = ci, .co = co, .groups = 1};
    layer.kernel = kernel;
    layer.stride = stride;
    layer.pad = kernel / 2;
    layer.relu = true;
    return layer;
}

/* Normal with variance 2 / (kh kw Cout). */
static fal_initializer fan_out(const fal_layer *layer)
{
    return (fal_initializer){FAL_INIT_NORMAL, sqrt(2.0 / ((double)layer->kernel * layer->kernel * layer->co))};
}

/* A basic block on the output of layer `input` with ci channels; returns its last layer. */
static int add_block(fal_model *model, const char *name, int input, int ci, int co, int stride)
{
    char part[5][NAME_SIZE + 16];
    const char *const parts[5] = {"conv1", "conv2", "bn1", "bn2", "downsample"};
    for (int i = 0; i < 5; i++) {
        (void)snprintf(part[i], sizeof part[i], "%s.%s", name, parts[i]);
    }
    int identity = input;
    fal_layer first = conv_layer(input, ci, co, 3, stride);
    fal_layer second = conv_layer(-1, co, co, 3, 1);
    fal_model_add_conv(model, part[0], fan_out(&first), false, &first);
    fal_model_add_conv(model, part[1], fan_out(&second), false, &second);
    fal_model_add_bn(model, part[2], 1.0, &first);
    fal_model_add_bn(model, part[3], 0.0, &second);
    if (stride != 1 || ci != co) {
        char conv[NAME_SIZE + 20];
        char bn[NAME_SIZE + 20];
        fal_layer shortcut = conv_layer(input, ci, co, 1, stride);
        shortcut.relu = false;
        (void)snprintf(conv, sizeof conv, "%s.0", part[4]);
        (void)snprintf(bn, sizeof bn, "%s.1", part[4]);
        fal_model_add_conv(model, conv, fan_out(&shortcut), false, &shortcut);
        fal_model_add_bn(model, bn, 1.0, &shortcut);
        identity = fal_model_add_layer(model, shortcut);
    }
    second.input = fal_model_add_layer(model, first);
    second.residual = identity;
    return fal_model_add_layer(model, second);
}

fal_status fal_model_resnet_build(fal_model *model)
{
    const int blocks = strcmp(model->shape.architecture, "resnet18") == 0 ? 2 : 1;
    fal_layer stem = conv_layer(-1, model->shape.c, STEM, 3, 1);
    fal_model_add_conv(model, "conv1", fan_out(&stem), false, &stem);
    fal_model_add_bn(model, "bn1", 1.0, &stem);
    int last = fal_model_add_layer(model, stem);
    int ci = STEM;
    for (int stage = 0; stage < STAGES; stage++) {
        const int co = STEM << stage;
        for (int block = 0; block < blocks; block++) {
            char name[NAME_SIZE];
            (void)snprintf(name, sizeof name, "block_layers.%d.%d.0", stage, block);
            last = add_block(model, name, last, ci, co, stage > 0 && block == 0 ? 2 : 1);
            ci = co;
        }
    }
    const fal_layer pool = {.kind = FAL_LAYER_AVERAGE_POOL, .input = last, .residual = -1};
    fal_model_add_linear(model, fal_model_add_layer(model, pool));
    return FAL_OK;
}
