/* Networks as data: which tensors there are, where they lie in the parameter block, which layers use them.
 *
 * The block holds the trained tensors first, then the running statistics, each at a multiple of 16 floats; the list of
 * tensors keeps PyTorch's state-dict order. Architectures: model_<name>.c (algorithms.md section 4). */
#include "fal/nn/model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"

#include "model_internal.h"

enum { TENSOR_ALIGNMENT = 16, DEFAULT_WIDTH = 64 };
/* Sizes above these are mistakes or attacks; below them no product of sizes can overflow. */
enum { IMAGE_MAX = 1024, CHANNELS_MAX = 64, CLASSES_MAX = 32767, WIDTH_MAX = 1024 };

static const struct {
    const char *name;
    fal_status (*build)(fal_model *model);
    const char *width;
} architectures[FAL_MODELS] = {
#define ROW(name, builder, width) {#name, fal_model_##builder##_build, width},
    FAL_MODEL_LIST(ROW)
#undef ROW
};

/* Its number, -1 if there is none of this name. */
static int find(const char *name)
{
    for (int i = 0; i < FAL_MODELS; i++) {
        if (strcmp(name, architectures[i].name) == 0) {
            return i;
        }
    }
    return -1;
}

static int add_tensor(fal_model *model, const char *name, const char *part, int rank, const int dims[4], bool trained,
                      fal_initializer init)
{
    FAL_ASSERT(model->tensor_count < FAL_MODEL_TENSORS_MAX);
    const int number = model->tensor_count++;
    fal_tensor *tensor = &model->tensors[number];
    const int length = snprintf(tensor->name, sizeof tensor->name, "%s.%s", name, part);
    FAL_ASSERT(length > 0 && (size_t)length < sizeof tensor->name);
    tensor->rank = rank;
    tensor->count = 1;
    for (int i = 0; i < rank; i++) {
        tensor->dims[i] = dims[i];
        tensor->count *= (size_t)dims[i];
    }
    tensor->trained = trained;
    model->inits[number] = init;
    return number;
}

static int add_vector(fal_model *model, const char *name, const char *part, int count, bool trained,
                      fal_initializer init)
{
    return add_tensor(model, name, part, 1, (const int[4]){count}, trained, init);
}

void fal_model_add_conv(fal_model *model, const char *name, fal_initializer weight, bool bias, fal_layer *layer)
{
    const int dims[4] = {layer->co, layer->ci / layer->groups, layer->kernel, layer->kernel};
    layer->weight = add_tensor(model, name, "weight", 4, dims, true, weight);
    layer->bias = bias ? add_vector(model, name, "bias", layer->co, true, weight) : -1;
}

void fal_model_add_bn(fal_model *model, const char *name, double gamma, fal_layer *layer)
{
    const fal_initializer zero = {FAL_INIT_CONSTANT, 0.0};
    const fal_initializer one = {FAL_INIT_CONSTANT, 1.0};
    layer->gamma = add_vector(model, name, "weight", layer->co, true, (fal_initializer){FAL_INIT_CONSTANT, gamma});
    layer->beta = add_vector(model, name, "bias", layer->co, true, zero);
    layer->mean = add_vector(model, name, "running_mean", layer->co, false, zero);
    layer->var = add_vector(model, name, "running_var", layer->co, false, one);
    FAL_ASSERT(model->counter_count < FAL_MODEL_COUNTERS_MAX);
    char *counter = model->counters[model->counter_count++];
    (void)snprintf(counter, sizeof model->counters[0], "%s.num_batches_tracked", name);
}

fal_initializer fal_model_fan_in(const fal_layer *layer)
{
    const int fan_in = layer->kernel * layer->kernel * layer->ci / layer->groups;
    return (fal_initializer){FAL_INIT_UNIFORM, 1.0 / sqrt((double)fan_in)};
}

int fal_model_add_layer(fal_model *model, fal_layer layer)
{
    FAL_ASSERT(model->layer_count < FAL_MODEL_LAYERS_MAX && layer.input < model->layer_count);
    const fal_layer *from = layer.input < 0 ? NULL : &model->layers[layer.input];
    layer.h = from == NULL ? model->shape.h : from->ho;
    layer.w = from == NULL ? model->shape.w : from->wo;
    layer.ci = from == NULL ? model->shape.c : from->co;
    if (layer.kind == FAL_LAYER_CONV) {
        layer.hc = (layer.h + 2 * layer.pad - layer.kernel) / layer.stride + 1;
        layer.wc = (layer.w + 2 * layer.pad - layer.kernel) / layer.stride + 1;
        layer.ho = layer.max_pool ? layer.hc / 2 : layer.hc;
        layer.wo = layer.max_pool ? layer.wc / 2 : layer.wc;
    } else if (layer.kind == FAL_LAYER_AVERAGE_POOL) {
        layer.co = layer.ci;
        layer.ho = layer.hc = layer.pool == 0 ? 1 : layer.h / layer.pool;
        layer.wo = layer.wc = layer.pool == 0 ? 1 : layer.w / layer.pool;
    }
    model->layers[model->layer_count] = layer;
    return model->layer_count++;
}

