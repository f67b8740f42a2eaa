/* What an FL algorithm is to a round: a row of functions around local training and the weighted mean of the weights,
 * which all algorithms share. One file each; FAL_ALGORITHM_LIST names them. None of them needs to know where the other
 * clients are: what is summed over clients, a round sums (round.c over ranks, apart.c over files). */
#ifndef FAL_FED_ALGORITHMS_INTERNAL_H
#define FAL_FED_ALGORITHMS_INTERNAL_H

#include "fal/base/exact_sum.h"
#include "fal/fed/algorithms.h"
#include "fal/fed/round.h"
#include "fal/train/trainer.h"

/** What is known when a trial starts. */
typedef struct {
    const fal_model *model;
    const fal_fed_settings *settings;
    double lr;        /* before it decays */
    int first, local; /* this rank's clients: first .. first + local - 1 */
} fal_algorithm_setup;

/** One FL round. */
typedef struct {
    const float *global; /* [size] weights at its start */
    double lr;
    uint32_t fl_round;
    int participants;   /* of the whole group, with or without labels */
    const int *trained; /* [trained_count] clients of this rank that trained, rising */
    int trained_count;
    float *locals;        /* [trained_count][stride] their weights */
    size_t stride;        /* fal_model_size */
    const int64_t *steps; /* [trained_count] */
} fal_algorithm_round;

/** NULL members do nothing. */
typedef struct {
    fal_status (*create)(const fal_algorithm_setup *setup, void **state);
    void (*destroy)(void *state);
    /** At the start of each AL round. */
    void (*reset)(void *state);
    /** At the start of each FL round. */
    void (*begin)(void *state, const fal_algorithm_round *round);
    /** What local training of a client adds; pointers stay valid until the next call. */
    void (*extra)(void *state, int client, const float *global, fal_local_extra *extra);
    /** After the local weights are in the sum, before it replaces the global weights: those of trained[i] become the
     *  change [state_size] that the server hears of, and the client's state moves on. NULL: it hears of nothing. */
    void (*change)(void *state, const fal_algorithm_round *round, int i);
    /** The changes of all clients are added up exactly and divided by this. */
    int64_t (*divisor)(const void *state, const fal_algorithm_round *round);
    /** That mean [state_size] reaches the server's state. */
    void (*hear)(void *state, const float *mean);
    /** Bytes that `create` takes. */
    size_t (*bytes)(const fal_algorithm_setup *setup);
    /** For checkpoints: fal_fed_state. */
    int (*state_count)(const void *state);
    float *(*state_vector)(void *state, int index, int *client);
    size_t (*state_size)(const void *state);
} fal_algorithm;

#define FAL_ALGORITHM_ROW(name) extern const fal_algorithm fal_algorithm_##name;
FAL_ALGORITHM_LIST(FAL_ALGORITHM_ROW)
#undef FAL_ALGORITHM_ROW

/** The algorithm of that name; NULL if there is none. */
const fal_algorithm *fal_algorithm_find(const char *name);

/** The clients that take part in an FL round, the same wherever it is asked: takes_part [clients] out, 0 or 1; order
 *  [clients] scratch. */
void fal_algorithm_draw(const fal_fed_settings *settings, uint64_t seed, uint32_t al_round, uint32_t fl_round,
                        int64_t *order, uint8_t *takes_part);
/** max(1, floor(share * clients)). */
int fal_algorithm_participants(const fal_fed_settings *settings);
/** Local training of one client from round->global into params [size], with what the algorithm adds. */
fal_status fal_algorithm_train(const fal_algorithm *algorithm, void *state, fal_trainer *trainer, const fal_pool *pool,
                               int client, uint32_t al_round, const fal_algorithm_round *round, float *params,
                               fal_local_outcome *outcome);

/** An exact sum with one block for each tensor of the model (only_trained: each trained one, which come first), and the
 *  blocks' names for messages: fal_exact_sum_destroy, fal_free. */
fal_status fal_tensor_sum_create(const fal_model *model, bool only_trained, fal_exact_sum **sum, const char ***names);
/** The same for the changes [size] of an algorithm: all parameters, or the trained ones. */
fal_status fal_change_sum_create(const fal_model *model, size_t size, fal_exact_sum **sum, const char ***names);

#endif
