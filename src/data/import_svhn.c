/* SVHN's cropped digits (Netzer et al. 2011, http://ufldl.stanford.edu/housenumbers): MATLAB files with X, uint8
 * [height, width, channel, image], and y, the digit of each image, where 10 stands for 0. */
#include <stdio.h>
#include <string.h>

#include "import_internal.h"

#include "fal/base/memory.h"
#include "fal/base/path.h"
#include "fal/io/mat.h"

enum { FILES_MOST = 16, CLASSES = 10, CHANNELS = 3 };

typedef struct {
    char paths[FILES_MOST][4096];
    int count;
} file_list;

/** Files of a folder count if they are called so. */
static fal_status collect(fal_import_input *in, const char *path, bool found, void *context)
{
    file_list *files = context;
    (void)in;
    if (found && !fal_text_ends_with(path, ".mat")) {
        return FAL_OK;
    }
    if (files->count == FILES_MOST || !fal_text_copy(files->paths[files->count], sizeof files->paths[0], path)) {
        return fal_fail(FAL_ERR_INPUT, "%.200s: more than %d files, or too long a name", path, FILES_MOST);
    }
    files->count++;
    return FAL_OK;
}

/** What the name says, without the folders before it. */
static bool is_test(const char *path) { return fal_import_is_test(fal_path_base(path)); }

/* ---- one file -------------------------------------------------------------------------------------------------- */

typedef struct {
    int64_t n;
    int h, w;
    uint8_t *pixels; /* [n][h][w][3] */
    int16_t *labels;
} digits;

/** MATLAB's order (height fastest, image slowest) to ours. */
static void reorder(const uint8_t *from, const digits *d)
{
    const size_t plane = (size_t)d->h * (size_t)d->w;
    for (int64_t i = 0; i < d->n; i++) {
        const uint8_t *image = from + (size_t)i * CHANNELS * plane;
        uint8_t *to = d->pixels + (size_t)i * CHANNELS * plane;
        for (int y = 0; y < d->h; y++) {
            for (int x = 0; x < d->w; x++) {
                for (int c = 0; c < CHANNELS; c++) {
                    *to++ = image[(size_t)c * plane + (size_t)x * d->h + y];
                }
            }
        }
    }
}

static fal_status read_images(fal_mat *file, const char *path, digits *d)
{
    fal_mat_shape shape;
    uint8_t *values = NULL;
    FAL_TRY(fal_mat_read_bytes(file, "X", &shape, &values));
    const int64_t *dims = shape.dims;
    if (shape.rank == 3) { /* MATLAB drops a last axis of one */
        shape.dims[3] = 1;
        shape.rank = 4;
    }
    if (shape.rank != 4 || dims[2] != CHANNELS || dims[0] < 1 || dims[0] > FAL_SIDE_MAX || dims[1] < 1 ||
        dims[1] > FAL_SIDE_MAX || dims[3] < 1 || dims[3] > FAL_IMAGES_MAX) {
        fal_free(values);
        return fal_fail(FAL_ERR_INPUT,
                        "%s: X must be uint8 [height, width, 3, images]: is this a file of cropped digits "
                        "(train_32x32.mat)?",
                        path);
    }
    d->h = (int)dims[0];
    d->w = (int)dims[1];
    d->n = dims[3];
    fal_status status = fal_alloc(&d->pixels, (size_t)d->n, (size_t)d->h * (size_t)d->w * CHANNELS, "images");
    if (status == FAL_OK) {
        reorder(values, d);
    }
    fal_free(values);
    return status;
}

static fal_status read_labels(fal_mat *file, const char *path, digits *d)
{
    fal_mat_shape shape;
    double *values = NULL;
    fal_status status = FAL_OK;
    FAL_TRY(fal_mat_read_numbers(file, "y", &shape, &values));
    const bool column = shape.rank == 2 && (shape.dims[0] == 1 || shape.dims[1] == 1);
    if (!column || shape.dims[0] * shape.dims[1] != d->n) {
        status = fal_fail(FAL_ERR_INPUT, "%s: y must have one label for each of the %lld images in X", path,
                          (long long)d->n);
        goto done;
    }
    FAL_TRY_GOTO(fal_alloc(&d->labels, (size_t)d->n, sizeof *d->labels, "labels"));
    for (int64_t i = 0; i < d->n; i++) {
        const double value = values[i];
        if (!(value >= 0) || value > CLASSES || value != (double)(int)value) {
            status = fal_fail(FAL_ERR_INPUT, "%s: label %g of image %lld is not in 1..10 (10 is the digit 0)", path,
                              value, (long long)i);
            goto done;
        }
        d->labels[i] = (int16_t)((int)value % CLASSES);
    }
done:
    fal_free(values);
    return status;
}

