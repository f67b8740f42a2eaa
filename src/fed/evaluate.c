/* Accuracy and loss on the test set: integers per image, so that every split over ranks adds up to the same bits.
 *
 * A loss becomes whole nats and a fraction in units of 2^-32, summed apart: no sum can overflow (losses above 2^36 nats
 * count as that). */
#include "fal/fed/evaluate.h"

#include <math.h>
#include <string.h>

#include "client_internal.h"

static const double LOSS_MAX = 0x1p36;

void fal_evaluate_share(int64_t n_test, int size, int rank, int64_t *first, int64_t *count)
{
    const int64_t each = n_test / size;
    const int64_t more = n_test % size;
    *first = rank * each + (rank < more ? rank : more);
    *count = each + (rank < more ? 1 : 0);
}

/* tally: correct [classes], images [classes], whole nats, fractions. */
static void count_image(int64_t *tally, int classes, const float *logits, int label)
{
    const double loss = fmin(fal_logits_loss(logits, classes, label), LOSS_MAX);
    const double whole = floor(loss);
    tally[label] += fal_logits_argmax(logits, classes) == label;
    tally[classes + label]++;
    tally[2 * classes] += (int64_t)whole;
    tally[2 * classes + 1] += (int64_t)nearbyint((loss - whole) * 0x1p32);
}

static bool all_finite(const float *logits, int classes)
{
    bool finite = true;
    for (int c = 0; c < classes; c++) {
        finite = finite && isfinite(logits[c]);
    }
    return finite;
}

static fal_status tally_held(fal_trainer *trainer, const fal_dataset *dataset, const float *params)
{
    const int classes = dataset->classes;
    FAL_ASSERT(dataset == trainer->dataset);
    memset(trainer->tally, 0, ((size_t)classes * 2 + 2) * sizeof *trainer->tally);
    for (int64_t first = 0; first < dataset->test_held; first += trainer->chunk) {
        const int64_t left = dataset->test_held - first;
        const int64_t count = left < trainer->chunk ? left : trainer->chunk;
        fal_trainer_fill(trainer, NULL, NULL, NULL, first, count);
        fal_net_infer(trainer->net, params, trainer->x, count, trainer->logits, NULL);
        for (int64_t i = 0; i < count; i++) {
            const int64_t image = dataset->test_first + first + i;
            const float *logits = trainer->logits + (size_t)i * (size_t)classes;
            const int label = dataset->test_labels[image];
            if (!all_finite(logits, classes)) {
                return fal_fail(FAL_ERR_NUMERIC,
                                "test image %lld: the model's output is no longer finite: use a smaller --lr",
                                (long long)image);
            }
            if (label >= 0) { /* -1: no label */
                count_image(trainer->tally, classes, logits, label);
            }
        }
    }
    return FAL_OK;
}

static void conclude(const int64_t *tally, int classes, fal_evaluation *evaluation)
{
    int64_t correct = 0;
    int64_t images = 0;
    for (int c = 0; c < classes; c++) {
        evaluation->correct[c] = tally[c];
        evaluation->images[c] = tally[classes + c];
        correct += tally[c];
        images += tally[classes + c];
    }
    const double loss = (double)tally[2 * classes] + (double)tally[2 * classes + 1] * 0x1p-32;
    evaluation->accuracy = images == 0 ? NAN : (double)correct / (double)images;
    evaluation->loss = images == 0 ? NAN : loss / (double)images;
}

fal_status fal_evaluate(const fal_comm *comm, fal_trainer *trainer, const fal_dataset *dataset, const float *params,
                        fal_evaluation *evaluation)
{
    FAL_TRY(fal_comm_agree(comm, tally_held(trainer, dataset, params)));
    fal_comm_sum_int64(comm, trainer->tally, (size_t)dataset->classes * 2 + 2);
    conclude(trainer->tally, dataset->classes, evaluation);
    return FAL_OK;
}

fal_status fal_evaluate_alone(fal_trainer *trainer, const fal_dataset *dataset, const float *params,
                              fal_evaluation *evaluation)
{
    FAL_ASSERT(dataset->test_first == 0 && dataset->test_held == dataset->n_test);
    FAL_TRY(tally_held(trainer, dataset, params));
    conclude(trainer->tally, dataset->classes, evaluation);
    return FAL_OK;
}
