/* Accuracy and loss on the test set: the integer tallies of all ranks add up to the same bits for every split. */
#include "fal/fed/evaluate.h"

#include <math.h>

void fal_evaluate_share(int64_t n_test, int size, int rank, int64_t *first, int64_t *count)
{
    fal_comm_block(n_test, size, rank, first, count);
}

/* tally: fal_trainer_tally. */
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

static const char *where_of(const fal_evaluation *evaluation)
{
    return evaluation->where != NULL ? evaluation->where : "evaluation";
}

fal_status fal_evaluate(const fal_comm *comm, fal_trainer *trainer, const fal_dataset *dataset, const float *params,
                        fal_evaluation *evaluation)
{
    const size_t classes = (size_t)dataset->classes;
    int64_t *tally = NULL;
    FAL_TRY(fal_comm_agree(
        comm, fal_trainer_tally(trainer, dataset, params, where_of(evaluation), evaluation->confusion, &tally)));
    fal_comm_sum_int64(comm, tally, classes * 2 + 2);
    if (evaluation->confusion != NULL) {
        fal_comm_sum_int64(comm, evaluation->confusion, classes * classes);
    }
    conclude(tally, dataset->classes, evaluation);
    return FAL_OK;
}

fal_status fal_evaluate_alone(fal_trainer *trainer, const fal_dataset *dataset, const float *params,
                              fal_evaluation *evaluation)
{
    int64_t *tally = NULL;
    FAL_ASSERT(dataset->test_first == 0 && dataset->test_held == dataset->n_test);
    FAL_TRY(fal_trainer_tally(trainer, dataset, params, where_of(evaluation), evaluation->confusion, &tally));
    conclude(tally, dataset->classes, evaluation);
    return FAL_OK;
}
