/* Datasets: one HDF5 file of images, labels and constants (formats.md section 2), read-only. Opening reads and checks
 * everything but the images (dataset_load.c). */
#include "fal/data/dataset.h"

#include <stdio.h>
#include <string.h>

#include "dataset_internal.h"

#include "fal/base/hash.h"
#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/io/h5.h"

enum { FORMAT_VERSION = 1 };

/* ---- the head of the file -------------------------------------------------------------------------------------- */

static fal_status read_name(fal_h5 *file, fal_dataset *dataset)
{
    FAL_TRY(fal_h5_get_text(file, "/", "name", dataset->name, sizeof dataset->name));
    if (!fal_dataset_name_is_valid(dataset->name)) {
        return fal_fail(FAL_ERR_INPUT, "%s: the name \"%s\" must consist of letters, digits, '-', '_', '+' and '.'",
                        dataset->path, dataset->name);
    }
    return FAL_OK;
}

static fal_status read_augment(fal_h5 *file, fal_dataset *dataset)
{
    char augment[16] = "flip";
    if (fal_h5_has_attribute(file, "/", "augment")) {
        FAL_TRY(fal_h5_get_text(file, "/", "augment", augment, sizeof augment));
    }
    dataset->flip = strcmp(augment, "flip") == 0;
    if (!dataset->flip && strcmp(augment, "none") != 0) {
        return fal_fail(FAL_ERR_INPUT, "%s: attribute augment is \"%s\", expected flip or none", dataset->path,
                        augment);
    }
    return FAL_OK;
}

static fal_status read_constants(fal_h5 *file, fal_dataset *dataset)
{
    for (int i = 0; i < 3; i++) {
        dataset->mean[i] = 0.5F;
        dataset->std[i] = 0.5F;
    }
    if (fal_h5_has_attribute(file, "/", "mean")) {
        FAL_TRY(fal_h5_get_floats(file, "/", "mean", dataset->mean, dataset->c));
    }
    if (fal_h5_has_attribute(file, "/", "std")) {
        FAL_TRY(fal_h5_get_floats(file, "/", "std", dataset->std, dataset->c));
    }
    for (int i = 0; i < dataset->c; i++) {
        const double mean = (double)dataset->mean[i];
        const double std = (double)dataset->std[i];
        if (!(mean >= 0 && mean <= 1 && std >= FAL_STD_LEAST && std <= FAL_STD_MOST)) {
            return fal_fail(FAL_ERR_INPUT,
                            "%s: mean %g and std %g of channel %d: of pixels / 255 the mean is 0 to 1 and std %g to "
                            "%g: import it again, or set both attributes",
                            dataset->path, mean, std, i, FAL_STD_LEAST, FAL_STD_MOST);
        }
    }
    return FAL_OK;
}

static fal_status read_class_names(fal_h5 *file, fal_dataset *dataset)
{
    int count = 0;
    FAL_TRY(fal_h5_get_texts(file, "/", "class_names", dataset->class_names[0], FAL_NAME_MAX, FAL_CLASSES_MAX, &count));
    FAL_TRY(fal_dataset_check_class_names(dataset->path, dataset->class_names[0], count));
    dataset->classes = count;
    return FAL_OK;
}

/* ---- arrays ---------------------------------------------------------------------------------------------------- */

