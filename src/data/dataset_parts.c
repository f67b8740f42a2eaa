/* A dataset that was read, on its way to another file. */
#include <string.h>

#include "dataset_internal.h"

#include "fal/base/text.h"
#include "fal/io/h5.h"

/* What fal_dataset does not keep of its file. */
static fal_status read_texts(const char *path, fal_dataset_parts *parts)
{
    fal_h5 *file = NULL;
    FAL_TRY(fal_h5_open(path, &file));
    fal_status status = FAL_OK;
    if (fal_h5_has_attribute(file, "/", "source")) {
        status = fal_h5_get_text(file, "/", "source", parts->source, sizeof parts->source);
    }
    if (status == FAL_OK && fal_h5_has_attribute(file, "/", "license")) {
        status = fal_h5_get_text(file, "/", "license", parts->license, sizeof parts->license);
    }
    fal_h5_close(file);
    return status;
}

fal_status fal_dataset_parts_of(const fal_dataset *dataset, fal_dataset_parts *parts)
{
    *parts = (fal_dataset_parts){.h = dataset->h,
                                 .w = dataset->w,
                                 .c = dataset->c,
                                 .classes = dataset->classes,
                                 .flip = dataset->flip,
                                 .n_train = dataset->n_train,
                                 .n_test = dataset->n_test,
                                 .train_images = dataset->train_images,
                                 .test_images = dataset->test_images,
                                 .train_labels = dataset->train_labels,
                                 .test_labels = dataset->test_labels,
                                 .train_site = dataset->train_site};
    (void)fal_text_copy(parts->name, sizeof parts->name, dataset->name);
    memcpy(parts->mean, dataset->mean, sizeof parts->mean);
    memcpy(parts->std, dataset->std, sizeof parts->std);
    memcpy(parts->class_names, dataset->class_names, sizeof parts->class_names);
    return read_texts(dataset->path, parts);
}