/* ---- all files ------------------------------------------------------------------------------------------------- */

/** Append, and release what was appended. */
static fal_status append(const digits *d, int64_t *n, uint8_t **images, int16_t **labels)
{
    const size_t pixels = (size_t)d->h * (size_t)d->w * CHANNELS;
    uint8_t *all_images = d->pixels;
    int16_t *all_labels = d->labels;
    if (*n > 0) {
        FAL_TRY(fal_alloc(&all_images, (size_t)(*n + d->n), pixels, "images"));
        FAL_TRY(fal_alloc(&all_labels, (size_t)(*n + d->n), sizeof **labels, "labels"));
        memcpy(all_images, *images, (size_t)*n * pixels);
        memcpy(all_images + (size_t)*n * pixels, d->pixels, (size_t)d->n * pixels);
        memcpy(all_labels, *labels, (size_t)*n * sizeof **labels);
        memcpy(all_labels + *n, d->labels, (size_t)d->n * sizeof **labels);
        fal_free(*images);
        fal_free(*labels);
        fal_free(d->pixels);
        fal_free(d->labels);
    }
    *n += d->n;
    *images = all_images;
    *labels = all_labels;
    return FAL_OK;
}

static fal_status read_file(fal_import_input *in, const char *path, fal_dataset_parts *parts)
{
    fal_mat *file = NULL;
    digits d = {0};
    const int64_t bytes = fal_import_bytes_of(path);
    fal_import_tell(in, path, in->bytes_done, in->bytes_total);
    FAL_TRY(fal_import_add_source(in, path, true));
    fal_import_tell(in, path, in->bytes_done + bytes / 10, in->bytes_total); /* the checksum is a tenth of the work */
    FAL_TRY(fal_mat_open(path, in->limit, &file));
    fal_import_tell(in, path, in->bytes_done + bytes / 2, in->bytes_total);
    FAL_TRY(read_images(file, path, &d));
    FAL_TRY(read_labels(file, path, &d));
    fal_mat_close(file);
    if (parts->h > 0 && (d.h != parts->h || d.w != parts->w)) {
        return fal_fail(FAL_ERR_INPUT, "%s: has images of %d x %d, the files before of %d x %d", path, d.h, d.w,
                        parts->h, parts->w);
    }
    parts->h = d.h;
    parts->w = d.w;
    in->bytes_done += bytes;
    return is_test(path) ? append(&d, &parts->n_test, &parts->test_images, &parts->test_labels)
                         : append(&d, &parts->n_train, &parts->train_images, &parts->train_labels);
}

static fal_status check_sets(const fal_import_input *in, const file_list *files)
{
    int tests = 0;
    for (int i = 0; i < files->count; i++) {
        tests += is_test(files->paths[i]);
    }
    if (tests == files->count) {
        return fal_fail(FAL_ERR_INPUT, "%s: no training images: give train_32x32.mat, too", in->paths[0]);
    }
    if (tests == 0 && in->options->test_share <= 0) {
        return fal_fail(FAL_ERR_INPUT, "%s: no test images: give test_32x32.mat, too, or --test-share 0.2",
                        in->paths[0]);
    }
    return FAL_OK;
}

fal_status fal_import_svhn(fal_import_input *in, fal_dataset_parts *parts)
{
    static const float mean[3] = {0.4376821F, 0.4437697F, 0.47280442F};
    static const float std[3] = {0.19803012F, 0.20101562F, 0.19703614F};
    file_list *files = NULL;
    FAL_TRY(fal_alloc(&files, 1, sizeof *files, "files to import"));
    FAL_TRY(fal_import_visit_files(in, collect, files));
    FAL_TRY(check_sets(in, files));
    for (int i = 0; i < files->count; i++) {
        FAL_TRY(read_file(in, files->paths[i], parts));
    }
    parts->c = CHANNELS;
    parts->classes = CLASSES;
    memcpy(parts->mean, mean, sizeof mean); /* algorithms.md section 2 */
    memcpy(parts->std, std, sizeof std);
    (void)snprintf(parts->license, sizeof parts->license,
                   "for non-commercial use only; cite Netzer et al. 2011 (Reading Digits in Natural Images with "
                   "Unsupervised Feature Learning)");
    fal_import_number_classes(parts);
    return FAL_OK;
}
