/* The local-only model L of a client: trained on its own labelled images alone (algorithms.md section 3).
 *
 * The learning rate drops at milestone floor(lr_milestone * epochs), counted in optimiser steps or in epochs: the
 * authors' program steps its schedule once per batch, which is what the published numbers come from. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "trainer_internal.h"

static fal_rng address(const fal_trainer *trainer, fal_purpose purpose, uint32_t al_round, uint32_t client, int epoch)
{
    return (fal_rng){.seed = trainer->settings.seed,
                     .purpose = purpose,
                     .al_round = al_round,
                     .client = client,
                     .epoch = (uint32_t)epoch};
}

fal_status fal_client_train_local_only(fal_trainer *trainer, const fal_pool *pool, uint32_t client, uint32_t al_round,
                                       const float *start, float *params, int *epochs, double *accuracy)
{
    const fal_train_settings *settings = &trainer->settings;
    const int64_t milestone = (int64_t)floor(settings->lr_milestone * settings->local_only_epochs + 1e-9);
    const bool flip_stop_test = settings->flip && settings->local_only_stop_augment;
    const double decayed = settings->lr * settings->lr_decay;
    fal_local_run run = {.images = pool->labelled,
                         .n = pool->labelled_count,
                         .lr = settings->lr,
                         .lr_after = decayed,
                         .milestone = settings->local_only_steps_are_batches ? milestone : INT64_MAX};
    if (start != NULL) {
        memmove(params, start, fal_model_size(trainer->model) * sizeof *params);
    } else {
        /* The client is left out of the address: all clients of an AL round start alike. */
        const fal_rng init = address(trainer, FAL_RNG_LOCAL_INIT, al_round, 0, 0);
        fal_model_init(trainer->model, &init, params);
    }
    *epochs = 0;
    *accuracy = NAN;
    if (run.n == 0) {
        return FAL_OK;
    }
    (void)snprintf(run.where, sizeof run.where, "client %u, local-only model, AL round %u, before FL round 1", client,
                   al_round);
    FAL_TRY(fal_trainer_reserve(trainer, run.n));
    fal_trainer_start(trainer);
    for (int epoch = 0; epoch < settings->local_only_epochs; epoch++) {
        const fal_rng order = address(trainer, FAL_RNG_LOCAL_ORDER, al_round, client, epoch);
        const fal_rng flips = address(trainer, FAL_RNG_LOCAL_AUGMENT, al_round, client, epoch);
        const fal_rng stop_flips = address(trainer, FAL_RNG_LOCAL_STOP_AUGMENT, al_round, client, epoch);
        double loss = 0;
        if (!settings->local_only_steps_are_batches) {
            run.lr = epoch >= milestone ? decayed : settings->lr;
        }
        FAL_TRY(fal_trainer_epoch(trainer, &run, &order, settings->flip ? &flips : NULL, params, &loss));
        FAL_TRY(
            fal_trainer_accuracy(trainer, params, run.images, run.n, flip_stop_test ? &stop_flips : NULL, accuracy));
        *epochs = epoch + 1;
        if (*accuracy >= settings->local_only_stop) {
            break;
        }
    }
    return fal_trainer_finish(trainer, &run, params);
}
