/* CIFAR-10 and CIFAR-100 in their binary version: records of label bytes and three planes of 32 x 32 pixels.
 *
 * CIFAR-10: label, 3,072 pixels; CIFAR-100: coarse label, fine label, 3,072 pixels (the fine one is used). Any whole
 * number of records per file; files whose name contains "test" make the test set. Files are taken by rising name. */
#include <stdio.h>
#include <string.h>

#include "import_internal.h"

#include "fal/base/memory.h"

enum { SIDE = 32, PLANE = SIDE * SIDE, PIXELS = 3 * PLANE };

typedef struct {
    int classes;
    int label_bytes; /* the last of them is the label */
    const char *names_file;
    const char *download; /* what the binary version is called */
    float mean[3], std[3];
} layout;

/* Constants: algorithms.md section 2. */
static const layout cifar10 = {
    10, 1, "batches.meta.txt", "cifar-10-binary.tar.gz", {0.485F, 0.456F, 0.406F}, {0.229F, 0.224F, 0.225F}};
static const layout cifar100 = {
    100, 2, "fine_label_names.txt", "cifar-100-binary.tar.gz", {0.507F, 0.487F, 0.441F}, {0.267F, 0.256F, 0.276F}};

static const char *const cifar10_names[10] = {"airplane", "automobile", "bird",  "cat",  "deer",
                                              "dog",      "frog",       "horse", "ship", "truck"};

/** Records are in files ending in .bin; a file that the user named is taken whatever it is called. */
static bool holds_records(const fal_import_piece *piece)
{
    return fal_text_ends_with(piece->name, ".bin") || (!piece->found && !fal_text_ends_with(piece->name, ".txt"));
}

/** For where records are missing: the data sets' page offers versions for Python and MATLAB before the binary one.
 * Their files have no record's first byte, which is at most 99. */
static fal_status refuse_other_versions(const fal_import_pieces *pieces, const layout *l)
{
    for (int i = 0; i < pieces->count; i++) {
        const fal_import_piece *piece = &pieces->pieces[i];
        const bool pickle = piece->count > 2 && piece->bytes[0] == 0x80 && piece->bytes[piece->count - 1] == '.';
        if (pickle || (piece->count > 6 && memcmp(piece->bytes, "MATLAB", 6) == 0)) {
            return fal_fail(FAL_ERR_INPUT, "%s: is the %s version: download the binary version, %s", piece->origin,
                            pickle ? "Python" : "MATLAB", l->download);
        }
    }
    return FAL_OK;
}

static fal_status count_records(const fal_import_input *in, const layout *l, bool test, int64_t *records)
{
    const size_t size = (size_t)l->label_bytes + PIXELS;
    *records = 0;
    for (int i = 0; i < in->pieces.count; i++) {
        const fal_import_piece *piece = &in->pieces.pieces[i];
        if (!holds_records(piece) || fal_import_is_test(piece->name) != test) {
            continue;
        }
        if (piece->count == 0 || piece->count % size != 0) {
            FAL_TRY(refuse_other_versions(&in->pieces, l));
            return fal_fail(FAL_ERR_INPUT, "%s: %zu bytes are no whole number of records of %zu: copy it again",
                            piece->name, piece->count, size);
        }
        *records += (int64_t)(piece->count / size);
    }
    if (*records == 0 && !(test && in->options->test_share > 0)) {
        FAL_TRY(refuse_other_versions(&in->pieces, l));
        return fal_fail(FAL_ERR_INPUT, "no %s images: give %s", test ? "test" : "training",
                        test ? "a file whose name contains \"test\", e.g. test_batch.bin, or --test-share 0.2"
                             : "the training files, e.g. data_batch_*.bin");
    }
    return FAL_OK;
}

/** Three planes to pixels of three channels. */
static void interleave(const unsigned char *planes, uint8_t *pixels)
{
    for (int at = 0; at < PLANE; at++) {
        for (int channel = 0; channel < 3; channel++) {
            pixels[3 * at + channel] = planes[channel * PLANE + at];
        }
    }
}

static fal_status take_records(fal_import_pieces *pieces, const layout *l, bool test, uint8_t *images, int16_t *labels)
{
    const size_t size = (size_t)l->label_bytes + PIXELS;
    int64_t row = 0;
    for (int i = 0; i < pieces->count; i++) {
        fal_import_piece *piece = &pieces->pieces[i];
        if (!holds_records(piece) || fal_import_is_test(piece->name) != test) {
            continue;
        }
        for (size_t at = 0; at < piece->count; at += size, row++) {
            const int label = piece->bytes[at + (size_t)l->label_bytes - 1];
            if (label >= l->classes) {
                return fal_fail(FAL_ERR_INPUT, "%s: label %d in record %zu is not in 0..%d: not this kind of data?",
                                piece->name, label, at / size, l->classes - 1);
            }
            labels[row] = (int16_t)label;
            interleave(piece->bytes + at + l->label_bytes, images + (size_t)row * PIXELS);
        }
        fal_free(piece->bytes); /* no longer needed: halves the peak */
        piece->bytes = NULL;
    }
    return FAL_OK;
}

static fal_status make(fal_import_input *in, const layout *l, fal_dataset_parts *parts)
{
    fal_import_pieces *pieces = &in->pieces;
    parts->h = SIDE;
    parts->w = SIDE;
    parts->c = 3;
    parts->classes = l->classes;
    memcpy(parts->mean, l->mean, sizeof parts->mean);
    memcpy(parts->std, l->std, sizeof parts->std);
    (void)snprintf(parts->license, sizeof parts->license,
                   "no formal licence; published for research, cite Krizhevsky 2009 (Learning Multiple Layers of "
                   "Features from Tiny Images)");
    fal_import_sort(pieces);
    FAL_TRY(fal_import_refuse_equal(pieces, holds_records));
    fal_import_number_classes(parts);
    for (int i = 0; i < l->classes && l == &cifar10; i++) {
        (void)snprintf(parts->class_names[i], FAL_NAME_MAX, "%s", cifar10_names[i]);
    }
    for (int i = 0; i < pieces->count; i++) {
        const fal_import_piece *piece = &pieces->pieces[i];
        if (strcmp(piece->name, l->names_file) == 0) {
            FAL_TRY(fal_import_class_names(piece, parts));
        } else if (!piece->found && !holds_records(piece)) {
            return fal_fail(FAL_ERR_INPUT, "%s: class names come in a file called %s", piece->name, l->names_file);
        }
    }
    FAL_TRY(count_records(in, l, false, &parts->n_train));
    FAL_TRY(count_records(in, l, true, &parts->n_test));
    FAL_TRY(fal_alloc(&parts->train_images, (size_t)parts->n_train, PIXELS, "training images"));
    FAL_TRY(fal_alloc(&parts->train_labels, (size_t)parts->n_train, sizeof(int16_t), "training labels"));
    FAL_TRY(fal_alloc(&parts->test_images, (size_t)parts->n_test, PIXELS, "test images"));
    FAL_TRY(fal_alloc(&parts->test_labels, (size_t)parts->n_test, sizeof(int16_t), "test labels"));
    FAL_TRY(take_records(pieces, l, false, parts->train_images, parts->train_labels));
    return take_records(pieces, l, true, parts->test_images, parts->test_labels);
}

fal_status fal_import_cifar10(fal_import_input *in, fal_dataset_parts *parts) { return make(in, &cifar10, parts); }

fal_status fal_import_cifar100(fal_import_input *in, fal_dataset_parts *parts) { return make(in, &cifar100, parts); }
