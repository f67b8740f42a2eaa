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
        const bool is_mapping = fal_text_ends_with(piece->name, "-mapping.txt"); /* beside EMNIST's files */
        if ((piece->found && !fal_idx_is(piece->bytes, piece->count)) || is_mapping) {
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

/** Labels may well be equal: two sets of one image per class in the same order. */
static bool holds_images(const fal_import_piece *piece)
{
    return fal_idx_is(piece->bytes, piece->count) && piece->count > 3 && piece->bytes[3] == 3;
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

/** Rows and columns change places. */
static void transpose(const uint8_t *from, int h, int w, uint8_t *to)
{
    for (int y = 0; y < h; y++) {
        for (int x = 0; x < w; x++) {
            to[x * h + y] = from[y * w + x];
        }
    }
}

static fal_status take_set(const fal_import_input *in, const part *images, const part *labels, bool swap, int64_t *n,
                           uint8_t **pixels, int16_t **classes)
{
    const int h = (int)images->idx.dims[1];
    const int w = (int)images->idx.dims[2];
    const size_t bytes = (size_t)h * (size_t)w;
    *n = images->idx.dims[0];
    FAL_TRY(fal_alloc(pixels, (size_t)*n, bytes, "images"));
    FAL_TRY(fal_alloc(classes, (size_t)*n, sizeof **classes, "labels"));
    if (swap) {
        for (int64_t i = 0; i < *n; i++) {
            transpose(images->idx.values + (size_t)i * bytes, h, w, *pixels + (size_t)i * bytes);
        }
    } else {
        memcpy(*pixels, images->idx.values, (size_t)*n * bytes);
    }
    for (int64_t i = 0; i < *n; i++) {
        const int label = labels->idx.values[i] - in->options->label_offset;
        if (label < 0 || label >= FAL_CLASSES_MAX) {
            return fal_fail(FAL_ERR_INPUT, "%s: label %d of image %lld is below %d: another --label-offset",
                            labels->piece->name, labels->idx.values[i], (long long)i, in->options->label_offset);
        }
        (*classes)[i] = (int16_t)label;
    }
    return FAL_OK;
}

/* ---- EMNIST ---------------------------------------------------------------------------------------------------- */

/** "emnist-letters-train-images-idx3-ubyte": which of the EMNIST sets; "" if it is none. */
static void emnist_set(const four *files, char set[16])
{
    static const char start[] = "emnist-";
    const char *name = files->images[0].piece->name;
    set[0] = '\0';
    if (strncmp(name, start, strlen(start)) == 0) {
        const char *from = name + strlen(start);
        const size_t length = strcspn(from, "-");
        if (length < 16) {
            memcpy(set, from, length);
            set[length] = '\0';
        }
    }
}

/** Characters of the classes in order (Cohen et al. 2017, table II): capitals that look like their small letter stand
 * for both in balanced and bymerge; letters has both of every letter in one class. */
static const char *emnist_characters(const char *set)
{
    static const struct {
        const char *set, *characters;
    } sets[] = {
        {"digits", "0123456789"},
        {"mnist", "0123456789"},
        {"letters", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
        {"balanced", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt"},
        {"bymerge", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt"},
        {"byclass", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"},
    };
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        if (strcmp(set, sets[i].set) == 0) {
            return sets[i].characters;
        }
    }
    return "";
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

static void name_classes(const four *files, fal_dataset_parts *parts)
{
    static const char *const fashion[10] = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                            "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
    char set[16];
    emnist_set(files, set);
    const char *characters = emnist_characters(set);
    fal_import_number_classes(parts);
    const bool is_fashion = strcmp(parts->name, "fashion-mnist") == 0 || strcmp(parts->name, "fashion_mnist") == 0 ||
                            strcmp(parts->name, "fmnist") == 0;
    for (int i = 0; is_fashion && parts->classes == 10 && i < 10; i++) {
        (void)snprintf(parts->class_names[i], FAL_NAME_MAX, "%s", fashion[i]);
    }
    for (int i = 0; (size_t)parts->classes == strlen(characters) && i < parts->classes; i++) {
        (void)snprintf(parts->class_names[i], FAL_NAME_MAX, "%c", characters[i]);
    }
}

/** EMNIST's files hold every image with rows and columns swapped. */
static bool decide_transpose(fal_import_input *in, const four *files)
{
    char set[16];
    emnist_set(files, set);
    const bool swap =
        in->options->transpose == FAL_IMPORT_YES || (in->options->transpose == FAL_IMPORT_AUTO && set[0] != '\0');
    if (swap && in->options->transpose == FAL_IMPORT_AUTO) {
        fal_import_note(in, "EMNIST stores images with rows and columns swapped: they were swapped back "
                            "(--transpose no leaves them)");
    }
    return swap;
}

fal_status fal_import_idx(fal_import_input *in, fal_dataset_parts *parts)
{
    four files = {0};
    FAL_TRY(fal_import_refuse_equal(&in->pieces, holds_images));
    FAL_TRY(sort_out(&in->pieces, &files));
    const bool named_test = files.images[1].piece != NULL || files.labels[1].piece != NULL;
    const bool has_test = named_test || in->options->test_share <= 0;
    FAL_TRY(check(&files, has_test));
    const bool swap = decide_transpose(in, &files);
    parts->h = (int)files.images[0].idx.dims[swap ? 2 : 1];
    parts->w = (int)files.images[0].idx.dims[swap ? 1 : 2];
    parts->c = 1;
    FAL_TRY(take_set(in, &files.images[0], &files.labels[0], swap, &parts->n_train, &parts->train_images,
                     &parts->train_labels));
    if (has_test) {
        FAL_TRY(take_set(in, &files.images[1], &files.labels[1], swap, &parts->n_test, &parts->test_images,
                         &parts->test_labels));
    }
    parts->classes = 1 + fal_import_largest_label(parts->train_labels, parts->n_train, 0);
    parts->classes = 1 + fal_import_largest_label(parts->test_labels, parts->n_test, parts->classes - 1);
    name_classes(&files, parts);
    /* algorithms.md section 2: MNIST has constants of its own, its relatives do not. */
    if (strcmp(parts->name, "mnist") == 0) {
        fal_import_constants(parts, 0.1307F, 0.3081F);
    } else {
        fal_import_constants(parts, 0.5F, 0.5F);
    }
    return FAL_OK;
}
