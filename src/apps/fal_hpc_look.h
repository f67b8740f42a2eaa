/* What fal_hpc reads is read in a child process first. */
#ifndef FAL_APPS_FAL_HPC_LOOK_H
#define FAL_APPS_FAL_HPC_LOOK_H

#include "fal_hpc_request.h"

/** Before MPI starts, since no process may be made after it. Of one data set file, and of what the trials of the job
 *  left in the output folder, process 0 reads for all; of one file per site each process reads its own (the output
 *  folder is not looked at then: which trials there are is known by all sites together only). The request stays as it
 *  is. */
fal_status fal_hpc_look(fal_hpc_request *in);

#endif