void fal_model_add_linear(fal_model *model, int input)
{
    const fal_layer *from = &model->layers[input];
    const int d = from->co * from->ho * from->wo;
    const fal_initializer weight = {FAL_INIT_UNIFORM, 1.0 / sqrt((double)d)};
    const fal_initializer zero = {FAL_INIT_CONSTANT, 0.0};
    const int classes = model->shape.classes;
    fal_layer layer = {.kind = FAL_LAYER_LINEAR, .input = input, .residual = -1, .co = classes};
    layer.ho = layer.wo = layer.hc = layer.wc = 1;
    layer.gamma = layer.beta = layer.mean = layer.var = -1;
    layer.weight = add_tensor(model, "linear", "weight", 2, (const int[4]){classes, d}, true, weight);
    layer.bias = add_vector(model, "linear", "bias", classes, true, zero);
    model->embedding = d;
    (void)fal_model_add_layer(model, layer);
}

/* Trained tensors first, so that they are one range. */
static void place_tensors(fal_model *model)
{
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < model->tensor_count; i++) {
            fal_tensor *tensor = &model->tensors[i];
            if (tensor->trained != (pass == 0)) {
                continue;
            }
            tensor->offset = model->size;
            model->size += (tensor->count + TENSOR_ALIGNMENT - 1) / TENSOR_ALIGNMENT * TENSOR_ALIGNMENT;
            model->parameter_count += tensor->trained ? (int64_t)tensor->count : 0;
        }
        model->trained = pass == 0 ? model->size : model->trained;
    }
}

static fal_status check_shape(const fal_model_shape *shape, int *architecture)
{
    *architecture = find(shape->architecture);
    if (*architecture < 0) {
        const char *names[FAL_MODELS];
        for (int i = 0; i < FAL_MODELS; i++) {
            names[i] = architectures[i].name;
        }
        const char *nearest = fal_text_nearest(shape->architecture, names, FAL_MODELS);
        return fal_fail(FAL_ERR_USAGE, "model %s: unknown architecture: use %s", shape->architecture,
                        nearest == NULL ? names[0] : nearest);
    }
    if (shape->h < 1 || shape->h > IMAGE_MAX || shape->w < 1 || shape->w > IMAGE_MAX || shape->c < 1 ||
        shape->c > CHANNELS_MAX) {
        return fal_fail(FAL_ERR_USAGE, "model %s: images of %d x %d x %d: use at most %d x %d pixels and %d channels",
                        shape->architecture, shape->h, shape->w, shape->c, IMAGE_MAX, IMAGE_MAX, CHANNELS_MAX);
    }
    if (shape->classes < 1 || shape->classes > CLASSES_MAX || shape->width < 0 || shape->width > WIDTH_MAX) {
        return fal_fail(FAL_ERR_USAGE, "model %s: %d classes, width %d: use 1 to %d classes and a width up to %d",
                        shape->architecture, shape->classes, shape->width, CLASSES_MAX, WIDTH_MAX);
    }
    return FAL_OK;
}

fal_status fal_model_create(const fal_model_shape *shape, fal_model **model)
{
    fal_status status = FAL_OK;
    fal_model *created = NULL;
    int architecture = -1;
    FAL_TRY(check_shape(shape, &architecture));
    FAL_TRY(fal_alloc(&created, 1, sizeof *created, "model"));
    created->shape = *shape;
    created->shape.width = shape->width == 0 ? DEFAULT_WIDTH : shape->width;
    FAL_TRY_GOTO(architectures[architecture].build(created));
    place_tensors(created);
    *model = created;
    created = NULL;
done:
    fal_model_destroy(created);
    return status;
}

void fal_model_destroy(fal_model *model) { fal_free(model); }

const fal_model_shape *fal_model_shape_of(const fal_model *model) { return &model->shape; }

size_t fal_model_size(const fal_model *model) { return model->size; }

size_t fal_model_trained(const fal_model *model) { return model->trained; }

int64_t fal_model_parameter_count(const fal_model *model) { return model->parameter_count; }

int fal_model_embedding(const fal_model *model) { return model->embedding; }

const fal_tensor *fal_model_tensors(const fal_model *model, int *count)
{
    *count = model->tensor_count;
    return model->tensors;
}

const fal_layer *fal_model_layers(const fal_model *model, int *count)
{
    *count = model->layer_count;
    return model->layers;
}

const char *fal_model_width_tensor(const char *architecture)
{
    const int number = find(architecture);
    return number < 0 ? NULL : architectures[number].width;
}

const char *fal_model_counter_name(const fal_model *model, int i)
{
    return i >= 0 && i < model->counter_count ? model->counters[i] : NULL;
}
