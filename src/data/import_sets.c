/* Sets of images with labels from pieces that hold NumPy arrays: what npy and medmnist share. */
#include <stdio.h>
#include <string.h>

#include "import_arrays.h"

#include "fal/base/memory.h"

fal_import_piece *fal_import_find(const fal_import_pieces *pieces, const char *name)
{
    for (int i = 0; i < pieces->count; i++) {
        if (strcmp(pieces->pieces[i].name, name) == 0) {
            return &pieces->pieces[i];
        }
    }
    return NULL;
}

void fal_import_where(const fal_import_input *in, const fal_import_piece *piece, char *where, size_t size)
{
    const bool member = piece->found && in->path_count == 1;
    (void)snprintf(where, size, "%s%s%s", member ? in->paths[0] : "", member ? ": " : "", piece->name);
}

fal_status fal_import_take_set(const fal_import_input *in, fal_import_piece *images, fal_import_piece *labels,
                               bool may_lack, fal_import_set *set)
{
    char where[1024];
    fal_npy array;
    fal_import_where(in, images, where, sizeof where);
    FAL_TRY(fal_npy_parse(where, images->bytes, images->count, &array));
    FAL_TRY(fal_import_take_images(where, &array, in->options->order, &set->images));
    fal_free(images->bytes); /* no longer needed: lowers the peak */
    images->bytes = NULL;
    if (labels == NULL) {
        FAL_TRY(fal_alloc(&set->labels, (size_t)set->images.n, sizeof *set->labels, "labels"));
        memset(set->labels, -1, (size_t)set->images.n * sizeof *set->labels);
        return FAL_OK;
    }
    fal_import_where(in, labels, where, sizeof where);
    FAL_TRY(fal_npy_parse(where, labels->bytes, labels->count, &array));
    return fal_import_take_labels(where, &array, set->images.n, in->options->label_offset, may_lack, &set->labels);
}

static fal_status check_same(const fal_import_images *a, const fal_import_images *b, const char *what)
{
    if (a->h != b->h || a->w != b->w || a->c != b->c) {
        return fal_fail(FAL_ERR_INPUT, "the %s images are %d x %d x %d, but the training images %d x %d x %d", what,
                        b->h, b->w, b->c, a->h, a->w, a->c);
    }
    if (a->scale != b->scale) {
        return fal_fail(FAL_ERR_INPUT,
                        "of training and %s images one has pixels from 0 to 1, the other from 0 to 255: "
                        "save both alike",
                        what);
    }
    return FAL_OK;
}

fal_status fal_import_join_sets(fal_import_set *set, fal_import_set *more)
{
    const size_t pixels = (size_t)set->images.h * (size_t)set->images.w * (size_t)set->images.c;
    const size_t n = (size_t)set->images.n;
    const size_t m = (size_t)more->images.n;
    uint8_t *images = NULL;
    int16_t *labels = NULL;
    FAL_TRY(check_same(&set->images, &more->images, "validation"));
    FAL_TRY(fal_alloc(&images, n + m, pixels, "images"));
    FAL_TRY(fal_alloc(&labels, n + m, sizeof *labels, "labels"));
    memcpy(images, set->images.pixels, n * pixels);
    memcpy(images + n * pixels, more->images.pixels, m * pixels);
    memcpy(labels, set->labels, n * sizeof *labels);
    memcpy(labels + n, more->labels, m * sizeof *labels);
    fal_free(set->images.pixels);
    fal_free(set->labels);
    fal_free(more->images.pixels);
    fal_free(more->labels);
    set->images.pixels = images;
    set->images.n += more->images.n;
    set->labels = labels;
    *more = (fal_import_set){0};
    return FAL_OK;
}

fal_status fal_import_put_sets(fal_import_set *train, fal_import_set *test, fal_dataset_parts *parts)
{
    int largest = fal_import_largest_label(train->labels, train->images.n, -1);
    if (test->images.n > 0) {
        FAL_TRY(check_same(&train->images, &test->images, "test"));
        largest = fal_import_largest_label(test->labels, test->images.n, largest);
    }
    if (largest < 0) {
        return fal_fail(FAL_ERR_INPUT, "no image has a label: at least those of the test set need one");
    }
    parts->h = train->images.h;
    parts->w = train->images.w;
    parts->c = train->images.c;
    parts->classes = largest + 1;
    parts->n_train = train->images.n;
    parts->train_images = train->images.pixels;
    parts->train_labels = train->labels;
    parts->n_test = test->images.n;
    parts->test_images = test->images.pixels;
    parts->test_labels = test->labels;
    fal_import_number_classes(parts);
    fal_import_constants(parts, 0.5F, 0.5F);
    *train = (fal_import_set){0};
    *test = (fal_import_set){0};
    return FAL_OK;
}