/** Shape of PATH/images; `same` set: h, w and c must be those of the dataset. */
static fal_status read_image_shape(fal_h5 *file, fal_dataset *dataset, const char *path, bool same, int64_t *images)
{
    fal_h5_shape shape;
    FAL_TRY(fal_h5_shape_of(file, path, &shape));
    const int64_t *dims = shape.dims;
    if (shape.type != FAL_H5_UINT8 || shape.rank != 4 || (dims[3] != 1 && dims[3] != 3)) {
        return fal_dataset_fail_images(dataset->path, path, &shape);
    }
    if (dims[0] < 1 || dims[0] > FAL_IMAGES_MAX) {
        return fal_fail(FAL_ERR_INPUT, "%s: %s has %lld images, expected 1 to %d", dataset->path, path,
                        (long long)dims[0], FAL_IMAGES_MAX);
    }
    if (dims[1] < 1 || dims[1] > FAL_SIDE_MAX || dims[2] < 1 || dims[2] > FAL_SIDE_MAX) {
        return fal_fail(FAL_ERR_INPUT, "%s: %s has images of %lld x %lld x %lld, expected sides of 1 to %d",
                        dataset->path, path, (long long)dims[1], (long long)dims[2], (long long)dims[3], FAL_SIDE_MAX);
    }
    if (same && (dims[1] != dataset->h || dims[2] != dataset->w || dims[3] != dataset->c)) {
        return fal_fail(FAL_ERR_INPUT, "%s: %s has images of %lld x %lld x %lld, but /train/images of %d x %d x %d",
                        dataset->path, path, (long long)dims[1], (long long)dims[2], (long long)dims[3], dataset->h,
                        dataset->w, dataset->c);
    }
    dataset->h = (int)dims[1];
    dataset->w = (int)dims[2];
    dataset->c = (int)dims[3];
    *images = dims[0];
    return FAL_OK;
}

static fal_status read_labels(fal_h5 *file, const fal_dataset *dataset, const char *path, int64_t images, int lowest,
                              int16_t **labels)
{
    fal_h5_shape shape;
    FAL_TRY(fal_h5_shape_of(file, path, &shape));
    if (shape.type != FAL_H5_INT16 || shape.rank != 1) {
        return fal_dataset_fail_labels(dataset->path, path, &shape);
    }
    if (shape.dims[0] != images) {
        return fal_fail(FAL_ERR_INPUT, "%s: %s has %lld values, but there are %lld images: import it again",
                        dataset->path, path, (long long)shape.dims[0], (long long)images);
    }
    FAL_TRY(fal_h5_read_new(file, path, &shape, (size_t)images * sizeof **labels, labels));
    for (int64_t i = 0; i < images; i++) {
        if ((*labels)[i] < lowest || (*labels)[i] >= dataset->classes) {
            return fal_fail(FAL_ERR_INPUT, "%s: label %d of image %lld in %s is not in %d..%d", dataset->path,
                            (*labels)[i], (long long)i, path, lowest, dataset->classes - 1);
        }
    }
    return FAL_OK;
}

static void count_unlabelled(fal_dataset *dataset)
{
    for (int64_t i = 0; i < dataset->n_train; i++) {
        dataset->unlabelled += dataset->train_labels[i] < 0;
    }
}

static fal_status read_site(fal_h5 *file, fal_dataset *dataset)
{
    const fal_h5_shape expected = {FAL_H5_INT32, 1, {dataset->n_train}};
    if (!fal_h5_has(file, "/train/site")) {
        return FAL_OK;
    }
    FAL_TRY(fal_alloc(&dataset->train_site, (size_t)dataset->n_train, sizeof *dataset->train_site, "/train/site"));
    FAL_TRY(fal_h5_read(file, "/train/site", &expected, dataset->train_site));
    for (int64_t i = 0; i < dataset->n_train; i++) {
        if (dataset->train_site[i] < 0) {
            return fal_fail(FAL_ERR_INPUT, "%s: /train/site of image %lld is %d, expected 0 or more", dataset->path,
                            (long long)i, dataset->train_site[i]);
        }
    }
    return FAL_OK;
}

static fal_status read_sha256(fal_h5 *file, const fal_dataset *dataset, const char *path, char text[FAL_HASH_TEXT])
{
    FAL_TRY(fal_h5_get_text(file, path, "sha256", text, FAL_HASH_TEXT));
    if (strlen(text) != FAL_HASH_TEXT - 1 || strspn(text, "0123456789abcdef") != FAL_HASH_TEXT - 1) {
        return fal_fail(FAL_ERR_INPUT, "%s: attribute sha256 of %s is not 64 hexadecimal digits in lower case",
                        dataset->path, path);
    }
    return FAL_OK;
}

