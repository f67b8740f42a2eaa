/* What people should look at after an import: class counts, and what may be a mistake in labels, pixels or constants.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "class_counts.h"
#include "import_internal.h"

#include "fal/base/memory.h"

enum { LINES_MOST = 40, NAMED_MOST = 8 };

/* ---- classes --------------------------------------------------------------------------------------------------- */

/** "0 (airplane), 7 (horse)": the first classes without an image; their number. */
static int list_empty(const fal_dataset_parts *parts, const fal_class_counts *counts, char *text, size_t size)
{
    int empty = 0;
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < parts->classes; i++) {
        char number[16];
        if (counts->of_class[i] > 0 || empty++ >= NAMED_MOST || used >= size) {
            continue;
        }
        (void)snprintf(number, sizeof number, "%d", i);
        const bool named = strcmp(number, parts->class_names[i]) != 0;
        used += (size_t)snprintf(text + used, size - used, "%s%d%s%s%s", used > 0 ? ", " : "", i, named ? " (" : "",
                                 named ? parts->class_names[i] : "", named ? ")" : "");
    }
    if (empty > NAMED_MOST && used < size) {
        (void)snprintf(text + used, size - used, ", ...");
    }
    return empty;
}

static void warn_of_empty(const fal_dataset_parts *parts, const fal_class_counts *train, const fal_class_counts *test,
                          fal_text *warnings)
{
    static const char *const sets[2] = {" training", " test"};
    const fal_class_counts *const counts[2] = {train, test};
    char lists[2][1024];
    int empty[2];
    for (int i = 0; i < 2; i++) {
        empty[i] = list_empty(parts, counts[i], lists[i], sizeof lists[i]);
    }
    const bool same = empty[0] == empty[1] && strcmp(lists[0], lists[1]) == 0;
    for (int i = 0; i < (same ? 1 : 2); i++) {
        if (empty[i] > 0) {
            fal_text_add(warnings, "%d of %d classes %s no%s images: %s\n", empty[i], parts->classes,
                         empty[i] == 1 ? "has" : "have", same ? "" : sets[i], lists[i]);
        }
    }
}

static void warn_of_classes(uint32_t takes, const fal_dataset_parts *parts, const fal_class_counts *train,
                            const fal_class_counts *test, fal_text *warnings)
{
    int first = 0;
    int used = 0;
    for (int i = 0; i < parts->classes; i++) {
        used += train->of_class[i] > 0;
        first = used > 0 ? first : i + 1;
    }
    if (first > 0 && first < parts->classes && test->of_class[0] == 0 && (takes & FAL_IMPORT_BIT(LABEL_OFFSET)) != 0) {
        fal_text_add(warnings, "class 0 is empty, labels start at %d: --label-offset %d\n", first, first);
        return;
    }
    if (used == 1) {
        fal_text_add(warnings, "all labelled training images are of one class: there is nothing to learn\n");
    }
    warn_of_empty(parts, train, test, warnings);
}

/* ---- pixels and constants -------------------------------------------------------------------------------------- */

typedef struct {
    int64_t count[256];
} histogram;

static void take_histogram(const fal_dataset_parts *parts, int channel, histogram *h)
{
    const int64_t pixels = parts->n_train * parts->h * parts->w;
    memset(h, 0, sizeof *h);
    for (int64_t i = 0; i < pixels; i++) {
        h->count[parts->train_images[i * parts->c + channel]]++;
    }
}

/** Of pixels / 255. */
static void take_moments(const histogram *h, double *mean, double *std, int *largest)
{
    double count = 0;
    double sum = 0;
    double squares = 0;
    *largest = 0;
    for (int v = 0; v < 256; v++) {
        const double share = (double)v / 255;
        count += (double)h->count[v];
        sum += share * (double)h->count[v];
        squares += share * share * (double)h->count[v];
        *largest = h->count[v] > 0 ? v : *largest;
    }
    *mean = sum / count;
    *std = sqrt(fmax(0, squares / count - *mean * *mean));
}

/** Networks expect numbers around 0 and about as large as 1. */
static void warn_of_pixels(const fal_dataset_parts *parts, fal_text *warnings)
{
    static const double far_away = 4;
    static const double flat = 0.1;
    static const double steep = 10;
    for (int i = 0; i < parts->c; i++) {
        histogram h;
        double mean = 0;
        double std = 0;
        int largest = 0;
        take_histogram(parts, i, &h);
        take_moments(&h, &mean, &std, &largest);
        if (largest <= 1) {
            fal_text_add(warnings,
                         "no training pixel is above %d of 255: were real numbers from 0 to 1 made whole "
                         "numbers? multiply by 255 first\n",
                         largest);
            return;
        }
        const double shifted = (mean - (double)parts->mean[i]) / (double)parts->std[i];
        const double scaled = std / (double)parts->std[i];
        if (fabs(shifted) > far_away || scaled < flat || scaled > steep) {
            fal_text_add(warnings,
                         "the pixels of channel %d have mean %.3f and standard deviation %.3f (of pixels / 255), "
                         "but the constants are %.3f and %.3f: give --mean and --std\n",
                         i, mean, std, (double)parts->mean[i], (double)parts->std[i]);
            return;
        }
    }
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

fal_status fal_import_remark(uint32_t takes, const fal_dataset_parts *parts, fal_import_remarks *remarks)
{
    fal_class_counts *counts = NULL;
    FAL_TRY(fal_alloc(&counts, 2, sizeof *counts, "class counts"));
    fal_class_counts_take(&counts[0], parts->train_labels, parts->n_train);
    fal_class_counts_take(&counts[1], parts->test_labels, parts->n_test);
    fal_class_counts_add(parts->class_names[0], parts->classes, &counts[0], &counts[1], LINES_MOST, &remarks->notes);
    warn_of_classes(takes, parts, &counts[0], &counts[1], &remarks->warnings);
    warn_of_pixels(parts, &remarks->warnings);
    fal_free(counts);
    FAL_TRY(fal_text_status(&remarks->warnings));
    return fal_import_note_equal(parts, &remarks->notes);
}
