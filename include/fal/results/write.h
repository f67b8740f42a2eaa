/* Writing the results file of a trial: whole and atomically at every AL round. Rank 0 of the group only. */
#ifndef FAL_RESULTS_WRITE_H
#define FAL_RESULTS_WRITE_H

#include "fal/nn/model.h"
#include "fal/results/identity.h"
#include "fal/results/record.h"

/** How the trial is run: what goes into /run and never into the digest. */
typedef struct {
    char command[2048];
    char kernels[128];
    char mpi[128];
    char hosts[1024];
    char started[32]; /* of the first start */
    int ranks, threads;
} fal_run_info;

/** Everything a results file holds. */
typedef struct {
    const fal_trial_id *trial;
    const fal_dataset *dataset;
    const fal_model *model;
    const float *params; /* last global model */
    const fal_record *record;
    double shared;              /* the number that all clients share in a query; NaN: none */
    const int64_t *pool_counts; /* [clients][classes] of the partition */
    const int32_t *client_of;   /* [n_train] */
    const fal_run_info *run;
} fal_results;

/** status: "running", "stopped", "waiting" or "complete". */
fal_status fal_results_write(const fal_results *results, const char *status);

#endif
