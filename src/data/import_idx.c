/* MNIST and its relatives: two IDX files of images and two of labels.
 *
 * Which is which comes from the files themselves: the number of axes tells images from labels, the name training
 * ("train") from test ("t10k", "test"). Names that say neither are taken in order: training first. */
#include <stdio.h>
#include <string.h>

#include "import_internal.h"

#include "fal/base/memory.h"
#include "fal/io/idx.h"

typedef struct {
    const fal_import_piece *piece; /* NULL: not there */
    fal_idx idx;
} part;

typedef struct {
    part images[2], labels[2]; /* training, test */
} four;

static const char *const set_names[2] = {"training", "test"};

static fal_status sort_out(const fal_import_pieces *pieces, four *files)
{
    for (int i = 0; i < pieces->count; i++) {
        const fal_import_piece *piece = &pieces->pieces[i];
        fal_idx idx;
        if (piece->found && !fal_idx_is(piece->bytes, piece->count)) {
            continue;
        }
        FAL_TRY(fal_idx_parse(piece->name, piece->bytes, piece->count, &idx));
        part *places = idx.rank == 3 ? files->images : files->labels;
        const bool named_test = fal_import_is_test(piece->name);
        const bool named = named_test || strstr(piece->name, "train") != NULL;
        const int set = named ? named_test : places[0].piece != NULL;
        if (places[set].piece != NULL) {
            return fal_fail(FAL_ERR_INPUT, "%s and %s are both %s %s: give one of each", places[set].piece->name,
                            piece->name, set_names[set], idx.rank == 3 ? "images" : "labels");
        }
        places[set] = (part){piece, idx};
    }
    return FAL_OK;
}

static fal_status check_set(const four *files, int set)
{
    const part *images = &files->images[set];
    const part *labels = &files->labels[set];
    if (images->piece == NULL || labels->piece == NULL) {
        return fal_fail(FAL_ERR_INPUT, "no %s %s among the files: give %s%s", set_names[set],
                        images->piece == NULL ? "images" : "labels",
                        "train-images, train-labels, t10k-images and t10k-labels",
                        set == 1 ? ", or --test-share 0.2" : "");
    }
    if (images->idx.dims[0] != labels->idx.dims[0]) {
        return fal_fail(FAL_ERR_INPUT, "%s has %lld images, but %s has %lld labels", images->piece->name,
                        (long long)images->idx.dims[0], labels->piece->name, (long long)labels->idx.dims[0]);
    }
    if (images->idx.dims[0] > FAL_IMAGES_MAX || images->idx.dims[1] > FAL_SIDE_MAX ||
        images->idx.dims[2] > FAL_SIDE_MAX) {
        return fal_fail(FAL_ERR_INPUT, "%s: %lld images of %lld x %lld are more than %d of %d x %d",
                        images->piece->name, (long long)images->idx.dims[0], (long long)images->idx.dims[1],
                        (long long)images->idx.dims[2], FAL_IMAGES_MAX, FAL_SIDE_MAX, FAL_SIDE_MAX);
    }
    return FAL_OK;
}

static fal_status check(const four *files, bool has_test)
{
    FAL_TRY(check_set(files, 0));
    if (!has_test) {
        return FAL_OK;
    }
    FAL_TRY(check_set(files, 1));
    const int64_t *train = files->images[0].idx.dims;
    const int64_t *test = files->images[1].idx.dims;
    if (train[1] != test[1] || train[2] != test[2]) {
        return fal_fail(FAL_ERR_INPUT, "%s has images of %lld x %lld, but %s of %lld x %lld",
                        files->images[0].piece->name, (long long)train[1], (long long)train[2],
                        files->images[1].piece->name, (long long)test[1], (long long)test[2]);
    }
    return FAL_OK;
}

static fal_status take_set(const part *images, const part *labels, int64_t *n, uint8_t **pixels, int16_t **classes)
{
    const size_t bytes = (size_t)images->idx.dims[1] * (size_t)images->idx.dims[2];
    *n = images->idx.dims[0];
    FAL_TRY(fal_alloc(pixels, (size_t)*n, bytes, "images"));
    FAL_TRY(fal_alloc(classes, (size_t)*n, sizeof **classes, "labels"));
    memcpy(*pixels, images->idx.values, (size_t)*n * bytes);
    for (int64_t i = 0; i < *n; i++) {
        (*classes)[i] = labels->idx.values[i];
    }
    return FAL_OK;
}

static void name_classes(fal_dataset_parts *parts)
{
    static const char *const fashion[10] = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                            "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
    fal_import_number_classes(parts);
    const bool is_fashion = strcmp(parts->name, "fashion-mnist") == 0 || strcmp(parts->name, "fashion_mnist") == 0 ||
                            strcmp(parts->name, "fmnist") == 0;
    for (int i = 0; is_fashion && parts->classes == 10 && i < 10; i++) {
        (void)snprintf(parts->class_names[i], FAL_NAME_MAX, "%s", fashion[i]);
    }
}

fal_status fal_import_idx(fal_import_input *in, fal_dataset_parts *parts)
{
    four files = {0};
    FAL_TRY(sort_out(&in->pieces, &files));
    const bool named_test = files.images[1].piece != NULL || files.labels[1].piece != NULL;
    const bool has_test = named_test || in->options->test_share <= 0;
    FAL_TRY(check(&files, has_test));
    parts->h = (int)files.images[0].idx.dims[1];
    parts->w = (int)files.images[0].idx.dims[2];
    parts->c = 1;
    FAL_TRY(take_set(&files.images[0], &files.labels[0], &parts->n_train, &parts->train_images, &parts->train_labels));
    if (has_test) {
        FAL_TRY(take_set(&files.images[1], &files.labels[1], &parts->n_test, &parts->test_images, &parts->test_labels));
    }
    for (int64_t i = 0; i < parts->n_train; i++) {
        parts->classes = parts->train_labels[i] >= parts->classes ? parts->train_labels[i] + 1 : parts->classes;
    }
    for (int64_t i = 0; i < parts->n_test; i++) {
        parts->classes = parts->test_labels[i] >= parts->classes ? parts->test_labels[i] + 1 : parts->classes;
    }
    name_classes(parts);
    /* algorithms.md section 2: MNIST has constants of its own, its relatives do not. */
    if (strcmp(parts->name, "mnist") == 0) {
        fal_import_constants(parts, 0.1307F, 0.3081F);
    } else {
        fal_import_constants(parts, 0.5F, 0.5F);
    }
    return FAL_OK;
}
