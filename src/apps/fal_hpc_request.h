/* What is asked of fal_hpc: the command line, and the trials that it means for the data at hand. */
#ifndef FAL_APPS_FAL_HPC_REQUEST_H
#define FAL_APPS_FAL_HPC_REQUEST_H

#include "fal/base/params.h"
#include "fal/data/dataset.h"
#include "fal/experiment/plan.h"

typedef struct {
    bool show_config, list_trials; /* instead of running trials */
    bool status, csv;              /* of list_trials: where they are; as CSV */
    bool selftest;                 /* instead of all that: no dataset, no parameter */
    int64_t stop_after;            /* FL rounds after which a trial stops by itself; 0: none */
    fal_params *params;
    fal_params *defaults; /* what the dataset and the program bring; names of results leave these out */
    fal_dataset *dataset; /* zeroed, for who opens it */
    fal_plan plan;
    char command[2048];
    const char **paths; /* [path_count] of the dataset; several: one per site */
    int path_count;
    double started; /* second of the clock */
} fal_hpc_request;

/** The command line and its configuration files. FAL_ERR_USAGE. */
fal_status fal_hpc_request_read(int argc, char **argv, fal_hpc_request *in);
/** The trials, once the dataset is open. */
fal_status fal_hpc_request_plan(fal_hpc_request *in);
/** What was read, not the request itself. */
void fal_hpc_request_destroy(fal_hpc_request *in);

/** Answers what needs no dataset and no MPI (--help and its like); false if nothing of the kind is asked. */
bool fal_hpc_answer_early(int argc, char **argv, fal_status *status);
/** By the command line: nothing is trained, so that there is nothing to save. */
bool fal_hpc_only_asks(int argc, char **argv);

#endif
