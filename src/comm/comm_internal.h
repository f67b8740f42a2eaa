/* What the files of this layer share: the communicator and reductions of any length. */
#ifndef FAL_COMM_COMM_INTERNAL_H
#define FAL_COMM_COMM_INTERNAL_H

#include <mpi.h>

#include "fal/comm/comm.h"

struct fal_comm {
    MPI_Comm all;  /* the ranks of this group */
    MPI_Comm node; /* those of them on this node */
    int rank, size;
    int node_rank, node_size;
};

/** MPI_Allreduce in place over int64, for counts above INT_MAX too; counts the bytes sent. */
void fal_comm_reduce_int64(const fal_comm *comm, int64_t *values, size_t count, MPI_Op operation);

/** A status and its rank as one number whose maximum is the worst status of the lowest rank that has it. */
int64_t fal_comm_status_code(const fal_comm *comm, fal_status status);
/** The other half of fal_comm_agree, for a maximum that travelled in a larger reduction: broadcasts the message.
 *  Collective. */
fal_status fal_comm_status_settle(const fal_comm *comm, int64_t code);

#endif
