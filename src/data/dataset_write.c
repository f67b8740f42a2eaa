/* Writing a dataset file, and its checksums: what importers and synth hand over. */
#include "fal/data/dataset.h"

#include <stdio.h>
#include <string.h>

#include "dataset_internal.h"
#include "image_names_internal.h"

#include "fal/base/hash.h"
#include "fal/base/memory.h"
#include "fal/io/h5.h"

enum { FORMAT_VERSION = 1, PIECE = 4096 };

void fal_dataset_hash_labels(fal_hash *hash, const int16_t *labels, int64_t count)
{
    unsigned char bytes[2 * PIECE];
    for (int64_t done = 0; done < count;) {
        int64_t here = 0;
        for (; here < PIECE && done < count; here++, done++) {
            bytes[2 * here] = (unsigned char)((uint16_t)labels[done] & 255U);
            bytes[2 * here + 1] = (unsigned char)((uint16_t)labels[done] >> 8);
        }
        fal_hash_add(hash, bytes, (size_t)(2 * here));
    }
}

typedef struct {
    const char *images, *labels;
    const char *images_text, *labels_text;
} place;

static fal_status put_split(fal_h5 *file, const fal_dataset_parts *parts, const place *where, int64_t n,
                            const uint8_t *images, const int16_t *labels)
{
    const fal_h5_shape image_shape = {FAL_H5_UINT8, 4, {n, parts->h, parts->w, parts->c}};
    const fal_h5_shape label_shape = {FAL_H5_INT16, 1, {n}};
    const fal_h5_about about_images = {where->images_text, "grey levels 0..255", "image,height,width,channel", false};
    const fal_h5_about about_labels = {where->labels_text, "class", "image", false};
    char sha256[FAL_HASH_TEXT];
    fal_hash *hash = NULL;
    FAL_ASSERT(n > 0 && images != NULL && labels != NULL);
    FAL_TRY(fal_h5_write(file, where->images, &image_shape, images, &about_images));
    FAL_TRY(fal_h5_write(file, where->labels, &label_shape, labels, &about_labels));
    FAL_TRY(fal_hash_create(&hash));
    fal_hash_add(hash, images, (size_t)fal_h5_elements(&image_shape));
    fal_hash_finish(hash, sha256);
    fal_hash_destroy(hash);
    FAL_TRY(fal_h5_set_text(file, where->images, "sha256", sha256));
    FAL_TRY(fal_dataset_labels_sha256(labels, n, sha256));
    return fal_h5_set_text(file, where->labels, "sha256", sha256);
}

static fal_status put_head(fal_h5 *file, const fal_dataset_parts *parts)
{
    const char *names[FAL_CLASSES_MAX];
    FAL_ASSERT(parts->classes >= 1 && parts->classes <= FAL_CLASSES_MAX && (parts->c == 1 || parts->c == 3));
    for (int i = 0; i < parts->classes; i++) {
        names[i] = parts->class_names[i];
    }
    FAL_TRY(fal_h5_set_text(file, "/", "fal_format", "dataset"));
    FAL_TRY(fal_h5_set_int(file, "/", "fal_version", FORMAT_VERSION));
    FAL_TRY(fal_h5_set_text(file, "/", "description",
                            "Images and labels for fal_hpc; mean and std are of pixels / 255, one per channel"));
    FAL_TRY(fal_h5_set_text(file, "/", "name", parts->name));
    FAL_TRY(fal_h5_set_text(file, "/", "source", parts->source));
    if (parts->license[0] != '\0') {
        FAL_TRY(fal_h5_set_text(file, "/", "license", parts->license));
    }
    FAL_TRY(fal_h5_set_text(file, "/", "augment", parts->flip ? "flip" : "none"));
    FAL_TRY(fal_h5_set_floats(file, "/", "mean", parts->mean, parts->c));
    FAL_TRY(fal_h5_set_floats(file, "/", "std", parts->std, parts->c));
    FAL_TRY(fal_h5_set_texts(file, "/", "class_names", names, parts->classes));
    FAL_TRY(fal_h5_make_group(file, "/train", "the images that the clients hold"));
    return parts->n_test > 0 ? fal_h5_make_group(file, "/test", "the images that the global model is judged by")
                             : FAL_OK;
}

static fal_status put_all(fal_h5 *file, const fal_dataset_parts *parts)
{
    static const place train = {"/train/images", "/train/labels", "training images, row by row",
                                "class of each training image, index into class_names; -1: not labelled yet"};
    static const place test = {"/test/images", "/test/labels", "test images, row by row",
                               "class of each test image, index into class_names"};
    FAL_TRY(put_head(file, parts));
    FAL_TRY(put_split(file, parts, &train, parts->n_train, parts->train_images, parts->train_labels));
    if (parts->train_site != NULL) {
        const fal_h5_shape shape = {FAL_H5_INT32, 1, {parts->n_train}};
        const fal_h5_about about = {"site that holds each training image", NULL, "image", false};
        FAL_TRY(fal_h5_write(file, "/train/site", &shape, parts->train_site, &about));
    }
    FAL_TRY(parts->n_test > 0 ? put_split(file, parts, &test, parts->n_test, parts->test_images, parts->test_labels)
                              : FAL_OK);
    return fal_image_names_put(file, parts);
}

/* What every reader would refuse is not written. */
static fal_status check_names(const fal_dataset_parts *parts, const char *path)
{
    char where[FAL_MESSAGE_MAX / 2];
    (void)snprintf(where, sizeof where, "%.400s: not written", path);
    if (!fal_dataset_name_is_valid(parts->name)) {
        return fal_fail(FAL_ERR_INPUT, "%s: the name \"%s\" must consist of letters, digits, '-', '_', '+' and '.'",
                        where, parts->name);
    }
    return fal_dataset_check_class_names(where, parts->class_names[0], parts->classes);
}

fal_status fal_dataset_write(const fal_dataset_parts *parts, const char *path)
{
    fal_h5 *file = NULL;
    FAL_TRY(check_names(parts, path));
    FAL_TRY(fal_h5_create(&file));
    fal_status status = put_all(file, parts);
    if (status == FAL_OK) {
        status = fal_h5_save(file, path);
    }
    fal_h5_close(file);
    return status;
}

void fal_dataset_parts_destroy(fal_dataset_parts *parts)
{
    fal_free(parts->names);
    fal_free(parts->train_site);
    fal_free(parts->test_labels);
    fal_free(parts->train_labels);
    fal_free(parts->test_images);
    fal_free(parts->train_images);
    memset(parts, 0, sizeof *parts);
}
