/* What the files of this layer share: the communicator, waiting, and reductions of any length. */
#ifndef FAL_COMM_COMM_INTERNAL_H
#define FAL_COMM_COMM_INTERNAL_H

#include <mpi.h>
#include <sys/types.h>

#include "fal/comm/comm.h"
#include "fal/comm/launch.h"

/* How a rank waits for others: the same on all ranks of the job. */
typedef enum {
    FAL_WAIT_INSIDE, /* in the MPI library's blocking calls, which give way themselves */
    FAL_WAIT_YIELD,  /* asking MPI and the scheduler in turns: the library would spin for a whole time slice */
    FAL_WAIT_NAP     /* asking MPI and sleeping in turns: ranks outnumber their cores */
} fal_waiting;

struct fal_comm {
    MPI_Comm all;  /* the ranks of this group */
    MPI_Comm node; /* those of them on this node */
    int rank, size;
    int node_rank, node_size;
    fal_waiting waiting;
    bool cores_shared; /* this rank's cores are also those of others */
};

/** Finds out which cores the ranks of `world` have and sets how they wait, the same on all. `gives_way`: the library's
 *  own blocking calls do. Collective. */
void fal_wait_choose(fal_comm *world, bool gives_way);
/** MPI_Wait that gives the core away. */
void fal_wait_for(const fal_comm *comm, MPI_Request *request);
/** MPI_Probe for any sender that gives the core away. */
void fal_wait_message(const fal_comm *comm, int tag, MPI_Status *message);
/** All ranks have come; the last one late is waited for at no cost to others. Collective. */
void fal_wait_meet(const fal_comm *comm);

/* Tells the user what to try if MPI_Init ends the process: start before it, end after it. */
typedef struct {
    pid_t child;
    int pipe;
} fal_watch;
void fal_watch_start(fal_watch *watch, const fal_launch *launch, const char *library);
void fal_watch_end(fal_watch *watch);

/** Sum or maximum in place over int64, for counts above INT_MAX too; counts the bytes sent. */
void fal_comm_reduce_int64(const fal_comm *comm, int64_t *values, size_t count, MPI_Op operation);

/** A status and its rank as one number whose maximum is the worst status of the lowest rank that has it. */
int64_t fal_comm_status_code(const fal_comm *comm, fal_status status);
/** The other half of fal_comm_agree, for a maximum that travelled in a larger reduction: broadcasts the message.
 *  Collective. */
fal_status fal_comm_status_settle(const fal_comm *comm, int64_t code);

#endif
