/* An FL round of clients that share no machine: each trains by itself, and somebody adds up what they send. The steps,
 * and the bits, are those of fal_fed_round. No MPI. */
#ifndef FAL_FED_APART_H
#define FAL_FED_APART_H

#include "fal/fed/round.h"

/** The FL algorithm at one client, or (client -1) at who adds up. */
typedef struct fal_apart fal_apart;
/** Keeps `model`, copies the settings. FAL_ERR_USAGE for an unknown algorithm. */
fal_status fal_apart_create(const fal_model *model, const fal_fed_settings *settings, const fal_train_settings *train,
                            int client, fal_apart **apart);
void fal_apart_destroy(fal_apart *apart);

/** Floats of a state vector of the algorithm: the server's, a client's, a client's change; 0: it has none. */
size_t fal_apart_state_size(const fal_apart *apart);
/** [state_size] the server's, the client's own; both zero at first, as at the start of an AL round. NULL: none. */
float *fal_apart_server(fal_apart *apart);
float *fal_apart_own(fal_apart *apart);

typedef struct {
    uint32_t al_round, fl_round; /* from 1; from 0 */
    double lr;
    const float *global; /* [size] weights at its start */
    int participants;    /* clients that take part, with or without labels */
} fal_apart_round;

/** Which clients take part: takes_part [clients] out, 0 or 1. */
fal_status fal_apart_draw(const fal_fed_settings *settings, uint64_t seed, uint32_t al_round, uint32_t fl_round,
                          uint8_t *takes_part);

/** Local training of the client, which has labels: params [size] out, change [state_size] out; its own state moves on.
 *  FAL_ERR_NUMERIC: the loss, or what would be sent, is not finite. */
fal_status fal_apart_train(fal_apart *apart, fal_trainer *trainer, const fal_pool *pool, const fal_apart_round *round,
                           float *params, float *change);

/** What a client sends. */
typedef struct {
    int client;
    int64_t images; /* labelled; 0: it did not train, and has no arrays */
    const float *params, *change;
} fal_apart_update;
/** updates [count] by rising client: params [size] out is the weighted mean of those with images, round->global where
 *  nobody has any (params may be round->global itself); the server's state moves on. FAL_ERR_NUMERIC names the client
 *  and what is not finite. */
fal_status fal_apart_merge(fal_apart *apart, const fal_apart_update *updates, int count, const fal_apart_round *round,
                           float *params);

#endif
