/* The job that was asked for, step by step. */
#ifndef FAL_APPS_FAL_HPC_RUN_H
#define FAL_APPS_FAL_HPC_RUN_H

#include "fal/comm/comm.h"
#include "fal_hpc_request.h"

/** Open the dataset and make the trials: each step is agreed before the next, since that may need all ranks.
 *  Collective. */
fal_status fal_hpc_prepare(const fal_comm *world, fal_hpc_request *in);
/** --show-config, --list-trials. Not collective. */
fal_status fal_hpc_answer(const fal_hpc_request *in);
/** The trials, from the banner to the summary. Collective. */
fal_status fal_hpc_run(const fal_comm *world, fal_hpc_request *in);

#endif
