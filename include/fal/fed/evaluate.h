/* Accuracy of a model on the test set, spread over the ranks of a group, the same bits for any number of them. */
#ifndef FAL_FED_EVALUATE_H
#define FAL_FED_EVALUATE_H

#include "fal/comm/comm.h"
#include "fal/train/trainer.h"

typedef struct {
    double accuracy;    /* correct / images */
    double loss;        /* mean cross-entropy over images, as a sum of fixed-point integers: exact over ranks */
    const char *where;  /* for messages, the caller's: whose model, and when; NULL: not said */
    int64_t *correct;   /* [classes], the caller's */
    int64_t *images;    /* [classes], the caller's */
    int64_t *confusion; /* [true class][predicted class] images, the caller's; NULL: not asked for, as it takes as many
                           numbers as there are pairs of classes, on every rank */
} fal_evaluation;

/** This rank's share of the test set: first image and count, for fal_dataset_load. */
void fal_evaluate_share(int64_t n_test, int size, int rank, int64_t *first, int64_t *count);
/** Evaluate on the test images that the dataset holds here (fal_evaluate_share). Not finite logits: FAL_ERR_NUMERIC,
 *  agreed. Collective. */
fal_status fal_evaluate(const fal_comm *comm, fal_trainer *trainer, const fal_dataset *dataset, const float *params,
                        fal_evaluation *evaluation);
/** The same for one model on the whole test set on this rank alone, e.g. a local-only model. Needs all test images
 * held. Not collective. */
fal_status fal_evaluate_alone(fal_trainer *trainer, const fal_dataset *dataset, const float *params,
                              fal_evaluation *evaluation);

#endif
