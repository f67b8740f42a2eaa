/* One client's training: local training in FL, and its local-only model (algorithms.md section 3). No MPI. */
#ifndef FAL_TRAIN_TRAINER_H
#define FAL_TRAIN_TRAINER_H

#include "fal/data/dataset.h"
#include "fal/data/pool.h"
#include "fal/nn/net.h"

/** How a local model is trained; the same for all clients of a trial. */
typedef struct {
    uint64_t seed;
    int epochs, batch;
    double momentum, weight_decay;
    bool flip;
    /* local-only training */
    double lr, lr_decay, lr_milestone; /* also the FL schedule: fal_fed_learning_rate */
    int local_only_epochs;
    double local_only_stop;
    bool local_only_steps_are_batches; /* milestone counts batches instead of epochs */
    bool local_only_stop_augment;      /* flip the images of the stop test, as the authors' program does */
    double loss_bound;                 /* of fal_trainer_check_loss; 0: any loss may be */
} fal_train_settings;

/** Workspace of a rank, shared by its clients in turn. Keeps `model` and `dataset`, copies `settings`. */
typedef struct fal_trainer fal_trainer;
fal_status fal_trainer_create(const fal_model *model, const fal_dataset *dataset, const fal_train_settings *settings,
                              fal_kernels kernels, fal_trainer **trainer);
void fal_trainer_destroy(fal_trainer *trainer);
size_t fal_trainer_bytes(const fal_model *model, const fal_train_settings *settings, fal_kernels kernels);
fal_net *fal_trainer_net(fal_trainer *trainer); /* also good for inference */

/** What an FL algorithm adds to plain SGD in local training; NULL functions do nothing. */
typedef struct {
    void *state; /* first argument of the functions */
    /** Add to the gradient of the `count` trained parameters w; returns what the loss gains. */
    double (*add_to_gradient)(void *state, float *gradient, const float *w, size_t count);
    /** After an optimiser step: w [fal_model_size], and the step's learning rate. */
    void (*after_step)(void *state, float *w, float lr);
} fal_local_extra;

typedef struct {
    double loss;   /* mean over epochs of the mean batch loss, with what the algorithm adds */
    int64_t steps; /* optimiser steps */
    double seconds;
} fal_local_outcome;

/** FL local training of client `client` from params (in: global weights; out: local weights [size]) on its labelled
 *  images. Fresh momentum. No labelled image: nothing happens, loss NaN. fl_round counts from 0.
 *  FAL_ERR_NUMERIC if a loss, a weight or a batch statistic is not finite, or the loss is above the bound: names the
 *  client, the rounds and the tensor; FAL_STOPPED between two batches (fal_stop_inside). */
fal_status fal_client_train(fal_trainer *trainer, const fal_pool *pool, uint32_t client, uint32_t al_round,
                            uint32_t fl_round, double lr, const fal_local_extra *extra, float *params,
                            fal_local_outcome *outcome);

/** Local-only model L: fresh random weights (FAL_RNG_LOCAL_INIT, the same for all clients of an AL round), or from
 *  `start` if not NULL ("finetuned"); up to local_only_epochs epochs; stops at local_only_stop accuracy on the labelled
 *  images. params [size] out. *epochs: run. *accuracy: last taken. No labelled image: the start, 0 epochs, NaN.
 *  FAL_ERR_NUMERIC as above; FAL_STOPPED between two batches (fal_stop_inside). */
fal_status fal_client_train_local_only(fal_trainer *trainer, const fal_pool *pool, uint32_t client, uint32_t al_round,
                                       const float *start, float *params, int *epochs, double *accuracy);

/** FAL_ERR_NUMERIC if a mean loss is above loss_bound x ln C, which training that works does not reach; of a test loss
 *  above loss_bound^2 x ln C, since running statistics are far behind the weights after few large steps. NaN is not.
 *  where: for messages. */
fal_status fal_trainer_check_loss(const fal_trainer *trainer, const char *where, bool test, double loss,
                                  const float *params);

/** Counts over the test images that the dataset holds here, in inference mode: *tally [2 classes + 2], the trainer's
 * until the next call: correct answers per class, images per class, then the loss: whole nats, and units of 2^-32 nats.
 *  confusion [true class][predicted class] out: images; may be NULL. Images without a label do not count.
 *  where: for messages. FAL_ERR_NUMERIC: an output is not finite. FAL_STOPPED (fal_stop_inside). */
fal_status fal_trainer_tally(fal_trainer *trainer, const fal_dataset *dataset, const float *params, const char *where,
                             int64_t *confusion, int64_t **tally);

/** Logits [count][classes] in inference mode of training images first .. first+count-1 (all of them held), or of held
 *  test images counted from the first one that is held. FAL_ERR_NUMERIC: one is not finite. */
fal_status fal_trainer_logits(fal_trainer *trainer, const float *params, bool test, int64_t first, int64_t count,
                              float *logits);

/** lr for FL round t of T (0-based): decayed once t > floor(milestone * T). */
double fal_fed_learning_rate(const fal_train_settings *settings, int t, int rounds);

#endif
