/* Groups of ranks: start, end, split, agreement on failures and stops, and plain transfers. The only place that knows
 * MPI, and the only one that may abort all ranks. */
#ifndef FAL_COMM_COMM_H
#define FAL_COMM_COMM_H

#include <stddef.h>
#include <stdint.h>

#include "fal/base/status.h"

typedef struct fal_comm fal_comm;

/** Start MPI (also without mpirun: one rank) and give the world; waiting ranks give way from here on. Installs the
 *  assertion hook. If it fails, MPI has ended, *world is NULL, and the process for which fal_launch_speaks() says why:
 * a library without threads, or several copies that are alone each (FAL_ERR_USAGE). Collective. */
fal_status fal_comm_start(int *argc, char ***argv, fal_comm **world);
/** Finish MPI; after it only `return code` from main. Collective. */
void fal_comm_end(fal_comm *world);
int fal_comm_rank(const fal_comm *comm);
int fal_comm_size(const fal_comm *comm);
/** Ranks on this rank's node, and this rank's number among them. */
int fal_comm_node_size(const fal_comm *comm);
int fal_comm_node_rank(const fal_comm *comm);
/** True if this rank's cores are also those of other ranks of its node (no binding, or overloaded binding). */
bool fal_comm_cores_shared(const fal_comm *comm);
/** "Open MPI 4.1.4, MPI 3.1". */
const char *fal_comm_library(void);
/** Name of this node. */
const char *fal_comm_host(void);

/** Ranks with the same color, in rank order. Collective over `comm`. */
fal_status fal_comm_split(const fal_comm *comm, int color, fal_comm **group);
void fal_comm_destroy(fal_comm *group);

/** Every rank brings its status; all return the worst. The message of the lowest rank that has it is copied to every
 *  rank's fal_status_message; if that is not rank 0, "(rank 3 on HOST)" follows, with its number in the world
 *  (not for FAL_ERR_NUMERIC, which does not depend on the rank).
 *  Collective. */
fal_status fal_comm_agree(const fal_comm *comm, fal_status status);

/* Plain transfers; all collective. Counts are the same on all ranks unless said. */
void fal_comm_barrier(const fal_comm *comm);
void fal_comm_broadcast(const fal_comm *comm, void *bytes, size_t count, int root);
int64_t fal_comm_max(const fal_comm *comm, int64_t value);
void fal_comm_sum_int64(const fal_comm *comm, int64_t *values, size_t count); /* in place, on all ranks */
/** Bytes of different length from every rank, concatenated in rank order on rank 0: `*all` is allocated there
 * (fal_free), NULL elsewhere; sizes [size] out on rank 0, may be NULL. FAL_ERR_MEMORY is agreed. */
fal_status fal_comm_gather(const fal_comm *comm, const void *bytes, size_t count, void **all, size_t *sizes);
/** Point to point, for scheduling: blocking, matched by tag. */
void fal_comm_send(const fal_comm *comm, const void *bytes, size_t count, int to, int tag);
void fal_comm_receive(const fal_comm *comm, void *bytes, size_t count, int from, int tag);
/** Has a message of this tag arrived from any rank? Its sender in *from. Never waits. */
bool fal_comm_arrived(const fal_comm *comm, int tag, int *from);
/** Wait for a message of this tag from any rank: its sender. The message is still to be received. */
int fal_comm_await(const fal_comm *comm, int tag);
/** Bytes this rank handed to MPI so far (payload): for sent_bytes. */
int64_t fal_comm_sent_bytes(void);

/** Rank `rank` of `size` has things first .. first + count - 1 of `things`: blocks of neighbours, sizes differing by at
 *  most one, the larger ones first. Not collective. */
void fal_comm_block(int64_t things, int size, int rank, int64_t *first, int64_t *count);
/** The rank whose block has `thing`. */
int fal_comm_block_of(int64_t things, int size, int64_t thing);

#endif
