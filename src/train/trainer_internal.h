/* What the files of this layer share of a trainer: its workspace, one epoch of training, accuracy on given images. */
#ifndef FAL_TRAIN_TRAINER_INTERNAL_H
#define FAL_TRAIN_TRAINER_INTERNAL_H

#include "fal/base/memory.h"
#include "fal/base/random.h"
#include "fal/data/batch.h"
#include "fal/train/trainer.h"

enum { FAL_TRAINER_WHERE = 128 };

/** Order of the images of one epoch, instead of the drawn one: for tests against numbers with given orders. */
typedef void fal_order_hook(void *context, const fal_rng *address, int64_t *order, int64_t n);

struct fal_trainer {
    const fal_model *model;
    const fal_dataset *dataset;
    fal_train_settings settings;
    fal_pixel_table pixel_table;
    fal_net *net;
    fal_arena arena;
    float *x;        /* [chunk][h][w][c] */
    int32_t *labels; /* [batch] */
    float *gradient; /* [trained] */
    float *velocity; /* [trained] */
    float *logits;   /* [chunk][classes] */
    int64_t *tally;  /* [2 classes + 2], evaluation's counts */
    int chunk;       /* images that x holds: a batch, or what inference takes at once */
    size_t pixels;   /* bytes of an image */
    int64_t *order;  /* [order_room], grown on demand */
    int64_t order_room;
    fal_order_hook *order_hook; /* NULL: drawn */
    void *order_context;
};

/** Local training of one client from one start. */
typedef struct {
    const int64_t *images; /* dataset indices of the labelled images, in the order of purchase */
    int64_t n;
    const fal_local_extra *extra; /* may be NULL */
    double lr, lr_after;          /* before and from optimiser step `milestone` (0-based) on */
    int64_t milestone;
    int64_t steps;                 /* in, out: optimiser steps so far */
    double loss_sum;               /* in, out: of their batch losses, without what the algorithm adds */
    char where[FAL_TRAINER_WHERE]; /* "client 3, AL round 2, FL round 7", for messages */
} fal_local_run;

/** Room for the order of n images. */
fal_status fal_trainer_reserve(fal_trainer *trainer, int64_t n);
/** Fresh momentum. */
void fal_trainer_start(fal_trainer *trainer);
/** FAL_ERR_NUMERIC if a weight or a batch statistic [fal_model_size] is not finite: names the first tensor. */
fal_status fal_trainer_check_params(const fal_trainer *trainer, const char *where, const float *params);
/** The same; if all are finite, FAL_ERR_NUMERIC for `what` ("the training loss"), which is not. */
fal_status fal_trainer_fail_loss(const fal_trainer *trainer, const char *where, const char *what, const float *params);

/** One epoch over the run's images: order and (NULL: no) flips by their addresses; *loss out: mean of the batch losses,
 *  with what the algorithm adds. FAL_ERR_NUMERIC if a loss is not finite; FAL_STOPPED between two batches
 *  (fal_stop_inside). */
fal_status fal_trainer_epoch(fal_trainer *trainer, fal_local_run *run, const fal_rng *order, const fal_rng *flips,
                             float *params, double *loss);
/** The run is over: FAL_ERR_NUMERIC if it diverged. */
fal_status fal_trainer_finish(const fal_trainer *trainer, const fal_local_run *run, const float *params);
/** *accuracy: share of the images whose label is predicted in inference mode; flips as above, by position in `images`.
 *  FAL_STOPPED (fal_stop_inside). */
fal_status fal_trainer_accuracy(fal_trainer *trainer, const float *params, const int64_t *images, int64_t n,
                                const fal_rng *flips, double *accuracy);

/** x := `count` images: training images images[order[i]] (order NULL: images[i]), flipped by address and position
 *  first + i; or, with images NULL, the test images held here from number `first`. */
void fal_trainer_fill(fal_trainer *trainer, const int64_t *images, const int64_t *order, const fal_rng *flips,
                      int64_t first, int64_t count);

#endif
