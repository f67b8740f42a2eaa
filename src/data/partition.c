/* Which client holds which image: the balanced Dirichlet partition with exact margins (algorithms.md section 2). */
#include "fal/data/partition.h"

#include <string.h>

#include "fal/base/memory.h"
#include "fal/base/random.h"
#include "class_counts.h"
#include "partition_internal.h"

fal_status fal_partition_counts(uint64_t seed, double alpha, int clients, int classes, const int64_t *class_counts,
                                int64_t *counts)
{
    FAL_ASSERT(clients >= 1 && classes >= 1 && alpha > 0);
    fal_partition_shape shape = {
        .clients = clients, .classes = classes, .class_counts = class_counts, .seed = seed, .alpha = alpha};
    for (int c = 0; c < classes; c++) {
        shape.total += class_counts[c];
    }
    if (shape.total < clients) {
        return fal_fail(FAL_ERR_USAGE,
                        "--clients %d: there are only %lld images to deal out: use at most as many clients", clients,
                        (long long)shape.total);
    }
    double *m = NULL;
    FAL_TRY(fal_alloc(&m, (size_t)clients * (size_t)classes, sizeof *m, "partition"));
    fal_status status = fal_partition_fit(&shape, m, NULL);
    if (status == FAL_OK) {
        status = fal_partition_round(&shape, m, counts);
    }
    fal_free(m);
    return status;
}

/* Step 5: the images of one class, shuffled, go to the clients in order. `images` is scratch for all of the class. */
static void deal_class(uint64_t seed, int class_number, int clients, int classes, const int16_t *labels, int64_t n,
                       const int64_t *counts, int64_t *images, int32_t *client_of)
{
    const fal_rng rng = {.seed = seed, .purpose = FAL_RNG_PARTITION, .fl_round = 1, .epoch = (uint32_t)class_number};
    const int64_t count = fal_class_images(labels, n, class_number, images);
    fal_rng_shuffle(&rng, images, count);
    int64_t at = 0;
    for (int k = 0; k < clients; k++) {
        for (int64_t left = counts[(int64_t)k * classes + class_number]; left > 0; left--) {
            client_of[images[at++]] = k;
        }
    }
    FAL_ASSERT(at == count);
}

fal_status fal_partition_make(uint64_t seed, double alpha, int clients, int classes, const int16_t *labels, int64_t n,
                              int32_t *client_of, int64_t *counts)
{
    int64_t *class_counts = NULL;
    int64_t *images = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&class_counts, (size_t)classes, sizeof *class_counts, "partition"));
    for (int64_t i = 0; i < n; i++) {
        FAL_ASSERT(labels[i] >= -1 && labels[i] < classes);
        if (labels[i] >= 0) {
            class_counts[labels[i]]++;
        }
    }
    FAL_TRY_GOTO(fal_partition_counts(seed, alpha, clients, classes, class_counts, counts));
    FAL_TRY_GOTO(fal_alloc(&images, (size_t)n, sizeof *images, "partition"));
    for (int64_t i = 0; i < n; i++) {
        client_of[i] = -1;
    }
    for (int c = 0; c < classes; c++) {
        deal_class(seed, c, clients, classes, labels, n, counts, images, client_of);
    }
done:
    fal_free(images);
    fal_free(class_counts);
    return status;
}
