/* Exact sums (base/exact_sum.h) over the ranks of a group: every number of ranks, order and MPI algorithm gives the
 * same bits. One Allreduce MAX agrees on the exponents; MPI_Allreduce(MPI_INT64_T, MPI_SUM) adds. */
#ifndef FAL_COMM_EXACT_SUM_H
#define FAL_COMM_EXACT_SUM_H

#include "fal/base/exact_sum.h"
#include "fal/comm/comm.h"

/** After this rank's scans: agree on exponents, status and stop requests in one Allreduce. status: this rank's; *stop:
 *  this rank's count of requests in, the group's maximum out. A non-finite value is FAL_ERR_NUMERIC on all ranks,
 * naming the lowest client and its first block by names[block] and `where` ("AL round 2, FL round 7"). Collective. */
fal_status fal_exact_sum_agree(fal_exact_sum *sum, const fal_comm *comm, fal_status status, int64_t *stop,
                               const char *const *names, const char *where);
/** After this rank's clients were added: values [size] out, the weighted mean, the same bits on all ranks. Collective.
 */
void fal_exact_sum_finish(fal_exact_sum *sum, const fal_comm *comm, float *values);

#endif
