/* Images that occur more than once: counted, since a test image that is a training image, too, flatters every model,
 * and equal images with different labels cannot be learned. */
#include <string.h>

#include "import_internal.h"

#include "fal/base/memory.h"
#include "fal/base/sort.h"

typedef struct {
    const fal_dataset_parts *parts;
    size_t pixels;
    int64_t n; /* training images, then test images */
} all_images;

static const uint8_t *image_at(const all_images *all, int64_t i)
{
    const fal_dataset_parts *parts = all->parts;
    return i < parts->n_train ? parts->train_images + (size_t)i * all->pixels
                              : parts->test_images + (size_t)(i - parts->n_train) * all->pixels;
}

static int label_at(const all_images *all, int64_t i)
{
    const fal_dataset_parts *parts = all->parts;
    return i < parts->n_train ? parts->train_labels[i] : parts->test_labels[i - parts->n_train];
}

/** FNV-1a over eight bytes at a time, 52 bits of it: what a double holds exactly. Equal values are compared by bytes.
 */
static double mark_of(const uint8_t *image, size_t pixels)
{
    uint64_t hash = 0xcbf29ce484222325U;
    for (size_t at = 0; at < pixels; at += sizeof hash) {
        uint64_t word = 0;
        memcpy(&word, image + at, pixels - at < sizeof word ? pixels - at : sizeof word);
        hash = (hash ^ word) * 0x100000001b3U;
        hash ^= hash >> 29;
    }
    return (double)(hash >> 12);
}

typedef struct {
    int64_t training, test, contradictions;
} equal_counts;

/** order[first..last-1] have one mark: each image is compared with those before it; the first equal one counts. */
static void count_group(const all_images *all, const int64_t *order, int64_t first, int64_t last, equal_counts *counts)
{
    enum { COMPARED_MOST = 64 }; /* of a thousand equal images the first is found at once */
    for (int64_t i = first + 1; i < last; i++) {
        const int64_t from = i - first > COMPARED_MOST ? i - COMPARED_MOST : first;
        int64_t same = first;
        if (memcmp(image_at(all, order[i]), image_at(all, order[first]), all->pixels) != 0) {
            for (same = from; same < i; same++) {
                if (memcmp(image_at(all, order[i]), image_at(all, order[same]), all->pixels) == 0) {
                    break;
                }
            }
        }
        if (same == i) {
            continue;
        }
        const int a = label_at(all, order[i]);
        const int b = label_at(all, order[same]);
        counts->training += order[i] < all->parts->n_train;
        counts->test += order[i] >= all->parts->n_train && order[same] < all->parts->n_train;
        counts->contradictions += a >= 0 && b >= 0 && a != b;
    }
}

static void add_note(const equal_counts *counts, fal_text *notes)
{
    if (counts->training > 0) {
        fal_text_add(notes, "training images equal to an earlier one: %lld\n", (long long)counts->training);
    }
    if (counts->test > 0) {
        fal_text_add(notes, "test images that are training images, too: %lld\n", (long long)counts->test);
    }
    if (counts->contradictions > 0) {
        fal_text_add(notes, "equal images with different labels: %lld\n", (long long)counts->contradictions);
    }
}

fal_status fal_import_note_equal(const fal_dataset_parts *parts, fal_text *notes)
{
    const all_images all = {parts, (size_t)parts->h * (size_t)parts->w * (size_t)parts->c,
                            parts->n_train + parts->n_test};
    equal_counts counts = {0};
    double *marks = NULL;
    int64_t *order = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&marks, (size_t)all.n, sizeof *marks, "marks of images"));
    FAL_TRY_GOTO(fal_alloc(&order, (size_t)all.n, sizeof *order, "order of images"));
    for (int64_t i = 0; i < all.n; i++) {
        marks[i] = mark_of(image_at(&all, i), all.pixels);
    }
    FAL_TRY_GOTO(fal_sort_rising(marks, order, all.n));
    for (int64_t first = 0; first < all.n;) {
        int64_t last = first + 1;
        while (last < all.n && marks[order[last]] == marks[order[first]]) {
            last++;
        }
        count_group(&all, order, first, last, &counts);
        first = last;
    }
    add_note(&counts, notes);
    status = fal_text_status(notes);
done:
    fal_free(order);
    fal_free(marks);
    return status;
}
