/* One FL round over a group of ranks: local training of the rank's clients, exact weighted FedAvg, agreement on
 * failures and stop requests inside the same reduction. */
#ifndef FAL_FED_ROUND_H
#define FAL_FED_ROUND_H

#include "fal/base/params.h"
#include "fal/comm/comm.h"
#include "fal/train/trainer.h"

/** Which client lives on which rank: clients are dealt in blocks of neighbouring clients, sizes differing by at most
 * one; ranks beyond the number of clients hold none and help in evaluation. */
int fal_fed_first_client(int clients, int size, int rank);
int fal_fed_client_count(int clients, int size, int rank);
int fal_fed_rank_of(int clients, int size, int client);

typedef struct {
    char algorithm[64]; /* of FAL_ALGORITHM_LIST */
    int clients;
    double participation;     /* share of clients per FL round */
    const fal_params *params; /* of the trial: algorithms read their own options when they are created; borrowed */
} fal_fed_settings;

/** The state of a trial's federated learning on this rank. */
typedef struct fal_fed fal_fed;
/** Keeps `comm` and `model`, copies the settings. FAL_ERR_USAGE for an unknown algorithm. Errors are agreed.
 *  Collective. */
fal_status fal_fed_create(const fal_comm *comm, const fal_model *model, const fal_fed_settings *settings,
                          const fal_train_settings *train, fal_fed **fed);
void fal_fed_destroy(fal_fed *fed);
/** At the start of each AL round: forget the algorithm's state (SCAFFOLD's c and c_k). */
void fal_fed_reset(fal_fed *fed);

typedef struct {
    double train_loss;     /* mean over participants, weighted by images, in client order */
    double *client_loss;   /* [clients], NaN: did not train; the caller's, may be NULL */
    int64_t stop_requests; /* by signals: the group's maximum when it had trained */
    double train_seconds, communicate_seconds;
} fal_fed_outcome;

/** One FL round (fl_round counts from 0). pools [local clients]; labelled [clients]: every client's number of labelled
 *  images. params [size]: global weights in and out, the same bits on all ranks; unchanged if no participant has labels
 *  or on failure, and so is the algorithm's state after FAL_STOPPED: a rank gave its training up (fal_stop_inside).
 *  Errors are agreed. Collective. FAL_ERR_NUMERIC names the client, the rounds and what is not finite. */
fal_status fal_fed_round(fal_fed *fed, fal_trainer *trainer, const fal_pool *pools, const int64_t *labelled,
                         uint32_t al_round, uint32_t fl_round, double lr, float *params, fal_fed_outcome *outcome);

/** Bytes that fal_fed_create takes on the rank with most clients, for a group of `size` ranks. */
size_t fal_fed_bytes(const fal_model *model, const fal_fed_settings *settings, int size);

/** Algorithm state for checkpoints: `count` vectors of fal_fed_state_size floats owned by this rank, each with the
 *  client it belongs to (-1: the server's, same on all ranks). FedAvg and FedProx have none. */
int fal_fed_state_count(const fal_fed *fed);
size_t fal_fed_state_size(const fal_fed *fed);
float *fal_fed_state(fal_fed *fed, int index, int *client);

#endif
