/* Names of a data set's images, in its file: rows of bytes, zeros behind the text. */
#include "image_names_internal.h"

#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/text.h"

static const int64_t limit = (int64_t)1 << 30; /* bytes of all names of a set */

/* ---- writing --------------------------------------------------------------------------------------------------- */

bool fal_image_names_fit(const fal_dataset_parts *parts)
{
    int64_t count = 0;
    size_t length = 0;
    bool fit = true;
    for (size_t i = 0; parts->names != NULL && i < parts->names_bytes && fit; i++) {
        length = parts->names[i] != '\0' ? length + 1 : 0;
        count += parts->names[i] == '\0';
        fit = length < FAL_IMAGE_NAME_MAX;
    }
    return parts->names == NULL || (fit && length == 0 && count == parts->n_train + parts->n_test);
}

static fal_status put_set(fal_h5 *file, const char *path, const char *names, int64_t count)
{
    size_t width = 1;
    const char *name = names;
    char *rows = NULL;
    for (int64_t i = 0; i < count; i++) {
        const size_t length = strlen(name);
        width = length > width ? length : width;
        name += length + 1;
    }
    const fal_h5_shape shape = {FAL_H5_UINT8, 2, {count, (int64_t)width}};
    const fal_h5_about about = {"file that each image came from, UTF-8, zeros behind it", "", "image,byte", true};
    FAL_TRY(fal_alloc(&rows, (size_t)count, width, "names of the images"));
    name = names;
    for (int64_t i = 0; i < count; i++) {
        const size_t length = strlen(name);
        memcpy(rows + (size_t)i * width, name, length);
        name += length + 1;
    }
    const fal_status status = fal_h5_write(file, path, &shape, rows, &about);
    fal_free(rows);
    return status;
}

/* Where the names of the images from number `first` on begin. */
static const char *skip(const char *names, int64_t first)
{
    for (int64_t i = 0; i < first; i++) {
        names += strlen(names) + 1;
    }
    return names;
}

fal_status fal_image_names_put(fal_h5 *file, const fal_dataset_parts *parts)
{
    if (parts->names == NULL) {
        return FAL_OK;
    }
    FAL_ASSERT(fal_image_names_fit(parts));
    FAL_TRY(put_set(file, "/train/name", parts->names, parts->n_train));
    return parts->n_test > 0 ? put_set(file, "/test/name", skip(parts->names, parts->n_train), parts->n_test) : FAL_OK;
}

fal_status fal_image_names_split(const uint8_t *in_test, fal_dataset_parts *parts)
{
    char *sorted = NULL;
    size_t at = 0;
    if (parts->names == NULL) {
        return FAL_OK;
    }
    FAL_TRY(fal_alloc(&sorted, parts->names_bytes, 1, "names of the images"));
    for (int test = 0; test < 2; test++) {
        const char *name = parts->names;
        for (int64_t i = 0; i < parts->n_train; i++) {
            const size_t bytes = strlen(name) + 1;
            if ((in_test[i] != 0) == (test != 0)) {
                memcpy(sorted + at, name, bytes);
                at += bytes;
            }
            name += bytes;
        }
    }
    fal_free(parts->names);
    parts->names = sorted;
    return FAL_OK;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

static fal_status read_set(fal_h5 *file, const char *path, int64_t count, fal_image_names *names)
{
    fal_h5_shape shape;
    char *rows = NULL;
    if (!fal_h5_has(file, path)) {
        return FAL_OK;
    }
    FAL_TRY(fal_h5_shape_of(file, path, &shape));
    const int64_t width = shape.rank == 2 ? shape.dims[1] : 0;
    if (shape.type != FAL_H5_UINT8 || shape.rank != 2 || shape.dims[0] != count || width < 1 ||
        width >= FAL_IMAGE_NAME_MAX || width > limit / count) {
        return fal_fail(FAL_ERR_INPUT, "%s: %s must be uint8 [images, bytes] with at most %d bytes: import it again",
                        fal_h5_name(file), path, FAL_IMAGE_NAME_MAX - 1);
    }
    FAL_TRY(fal_alloc(&rows, (size_t)count, (size_t)width, "names of the images"));
    fal_status status = fal_h5_read(file, path, &shape, rows);
    if (status == FAL_OK) {
        status = fal_alloc(&names->bytes, (size_t)count, (size_t)width + 1, "names of the images");
    }
    for (int64_t i = 0; status == FAL_OK && i < count; i++) {
        char *name = names->bytes + i * (width + 1);
        memcpy(name, rows + i * width, (size_t)width);
        fal_text_make_printable(name, false);
    }
    names->count = count;
    names->width = width + 1;
    fal_free(rows);
    return status;
}

fal_status fal_image_names_read(const fal_dataset *dataset, bool test, fal_image_names *names)
{
    fal_h5 *file = NULL;
    *names = (fal_image_names){0};
    FAL_TRY(fal_h5_open(dataset->path, &file));
    const fal_status status =
        read_set(file, test ? "/test/name" : "/train/name", test ? dataset->n_test : dataset->n_train, names);
    fal_h5_close(file);
    if (status != FAL_OK) {
        fal_image_names_destroy(names);
    }
    return status;
}

void fal_image_names_destroy(fal_image_names *names)
{
    fal_free(names->bytes);
    *names = (fal_image_names){0};
}

const char *fal_image_name(const fal_image_names *names, int64_t image)
{
    FAL_ASSERT(names->bytes == NULL || (image >= 0 && image < names->count));
    return names->bytes == NULL ? "" : names->bytes + image * names->width;
}
