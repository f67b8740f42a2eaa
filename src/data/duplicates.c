/* Equal images: sorted by a hash of their pixels, then compared byte by byte where hashes are equal. */
#include "fal/data/duplicates.h"

#include <stdlib.h>
#include <string.h>

#include "fal/base/memory.h"

typedef struct {
    uint64_t hash;
    int64_t image; /* training images first, then test images */
} entry;

typedef struct {
    const fal_dataset_parts *parts;
    size_t bytes; /* of an image */
} images;

static const uint8_t *pixels(const images *all, int64_t image)
{
    const fal_dataset_parts *p = all->parts;
    return image < p->n_train ? p->train_images + (size_t)image * all->bytes
                              : p->test_images + (size_t)(image - p->n_train) * all->bytes;
}

/** Any function of the pixels would do; the constants are those of FNV-1a, over words of 8 bytes. */
static uint64_t hash_of(const uint8_t *bytes, size_t count)
{
    uint64_t hash = 0xcbf29ce484222325U;
    size_t at = 0;
    for (; at + 8 <= count; at += 8) {
        uint64_t word = 0;
        memcpy(&word, bytes + at, 8);
        hash = (hash ^ word) * 0x100000001b3U;
        hash ^= hash >> 29;
    }
    for (; at < count; at++) {
        hash = (hash ^ bytes[at]) * 0x100000001b3U;
    }
    return hash;
}

static int by_content(const void *a, const void *b, void *context)
{
    const entry *x = a;
    const entry *y = b;
    const images *all = context;
    if (x->hash != y->hash) {
        return x->hash < y->hash ? -1 : 1;
    }
    const int order = memcmp(pixels(all, x->image), pixels(all, y->image), all->bytes);
    return order != 0 ? order : (x->image > y->image) - (x->image < y->image);
}

fal_status fal_duplicates_count(const fal_dataset_parts *parts, fal_duplicates *found)
{
    images all = {parts, (size_t)parts->h * (size_t)parts->w * (size_t)parts->c};
    const int64_t n = parts->n_train + parts->n_test;
    entry *entries = NULL;
    *found = (fal_duplicates){0};
    FAL_TRY(fal_alloc(&entries, (size_t)n, sizeof *entries, "comparison of images"));
    for (int64_t i = 0; i < n; i++) {
        entries[i] = (entry){hash_of(pixels(&all, i), all.bytes), i};
    }
    if (n > 1) {
        qsort_r(entries, (size_t)n, sizeof *entries, by_content, &all);
    }
    for (int64_t first = 0, i = 1; i < n; i++) { /* first: the lowest of the images that are equal */
        const entry *this = &entries[i];
        if (this->hash != entries[first].hash ||
            memcmp(pixels(&all, this->image), pixels(&all, entries[first].image), all.bytes) != 0) {
            first = i;
            continue;
        }
        const bool is_test = this->image >= parts->n_train;
        found->train += !is_test;
        found->test += is_test && entries[i - 1].image >= parts->n_train;
        found->shared += is_test && entries[first].image < parts->n_train;
    }
    fal_free(entries);
    return FAL_OK;
}
