/* What an FL algorithm is to a round: a row of functions around local training and the weighted mean of the weights,
 * which all algorithms share. One file each; algorithms.c lists them. */
#ifndef FAL_FED_ALGORITHMS_INTERNAL_H
#define FAL_FED_ALGORITHMS_INTERNAL_H

#include "fal/comm/comm.h"
#include "fal/fed/client.h"
#include "fal/fed/round.h"

/** What is known when a trial starts. */
typedef struct {
    const fal_model *model;
    const fal_fed_settings *settings;
    double lr;        /* before it decays */
    int first, local; /* this rank's clients: first .. first + local - 1 */
} fal_algorithm_setup;

/** One FL round. */
typedef struct {
    const fal_comm *comm;
    const float *global; /* [size] weights at its start */
    double lr;
    uint32_t fl_round;
    int participants;   /* of the whole group, with or without labels */
    const int *trained; /* [trained_count] clients of this rank that trained, rising */
    int trained_count;
    float *locals;        /* [trained_count][stride] their weights; free for use in `finish` */
    size_t stride;        /* fal_model_size */
    const int64_t *steps; /* [trained_count] */
    const char *where;    /* "AL round 2, FL round 7" */
} fal_algorithm_round;

/** NULL members do nothing. */
typedef struct {
    const char *name;
    fal_status (*create)(const fal_algorithm_setup *setup, void **state);
    void (*destroy)(void *state);
    /** At the start of each AL round. */
    void (*reset)(void *state);
    /** At the start of each FL round. */
    void (*begin)(void *state, const fal_algorithm_round *round);
    /** What local training of a client adds; pointers stay valid until the next call. */
    void (*extra)(void *state, int client, const float *global, fal_local_extra *extra);
    /** After the local weights are in the sum, before it replaces the global weights. Collective; agreed. */
    fal_status (*finish)(void *state, const fal_algorithm_round *round);
    /** For checkpoints: fal_fed_state. */
    int (*state_count)(const void *state);
    float *(*state_vector)(void *state, int index, int *client);
    size_t (*state_size)(const void *state);
} fal_algorithm;

extern const fal_algorithm fal_algorithm_fedavg, fal_algorithm_fedprox, fal_algorithm_scaffold;

/** The algorithm of that name; NULL if there is none. */
const fal_algorithm *fal_algorithm_find(const char *name);

/** gradient := gradient + mu (w - anchor); returns mu / 2 |w - anchor|^2, summed in double in a fixed order. */
double fal_fedprox_add(float *gradient, const float *w, const float *anchor, size_t count, double mu);
/** w := w - lr * correction. */
void fal_scaffold_correct(float *w, const float *correction, size_t count, float lr);

#endif
