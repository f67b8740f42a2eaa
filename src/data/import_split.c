/* A test set for data that come without one: a share of each class, drawn by address. */
#include <math.h>
#include <string.h>

#include "class_counts.h"
#include "image_names_internal.h"
#include "import_internal.h"

#include "fal/base/memory.h"
#include "fal/base/random.h"

/** take[c] images of the have[c] of class c, `wanted` in all where the classes can give them. */
static void share_out(const int64_t *have, int classes, int64_t wanted, int64_t *take)
{
    int64_t all = 0;
    int64_t taken = 0;
    for (int c = 0; c < classes; c++) {
        all += have[c];
    }
    for (int c = 0; c < classes; c++) {
        take[c] = all > 0 ? wanted * have[c] / all : 0; /* at most 1e8 * 1e8 */
        take[c] -= take[c] > 0 && take[c] == have[c];
        taken += take[c];
    }
    while (taken < wanted) {
        int best = -1;
        int64_t best_rest = 0;
        for (int c = 0; c < classes; c++) {
            const int64_t rest = wanted * have[c] - take[c] * all; /* of the part that was cut off, times all */
            if (take[c] < have[c] - 1 && (best < 0 || rest > best_rest)) {
                best = c;
                best_rest = rest;
            }
        }
        if (best < 0) {
            return;
        }
        take[best]++;
        taken++;
    }
}

/** in_test[image] for take[c] images of each class, by a shuffle of the class's images. */
static fal_status draw(const fal_dataset_parts *parts, uint64_t seed, const int64_t *take, uint8_t *in_test)
{
    int64_t *items = NULL;
    FAL_TRY(fal_alloc(&items, (size_t)parts->n_train, sizeof *items, "test set"));
    for (int c = 0; c < parts->classes; c++) {
        const fal_rng rng = {.seed = seed, .purpose = FAL_RNG_TEST_SET, .client = (uint32_t)c};
        if (take[c] > 0) {
            fal_rng_shuffle(&rng, items, fal_class_images(parts->train_labels, parts->n_train, c, items));
        }
        for (int64_t i = 0; i < take[c]; i++) {
            in_test[items[i]] = 1;
        }
    }
    fal_free(items);
    return FAL_OK;
}

/** Move the chosen images into arrays of their own; the others close up. */
static fal_status move(const uint8_t *in_test, int64_t n_test, fal_dataset_parts *parts)
{
    const size_t pixels = (size_t)parts->h * (size_t)parts->w * (size_t)parts->c;
    int64_t kept = 0;
    int64_t moved = 0;
    fal_free(parts->test_images);
    fal_free(parts->test_labels);
    parts->test_images = NULL;
    parts->test_labels = NULL;
    FAL_TRY(fal_alloc(&parts->test_images, (size_t)n_test, pixels, "test images"));
    FAL_TRY(fal_alloc(&parts->test_labels, (size_t)n_test, sizeof *parts->test_labels, "test labels"));
    for (int64_t i = 0; i < parts->n_train; i++) {
        const uint8_t *image = parts->train_images + (size_t)i * pixels;
        if (in_test[i]) {
            memcpy(parts->test_images + (size_t)moved * pixels, image, pixels);
            parts->test_labels[moved++] = parts->train_labels[i];
        } else {
            memmove(parts->train_images + (size_t)kept * pixels, image, pixels);
            parts->train_labels[kept] = parts->train_labels[i];
            if (parts->train_site != NULL) {
                parts->train_site[kept] = parts->train_site[i];
            }
            kept++;
        }
    }
    FAL_TRY(fal_image_names_split(in_test, parts));
    parts->n_train = kept;
    parts->n_test = moved;
    return FAL_OK;
}

fal_status fal_import_split(double share, uint64_t seed, fal_dataset_parts *parts)
{
    int64_t have[FAL_CLASSES_MAX] = {0};
    int64_t take[FAL_CLASSES_MAX] = {0};
    int64_t labelled = 0;
    int64_t n_test = 0;
    uint8_t *in_test = NULL;
    for (int64_t i = 0; i < parts->n_train; i++) {
        if (parts->train_labels[i] >= 0) {
            have[parts->train_labels[i]]++;
            labelled++;
        }
    }
    share_out(have, parts->classes, (int64_t)floor(share * (double)labelled + 0.5), take);
    for (int c = 0; c < parts->classes; c++) {
        n_test += take[c];
    }
    if (n_test < 1 || n_test >= parts->n_train) {
        return fal_fail(FAL_ERR_INPUT,
                        "--test-share %g: gives %lld test images of %lld labelled ones: give another share", share,
                        (long long)n_test, (long long)labelled);
    }
    FAL_TRY(fal_alloc(&in_test, (size_t)parts->n_train, 1, "test set"));
    fal_status status = draw(parts, seed, take, in_test);
    if (status == FAL_OK) {
        status = move(in_test, n_test, parts);
    }
    fal_free(in_test);
    return status;
}
