/* Long tail: class counts that fall exponentially from the head (class 0) to the tail. */
#include "fal/data/longtail.h"

#include <math.h>

#include "fal/base/memory.h"
#include "fal/base/random.h"
#include "class_counts.h"

void fal_longtail_counts(double rho, int classes, const int64_t *class_counts, int64_t *kept)
{
    int64_t total = 0;
    for (int c = 0; c < classes; c++) {
        total += class_counts[c];
    }
    const double head = (double)total / (double)classes;
    for (int c = 0; c < classes; c++) {
        const double share = classes > 1 ? pow(1.0 / rho, (double)c / (double)(classes - 1)) : 1.0;
        const int64_t most = (int64_t)(head * share);
        kept[c] = rho > 1 && classes > 1 && most < class_counts[c] ? most : class_counts[c];
    }
}

/* All but `kept` images of the class lose their label; `images` is scratch for the class. */
static void cut_class(uint64_t seed, int class_number, int64_t kept, int16_t *labels, int64_t n, int64_t *images)
{
    const fal_rng rng = {.seed = seed, .purpose = FAL_RNG_LONG_TAIL, .epoch = (uint32_t)class_number};
    const int64_t count = fal_class_images(labels, n, class_number, images);
    fal_rng_shuffle(&rng, images, count);
    for (int64_t i = kept; i < count; i++) {
        labels[images[i]] = -1;
    }
}

fal_status fal_longtail_make(uint64_t seed, double rho, int classes, const int16_t *labels, int64_t n,
                             int16_t *kept_labels)
{
    FAL_ASSERT(rho >= 1 && classes >= 1);
    int64_t *class_counts = NULL;
    int64_t *kept = NULL;
    int64_t *images = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&class_counts, (size_t)classes, sizeof *class_counts, "long tail"));
    FAL_TRY_GOTO(fal_alloc(&kept, (size_t)classes, sizeof *kept, "long tail"));
    FAL_TRY_GOTO(fal_alloc(&images, (size_t)n, sizeof *images, "long tail"));
    for (int64_t i = 0; i < n; i++) {
        FAL_ASSERT(labels[i] >= -1 && labels[i] < classes);
        if (labels[i] >= 0) {
            class_counts[labels[i]]++;
        }
    }
    fal_longtail_counts(rho, classes, class_counts, kept);
    for (int64_t i = 0; i < n; i++) {
        kept_labels[i] = labels[i];
    }
    for (int c = 0; c < classes; c++) {
        cut_class(seed, c, kept[c], kept_labels, n, images);
    }
done:
    fal_free(images);
    fal_free(kept);
    fal_free(class_counts);
    return status;
}

double fal_longtail_rho(const int64_t *class_counts, int classes)
{
    int64_t least = INT64_MAX;
    int64_t most = 0;
    for (int c = 0; c < classes; c++) {
        least = class_counts[c] < least ? class_counts[c] : least;
        most = class_counts[c] > most ? class_counts[c] : most;
    }
    return least > 0 ? (double)most / (double)least : INFINITY;
}
