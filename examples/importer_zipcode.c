/* zipcode: handwritten digits of envelopes as the book The Elements of Statistical Learning has them: zip.train and
 * zip.test, one image a line: the digit, then 16 x 16 grey values from -1 (paper) to 1. docs/adding.md makes it a kind
 * of fal_data import: this file in src/data, and a line in the list of src/data/import_internal.h. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/text.h"
#include "fal/base/memory.h"
#include "import_internal.h"

enum { SIDE = 16, PIXELS = SIDE * SIDE, CLASSES = 10, WORD_MOST = 32 };

/* The next word at *at, a number; false at the end of the bytes. Lines do not matter: an image has 257 numbers. */
static fal_status next_number(const fal_import_piece *piece, size_t *at, double *number, bool *there)
{
    char word[WORD_MOST + 1];
    size_t length = 0;
    while (*at < piece->count && isspace(piece->bytes[*at])) {
        ++*at;
    }
    while (*at < piece->count && !isspace(piece->bytes[*at]) && length < WORD_MOST) {
        word[length++] = (char)piece->bytes[(*at)++];
    }
    word[length] = '\0';
    *there = length > 0;
    if (*there && !fal_text_to_real(word, number)) {
        return fal_fail(FAL_ERR_INPUT, "%s: \"%s\" at byte %zu is no number: not this kind of data?", piece->origin,
                        word, *at - length);
    }
    return FAL_OK;
}

/* The image that begins at *at: its digit, and if `pixels` is not NULL its grey values as bytes. */
static fal_status next_image(const fal_import_piece *piece, size_t *at, int16_t *label, uint8_t *pixels, bool *there)
{
    double value = 0.0;
    FAL_TRY(next_number(piece, at, &value, there));
    if (!*there) {
        return FAL_OK;
    }
    if (!(value >= 0.0 && value < CLASSES) || value != floor(value)) {
        return fal_fail(FAL_ERR_INPUT, "%s: digit %g before byte %zu: expected 0 to 9", piece->origin, value, *at);
    }
    *label = (int16_t)value;
    for (int i = 0; i < PIXELS; i++) {
        bool more = false;
        FAL_TRY(next_number(piece, at, &value, &more));
        if (!more || !(value >= -1.0 && value <= 1.0)) {
            return fal_fail(FAL_ERR_INPUT, "%s: %s before byte %zu: expected %d grey values from -1 to 1",
                            piece->origin, more ? "another value" : "the end", *at, PIXELS);
        }
        if (pixels != NULL) {
            pixels[i] = (uint8_t)floor((value + 1.0) / 2.0 * 255.0 + 0.5);
        }
    }
    return FAL_OK;
}

static fal_status count_images(const fal_import_piece *piece, int64_t *count)
{
    size_t at = 0;
    int16_t label = 0;
    bool there = true;
    for (*count = -1; there; ++*count) {
        FAL_TRY(next_image(piece, &at, &label, NULL, &there));
    }
    return FAL_OK;
}

static fal_status take_images(const fal_import_piece *piece, int64_t count, uint8_t **images, int16_t **labels)
{
    size_t at = 0;
    bool there = true;
    FAL_TRY(fal_alloc(images, (size_t)count, PIXELS, "images"));
    FAL_TRY(fal_alloc(labels, (size_t)count, sizeof **labels, "labels"));
    for (int64_t i = 0; i < count; i++) {
        FAL_TRY(next_image(piece, &at, &(*labels)[i], *images + i * PIXELS, &there));
    }
    return FAL_OK;
}

fal_status fal_import_zipcode(fal_import_input *in, fal_dataset_parts *parts)
{
    const fal_import_piece *sets[2] = {NULL, NULL}; /* training, test */
    for (int i = 0; i < in->pieces.count; i++) {
        const fal_import_piece *piece = &in->pieces.pieces[i];
        const int set = fal_text_ends_with(piece->name, ".train")  ? 0
                        : fal_text_ends_with(piece->name, ".test") ? 1
                                                                   : -1;
        if (set < 0 && piece->found) {
            continue; /* something else in a folder */
        }
        if (set < 0 || sets[set] != NULL) {
            return fal_fail(FAL_ERR_INPUT, "%s: expected one file zip.train and one zip.test", piece->origin);
        }
        sets[set] = piece;
    }
    if (sets[0] == NULL || sets[1] == NULL) {
        return fal_fail(FAL_ERR_INPUT, "%s: give both files, zip.train and zip.test", in->paths[0]);
    }
    parts->h = parts->w = SIDE;
    parts->c = 1;
    parts->classes = CLASSES;
    parts->flip = false; /* a mirrored digit is none */
    fal_import_constants(parts, 0.5F, 0.5F);
    fal_import_number_classes(parts);
    (void)snprintf(parts->license, sizeof parts->license, "not stated; see the book's web site");
    FAL_TRY(count_images(sets[0], &parts->n_train));
    FAL_TRY(count_images(sets[1], &parts->n_test));
    if (parts->n_train == 0 || parts->n_test == 0) {
        return fal_fail(FAL_ERR_INPUT, "%s: holds no images", sets[parts->n_train == 0 ? 0 : 1]->origin);
    }
    FAL_TRY(take_images(sets[0], parts->n_train, &parts->train_images, &parts->train_labels));
    return take_images(sets[1], parts->n_test, &parts->test_images, &parts->test_labels);
}
