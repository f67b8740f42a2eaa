/* A client: its images, its local training in FL, and its local-only model (algorithms.md section 3). */
#ifndef FAL_FED_CLIENT_H
#define FAL_FED_CLIENT_H

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
} fal_train_settings;

/** Workspace of a rank, shared by its clients in turn. Keeps `model` and `dataset`, copies `settings`. */
typedef struct fal_trainer fal_trainer;
fal_status fal_trainer_create(const fal_model *model, const fal_dataset *dataset, const fal_train_settings *settings,
                              fal_kernels kernels, fal_trainer **trainer);
void fal_trainer_destroy(fal_trainer *trainer);
size_t fal_trainer_bytes(const fal_model *model, const fal_train_settings *settings, fal_kernels kernels);
fal_net *fal_trainer_net(fal_trainer *trainer); /* also good for inference */

/** What an FL algorithm adds to plain SGD in local training; NULL members do nothing. */
typedef struct {
    const float *anchor; /* FedProx: adds mu (w - anchor) to the gradient of trained parameters */
    double mu;
    const float *correction; /* SCAFFOLD: w := w - lr * correction after each step */
    size_t correction_count; /* floats of it: fal_model_trained, or fal_model_size for running statistics too */
} fal_local_extra;

typedef struct {
    double loss;   /* mean over epochs of the mean batch loss, with FedProx's penalty */
    int64_t steps; /* optimiser steps */
    double seconds;
} fal_local_outcome;

/** FL local training of client `client` from params (in: global weights; out: local weights [size]) on its labelled
 *  images. Fresh momentum. No labelled image: nothing happens, loss NaN. fl_round counts from 0.
 *  FAL_ERR_NUMERIC if a batch loss is not finite. */
fal_status fal_client_train(fal_trainer *trainer, const fal_pool *pool, uint32_t client, uint32_t al_round,
                            uint32_t fl_round, double lr, const fal_local_extra *extra, float *params,
                            fal_local_outcome *outcome);

/** Local-only model L: fresh random weights (FAL_RNG_LOCAL_INIT, the same for all clients of an AL round), or from
 *  `start` if not NULL ("finetuned"); up to local_only_epochs epochs; stops at local_only_stop accuracy on the labelled
 *  images. params [size] out. *epochs: run. *accuracy: last taken. No labelled image: the start, 0 epochs, NaN.
 *  FAL_ERR_NUMERIC if a batch loss is not finite. */
fal_status fal_client_train_local_only(fal_trainer *trainer, const fal_pool *pool, uint32_t client, uint32_t al_round,
                                       const float *start, float *params, int *epochs, double *accuracy);

/** lr for FL round t of T (0-based): decayed once t > floor(milestone * T). */
double fal_fed_learning_rate(const fal_train_settings *settings, int t, int rounds);

#endif
