/* Weights in HDF5, named and shaped as in PyTorch's state_dict. */
#include "fal/nn/modelfile.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"

enum { PATH_MAX_BYTES = 512, FORMAT_VERSION = 1 };

static fal_status join(char path[PATH_MAX_BYTES], const char *group, const char *name)
{
    const bool root = strcmp(group, "/") == 0;
    const int length = snprintf(path, PATH_MAX_BYTES, "%s/%s", root ? "" : group, name);
    if (length < 0 || length >= PATH_MAX_BYTES) {
        return fal_fail(FAL_ERR_USAGE, "%s: the name of this group is too long", group);
    }
    return FAL_OK;
}

static fal_h5_shape shape_of(const fal_tensor *tensor)
{
    fal_h5_shape shape = {.type = FAL_H5_FLOAT, .rank = tensor->rank};
    for (int i = 0; i < tensor->rank; i++) {
        shape.dims[i] = tensor->dims[i];
    }
    return shape;
}

static fal_status put_attributes(fal_h5 *file, const char *group, const fal_model_shape *shape, const float mean[3],
                                 const float std[3])
{
    const int constants = shape->c < 3 ? shape->c : 3;
    FAL_TRY(fal_h5_set_text(file, group, "architecture", shape->architecture));
    FAL_TRY(fal_h5_set_int(file, group, "classes", shape->classes));
    FAL_TRY(fal_h5_set_int(file, group, "height", shape->h));
    FAL_TRY(fal_h5_set_int(file, group, "width", shape->w));
    FAL_TRY(fal_h5_set_int(file, group, "channels", shape->c));
    FAL_TRY(fal_h5_set_floats(file, group, "mean", mean, constants));
    return fal_h5_set_floats(file, group, "std", std, constants);
}

fal_status fal_modelfile_put(fal_h5 *file, const char *group, const fal_model *model, const float *params,
                             const float mean[3], const float std[3])
{
    char path[PATH_MAX_BYTES];
    int count = 0;
    const fal_tensor *tensors = fal_model_tensors(model, &count);
    if (strcmp(group, "/") != 0) {
        FAL_TRY(fal_h5_make_group(file, group, "network weights, named as in PyTorch's state_dict"));
    }
    FAL_TRY(put_attributes(file, group, fal_model_shape_of(model), mean, std));
    for (int t = 0; t < count; t++) {
        const fal_h5_shape shape = shape_of(&tensors[t]);
        const fal_h5_about about = {.description = tensors[t].trained ? "trained tensor" : "running statistic of BN",
                                    .dimensions = tensors[t].rank == 4   ? "output channel,input channel,row,column"
                                                  : tensors[t].rank == 2 ? "class,feature"
                                                                         : "channel"};
        FAL_TRY(join(path, group, tensors[t].name));
        FAL_TRY(fal_h5_write(file, path, &shape, params + tensors[t].offset, &about));
    }
    const char *counter = NULL;
    for (int i = 0; (counter = fal_model_counter_name(model, i)) != NULL; i++) {
        const fal_h5_shape shape = {.type = FAL_H5_INT64};
        const fal_h5_about about = {.description = "kept for PyTorch: not counted here, not used with momentum"};
        const int64_t batches = 0;
        FAL_TRY(join(path, group, counter));
        FAL_TRY(fal_h5_write(file, path, &shape, &batches, &about));
    }
    return FAL_OK;
}

static fal_status get_tensor(fal_h5 *file, const char *group, const fal_tensor *tensor, float *values)
{
    char path[PATH_MAX_BYTES];
    const fal_h5_shape expected = shape_of(tensor);
    FAL_TRY(join(path, group, tensor->name));
    FAL_TRY(fal_h5_read(file, path, &expected, values));
    for (size_t e = 0; e < tensor->count; e++) {
        if (!isfinite(values[e])) {
            return fal_fail(FAL_ERR_INPUT, "%s: %s holds a value that is not finite: use an earlier model",
                            fal_h5_name(file), path);
        }
        if (values[e] < 0 && fal_text_ends_with(tensor->name, ".running_var")) {
            return fal_fail(FAL_ERR_INPUT, "%s: %s holds a negative variance: no training gives one: use another model",
                            fal_h5_name(file), path);
        }
    }
    return FAL_OK;
}

/* Where the file says what it holds, a reader should not have to guess it from the first tensor that is missing. */
static fal_status check_attributes(fal_h5 *file, const char *group, const fal_model_shape *wanted)
{
    char architecture[sizeof wanted->architecture] = "";
    int64_t classes = 0;
    if (!fal_h5_has_attribute(file, group, "architecture") || !fal_h5_has_attribute(file, group, "classes")) {
        return FAL_OK;
    }
    FAL_TRY(fal_h5_get_text(file, group, "architecture", architecture, sizeof architecture));
    FAL_TRY(fal_h5_get_int(file, group, "classes", &classes));
    if (strcmp(architecture, wanted->architecture) != 0 || classes != wanted->classes) {
        return fal_fail(FAL_ERR_INPUT, "%s: holds a %s of %lld classes, but a %s of %d is needed here",
                        fal_h5_name(file), architecture, (long long)classes, wanted->architecture, wanted->classes);
    }
    return FAL_OK;
}

