/* Weighted sums of float32 vectors over clients that are exact, so that every number of ranks, order and MPI algorithm
 * gives the same bits (architecture.md section 3, rule 2; federated.md, "Sums that are exact").
 *
 * Per block (tensor) one common exponent is agreed by an Allreduce MAX; each client's weight * value becomes a 64-bit
 * integer; MPI_Allreduce(MPI_INT64_T, MPI_SUM) adds; the sum becomes float32 once. */
#ifndef FAL_COMM_EXACT_SUM_H
#define FAL_COMM_EXACT_SUM_H

#include "fal/comm/comm.h"

typedef struct fal_exact_sum fal_exact_sum;

/** A sum over blocks [block_count] of floats, block b = floats offsets[b] .. offsets[b] + counts[b] - 1 of a vector of
 *  `size` floats (gaps are left zero). */
fal_status fal_exact_sum_create(size_t size, int block_count, const size_t *offsets, const size_t *counts,
                                fal_exact_sum **sum);
void fal_exact_sum_destroy(fal_exact_sum *sum);

/** One local client's vector with its weight (numerator, a count of images); `total` = sum of all clients' weights,
 *  known to all. Two passes: first scan every local client (finds maxima and non-finite values), then
 * fal_exact_sum_agree (collective), then add every local client, then fal_exact_sum_finish (collective). */
void fal_exact_sum_begin(fal_exact_sum *sum);
void fal_exact_sum_scan(fal_exact_sum *sum, const float *values, int client);
/** Agree on exponents, status and stop requests in one Allreduce. status: this rank's; *stop: this rank's count of
 *  requests in, the group's maximum out. A non-finite value is FAL_ERR_NUMERIC on all ranks, naming the lowest client
 *  and its first block by names[block] and `where` ("AL round 2, FL round 7"). Collective. */
fal_status fal_exact_sum_agree(fal_exact_sum *sum, const fal_comm *comm, fal_status status, int64_t *stop,
                               const char *const *names, const char *where);
void fal_exact_sum_add(fal_exact_sum *sum, const float *values, int64_t weight, int64_t total);
/** values [size] out: the weighted mean, the same bits on all ranks. Collective. */
void fal_exact_sum_finish(fal_exact_sum *sum, const fal_comm *comm, float *values);

#endif
