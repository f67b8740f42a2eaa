/* Correct answers and loss on test images, as integers per image, so that every split over ranks adds up to the same
 * bits.
 *
 * A loss becomes whole nats and a fraction in units of 2^-32, summed apart: no sum can overflow (losses above 2^36 nats
 * count as that). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/stop.h"
#include "trainer_internal.h"

static const double LOSS_MAX = 0x1p36;

/* tally: correct [classes], images [classes], whole nats, fractions. */
static void count_image(int64_t *tally, int64_t *confusion, int classes, const float *logits, int label)
{
    const int predicted = fal_logits_argmax(logits, classes);
    const double loss = fmin(fal_logits_loss(logits, classes, label), LOSS_MAX);
    const double whole = floor(loss);
    tally[label] += predicted == label;
    tally[classes + label]++;
    tally[2 * classes] += (int64_t)whole;
    tally[2 * classes + 1] += (int64_t)nearbyint((loss - whole) * 0x1p32);
    if (confusion != NULL) {
        confusion[(size_t)label * (size_t)classes + (size_t)predicted]++;
    }
}

static bool all_finite(const float *logits, int classes)
{
    bool finite = true;
    for (int c = 0; c < classes; c++) {
        finite = finite && isfinite(logits[c]);
    }
    return finite;
}

/* At most a chunk of images. */
static fal_status infer(fal_trainer *trainer, const float *params, const char *where, const int64_t *images, bool test,
                        int64_t first, int64_t count, float *logits)
{
    const int classes = trainer->dataset->classes;
    FAL_TRY(fal_stop_impatient()); /* with an FL round behind it that is saved with its evaluation only */
    fal_trainer_fill(trainer, images, NULL, NULL, first, count);
    fal_net_infer(trainer->net, params, trainer->x, count, logits, NULL);
    for (int64_t i = 0; i < count; i++) {
        if (!all_finite(logits + (size_t)i * (size_t)classes, classes)) {
            char what[80];
            (void)snprintf(what, sizeof what, "the model's output for %s image %lld", test ? "test" : "training",
                           (long long)(test ? trainer->dataset->test_first + first + i : images[i]));
            fal_trainer_start(trainer); /* the momentum is that of other weights */
            return fal_trainer_fail_loss(trainer, where, what, params);
        }
    }
    return FAL_OK;
}

fal_status fal_trainer_logits(fal_trainer *trainer, const float *params, bool test, int64_t first, int64_t count,
                              float *logits)
{
    const size_t classes = (size_t)trainer->dataset->classes;
    FAL_TRY(fal_trainer_reserve(trainer, trainer->chunk));
    for (int64_t done = 0; done < count; done += trainer->chunk) {
        const int64_t here = count - done < trainer->chunk ? count - done : trainer->chunk;
        for (int64_t i = 0; i < here; i++) {
            trainer->order[i] = first + done + i;
        }
        FAL_TRY(infer(trainer, params, "prediction", test ? NULL : trainer->order, test, first + done, here,
                      logits + (size_t)done * classes));
    }
    return FAL_OK;
}

fal_status fal_trainer_tally(fal_trainer *trainer, const fal_dataset *dataset, const float *params, const char *where,
                             int64_t *confusion, int64_t **tally)
{
    const int classes = dataset->classes;
    FAL_ASSERT(dataset == trainer->dataset);
    memset(trainer->tally, 0, ((size_t)classes * 2 + 2) * sizeof *trainer->tally);
    if (confusion != NULL) {
        memset(confusion, 0, (size_t)classes * (size_t)classes * sizeof *confusion);
    }
    for (int64_t first = 0; first < dataset->test_held; first += trainer->chunk) {
        const int64_t left = dataset->test_held - first;
        const int64_t count = left < trainer->chunk ? left : trainer->chunk;
        FAL_TRY(infer(trainer, params, where, NULL, true, first, count, trainer->logits));
        for (int64_t i = 0; i < count; i++) {
            const int64_t image = dataset->test_first + first + i;
            const float *logits = trainer->logits + (size_t)i * (size_t)classes;
            const int label = dataset->test_labels[image];
            if (label >= 0) { /* -1: no label */
                count_image(trainer->tally, confusion, classes, logits, label);
            }
        }
    }
    *tally = trainer->tally;
    return FAL_OK;
}