fal_status fal_modelfile_get(fal_h5 *file, const char *group, const fal_model *model, float *params)
{
    fal_status status = FAL_OK;
    float *values = NULL;
    int count = 0;
    const size_t size = fal_model_size(model);
    const fal_tensor *tensors = fal_model_tensors(model, &count);
    FAL_TRY(check_attributes(file, group, fal_model_shape_of(model)));
    FAL_TRY(fal_alloc(&values, size, sizeof *values, "model file"));
    for (int t = 0; t < count; t++) {
        FAL_TRY_GOTO(get_tensor(file, group, &tensors[t], values + tensors[t].offset));
    }
    memcpy(params, values, size * sizeof *params);
done:
    fal_free(values);
    return status;
}

/* An attribute between 1 and `most`. */
static fal_status get_size(fal_h5 *file, const char *group, const char *name, int most, int *value)
{
    int64_t read = 0;
    FAL_TRY(fal_h5_get_int(file, group, name, &read));
    if (read < 1 || read > most) {
        return fal_fail(FAL_ERR_INPUT, "%s: attribute %s of %s is %lld: expected 1 to %d", fal_h5_name(file), name,
                        group, (long long)read, most);
    }
    *value = (int)read;
    return FAL_OK;
}

/* What a file says of a model that can't be is the file's fault, not that of who gave it. */
static fal_status check_is_possible(fal_h5 *file, const fal_model_shape *shape)
{
    fal_model *model = NULL;
    fal_status status = fal_model_create(shape, &model);
    fal_model_destroy(model);
    if (status == FAL_ERR_USAGE) {
        char why[FAL_MESSAGE_MAX];
        (void)fal_text_copy(why, sizeof why, fal_status_message());
        fal_status_clear();
        status = fal_fail(FAL_ERR_INPUT, "%s: %s", fal_h5_name(file), why);
    }
    return status;
}

fal_status fal_modelfile_shape(fal_h5 *file, const char *group, fal_model_shape *shape)
{
    fal_model_shape read = {.width = 64}; /* the others have no choice */
    FAL_TRY(fal_h5_get_text(file, group, "architecture", read.architecture, sizeof read.architecture));
    FAL_TRY(get_size(file, group, "classes", 32767, &read.classes));
    FAL_TRY(get_size(file, group, "height", 1024, &read.h));
    FAL_TRY(get_size(file, group, "width", 1024, &read.w));
    FAL_TRY(get_size(file, group, "channels", 64, &read.c));
    const char *tensor = fal_model_width_tensor(read.architecture);
    if (tensor != NULL) {
        /* The channels of its convolutions are not an attribute: the tensors tell. */
        char path[PATH_MAX_BYTES];
        fal_h5_shape bias = {0};
        FAL_TRY(join(path, group, tensor));
        FAL_TRY(fal_h5_shape_of(file, path, &bias));
        if (bias.rank != 1 || bias.dims[0] < 1 || bias.dims[0] > 1024) {
            return fal_fail(FAL_ERR_INPUT, "%s: %s is no vector of 1 to 1024 values", fal_h5_name(file), path);
        }
        read.width = (int)bias.dims[0];
    }
    FAL_TRY(check_is_possible(file, &read));
    *shape = read;
    return FAL_OK;
}

fal_status fal_modelfile_write(const char *path, const fal_model *model, const float *params, const float mean[3],
                               const float std[3])
{
    fal_status status = FAL_OK;
    fal_h5 *file = NULL;
    FAL_TRY(fal_h5_create(&file));
    FAL_TRY_GOTO(fal_h5_set_text(file, "/", "fal_format", "model"));
    FAL_TRY_GOTO(fal_h5_set_int(file, "/", "fal_version", FORMAT_VERSION));
    FAL_TRY_GOTO(fal_modelfile_put(file, "/", model, params, mean, std));
    FAL_TRY_GOTO(fal_h5_save(file, path));
done:
    fal_h5_close(file);
    return status;
}

/* Opens a model file, or one with a model in it; where that is in *group. */
static fal_status open_model(const char *path, fal_h5 **file, const char **group)
{
    static const char *const with_model[] = {"results", "study"};
    char format[32];
    const char *inside = NULL;
    fal_h5 *opened = NULL;
    fal_status status = FAL_OK;
    FAL_TRY(fal_h5_open(path, &opened));
    FAL_TRY_GOTO(fal_h5_get_text(opened, "/", "fal_format", format, sizeof format));
    for (size_t i = 0; i < sizeof with_model / sizeof *with_model; i++) {
        inside = strcmp(format, with_model[i]) == 0 ? with_model[i] : inside;
    }
    FAL_TRY_GOTO(fal_h5_check_format(opened, inside != NULL ? inside : "model", FORMAT_VERSION));
    *group = inside != NULL ? "/model" : "/";
    *file = opened;
    return FAL_OK;
done:
    fal_h5_close(opened);
    return status;
}

fal_status fal_modelfile_read(const char *path, const fal_model *model, float *params)
{
    fal_h5 *file = NULL;
    const char *group = NULL;
    FAL_TRY(open_model(path, &file, &group));
    const fal_status status = fal_modelfile_get(file, group, model, params);
    fal_h5_close(file);
    return status;
}

fal_status fal_modelfile_compare_file(const char *path, const fal_model_origin *origin,
                                      fal_origin_difference *difference)
{
    fal_h5 *file = NULL;
    const char *group = NULL;
    FAL_TRY(open_model(path, &file, &group));
    const fal_status status = fal_modelfile_compare_origin(file, group, origin, difference);
    fal_h5_close(file);
    return status;
}
