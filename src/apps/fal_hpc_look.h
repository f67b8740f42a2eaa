/* What fal_hpc reads is read in a child process first. */
#ifndef FAL_APPS_FAL_HPC_LOOK_H
#define FAL_APPS_FAL_HPC_LOOK_H

#include "fal/base/status.h"

/** How the reading ended, until all ranks can hear of it. */
typedef struct {
    fal_status status;
    char message[FAL_MESSAGE_MAX];
} fal_hpc_finding;

/** Before MPI starts, since no process may be made after it. Of one data set file, and of what the trials of the job
 *  left in the output folder, process 0 reads for all; of one file per site each process reads its own (the output
 *  folder is not looked at then: which trials there are is known by all sites together only). */
fal_hpc_finding fal_hpc_look(int argc, char **argv);

/** Its status and message, as if it had happened now. */
fal_status fal_hpc_finding_status(const fal_hpc_finding *found);

#endif