/* Labels are read whole anyway: what the file states of them is not believed. */
static fal_status check_labels(const fal_dataset *dataset, bool test)
{
    char sha256[FAL_HASH_TEXT];
    FAL_TRY(fal_dataset_labels_sha256(dataset->train_labels, dataset->n_train, sha256));
    FAL_TRY(fal_dataset_compare_sha256(dataset->path, "/train/labels", dataset->sha256_train_labels, sha256));
    if (!test) {
        return FAL_OK;
    }
    FAL_TRY(fal_dataset_labels_sha256(dataset->test_labels, dataset->n_test, sha256));
    return fal_dataset_compare_sha256(dataset->path, "/test/labels", dataset->sha256_test_labels, sha256);
}

static fal_status read_head(fal_h5 *file, fal_dataset *dataset, bool test)
{
    FAL_TRY(fal_h5_check_format(file, "dataset", FORMAT_VERSION));
    FAL_TRY(read_name(file, dataset));
    FAL_TRY(read_augment(file, dataset));
    FAL_TRY(read_image_shape(file, dataset, "/train/images", false, &dataset->n_train));
    FAL_TRY(test ? read_image_shape(file, dataset, "/test/images", true, &dataset->n_test) : FAL_OK);
    FAL_TRY(read_constants(file, dataset));
    FAL_TRY(read_class_names(file, dataset));
    FAL_TRY(read_labels(file, dataset, "/train/labels", dataset->n_train, -1, &dataset->train_labels));
    count_unlabelled(dataset);
    FAL_TRY(test ? read_labels(file, dataset, "/test/labels", dataset->n_test, 0, &dataset->test_labels) : FAL_OK);
    FAL_TRY(read_site(file, dataset));
    FAL_TRY(read_sha256(file, dataset, "/train/images", dataset->sha256_train_images));
    FAL_TRY(read_sha256(file, dataset, "/train/labels", dataset->sha256_train_labels));
    FAL_TRY(test ? read_sha256(file, dataset, "/test/images", dataset->sha256_test_images) : FAL_OK);
    FAL_TRY(test ? read_sha256(file, dataset, "/test/labels", dataset->sha256_test_labels) : FAL_OK);
    return check_labels(dataset, test);
}

static fal_status open_any(const char *path, bool needs_test, fal_dataset *dataset)
{
    fal_h5 *file = NULL;
    memset(dataset, 0, sizeof *dataset);
    if (!fal_text_copy(dataset->path, sizeof dataset->path, path)) {
        return fal_fail(FAL_ERR_INPUT, "%.60s...: the file name is too long", path);
    }
    FAL_TRY(fal_h5_open(path, &file));
    const fal_status status = read_head(file, dataset, needs_test || fal_h5_has(file, "/test"));
    fal_h5_close(file);
    if (status != FAL_OK) {
        fal_dataset_close(dataset);
    }
    return status;
}

fal_status fal_dataset_open(const char *path, fal_dataset *dataset) { return open_any(path, true, dataset); }

fal_status fal_dataset_open_pool(const char *path, fal_dataset *dataset) { return open_any(path, false, dataset); }

void fal_dataset_close(fal_dataset *dataset)
{
    for (int i = 0; i < dataset->file_count; i++) {
        fal_free((void *)dataset->files[i].path);
    }
    fal_free(dataset->site_counts);
    fal_free(dataset->files);
    fal_free(dataset->test_marks);
    fal_free(dataset->train_marks);
    fal_free(dataset->test_images);
    fal_free(dataset->row_of);
    fal_free(dataset->train_images);
    fal_free(dataset->train_site);
    fal_free(dataset->test_labels);
    fal_free(dataset->train_labels);
    memset(dataset, 0, sizeof *dataset);
}
