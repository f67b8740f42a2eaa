/* A trial's federated learning on one rank, as round.c and its tests see it. */
#ifndef FAL_FED_ROUND_INTERNAL_H
#define FAL_FED_ROUND_INTERNAL_H

#include "algorithms_internal.h"
#include "fal/comm/exact_sum.h"

struct fal_fed {
    const fal_comm *comm;
    const fal_model *model;
    fal_fed_settings settings;
    uint64_t seed;
    const fal_algorithm *algorithm;
    void *state;      /* the algorithm's */
    int first, local; /* this rank's clients */
    int participants; /* per round */
    fal_exact_sum *sum;
    const char **names;                /* of the sum's blocks: the model's tensors */
    fal_exact_sum *change_sum;         /* of what the algorithm's server hears; NULL: nothing */
    const char **change_names;         /* of its blocks */
    float *change;                     /* the mean change */
    float *locals;                     /* [min(local, participants)][size] */
    int *trained;                      /* [local] clients of this rank that trained in the round at hand */
    int64_t *steps;                    /* [local] */
    int64_t *order;                    /* [clients] */
    uint8_t *takes_part;               /* [clients] */
    int64_t *loss_bits;                /* [clients] */
    const uint8_t *given_participants; /* [clients] or NULL: drawn; for tests against given choices */
};

#endif
