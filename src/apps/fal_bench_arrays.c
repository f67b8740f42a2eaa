/* fal_bench --arrays: what one training step and one inference compute, as .npy files. A program that is compared with
 * this one starts from the same parameters and images and must come to the same. */
#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/io/file.h"
#include "fal/io/npy.h"
#include "fal_bench_internal.h"

static fal_status write_array(const fal_bench_settings *set, const char *name, const fal_h5_shape *shape,
                              const void *values)
{
    fal_text path = {0};
    fal_text_add(&path, "%s/%s.npy", set->arrays, name);
    fal_status status = fal_text_status(&path);
    if (status == FAL_OK) {
        status = fal_npy_write(path.chars, shape, values);
    }
    fal_text_destroy(&path);
    return status;
}

/* All tensors in state-dict order, end to end. */
static fal_status write_parameters(const fal_bench_settings *set, const fal_bench_net *net, const char *name)
{
    int tensors = 0;
    const fal_tensor *tensor = fal_model_tensors(net->model, &tensors);
    float *values = NULL;
    size_t count = 0;
    FAL_TRY(fal_alloc(&values, fal_model_size(net->model), sizeof *values, "parameters"));
    for (int t = 0; t < tensors; t++) {
        memcpy(values + count, net->params + tensor[t].offset, tensor[t].count * sizeof *values);
        count += tensor[t].count;
    }
    const fal_h5_shape shape = {.type = FAL_H5_FLOAT, .rank = 1, .dims = {(int64_t)count}};
    const fal_status status = write_array(set, name, &shape, values);
    fal_free(values);
    return status;
}

static fal_status write_all(const fal_bench_settings *set, fal_bench_net *net)
{
    const fal_bench_shape *size = &set->shapes[0];
    const fal_h5_shape images = {FAL_H5_FLOAT, 4, {net->batch, size->h, size->w, size->c}};
    const fal_h5_shape labels = {FAL_H5_INT32, 1, {net->batch}};
    const fal_h5_shape logits = {FAL_H5_FLOAT, 2, {net->batch, 10}};
    const fal_h5_shape one = {FAL_H5_FLOAT, 1, {1}};
    FAL_TRY(write_array(set, "images", &images, net->x));
    FAL_TRY(write_array(set, "labels", &labels, net->labels));
    FAL_TRY(write_parameters(set, net, "start"));
    const float loss = (float)fal_bench_net_step(net);
    FAL_TRY(write_array(set, "loss", &one, &loss));
    FAL_TRY(write_parameters(set, net, "stepped"));
    fal_bench_net_infer(net);
    return write_array(set, "logits", &logits, net->logits);
}

fal_status fal_bench_arrays(const fal_bench_settings *set)
{
    fal_bench_net net = {0};
    FAL_TRY(fal_file_make_folder(set->arrays));
    fal_parallel_set_threads(set->threads[0]);
    fal_status status =
        fal_bench_net_create(set, &set->shapes[0], set->batches[0], FAL_BENCH_TRAINING | FAL_BENCH_INFERENCE, &net);
    if (status == FAL_OK) {
        status = write_all(set, &net);
    }
    fal_bench_net_destroy(&net);
    return status;
}
