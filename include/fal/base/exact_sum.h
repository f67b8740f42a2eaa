/* Weighted sums of float32 vectors over clients that are exact, so that every order, and every way to share the clients
 * out, gives the same bits (architecture.md section 3, rule 2; federated.md, "Sums that are exact").
 *
 * Per block (tensor) one common exponent holds for all clients; each client's weight * value becomes a 64-bit integer;
 * integers are added; the sum becomes float32 once. In order: begin; scan every client; the limits, whose maximum over
 * all parts of the sum counts; check; add every client; the integers, which are added over all parts; read. Where one
 * process has all clients, limits and integers are whole as they are; over ranks see comm/exact_sum.h. */
#ifndef FAL_BASE_EXACT_SUM_H
#define FAL_BASE_EXACT_SUM_H

#include <stddef.h>
#include <stdint.h>

#include "fal/base/status.h"

typedef struct fal_exact_sum fal_exact_sum;

/** A sum over blocks [block_count] of floats, block b = floats offsets[b] .. offsets[b] + counts[b] - 1 of a vector of
 *  `size` floats (gaps are left zero). */
fal_status fal_exact_sum_create(size_t size, int block_count, const size_t *offsets, const size_t *counts,
                                fal_exact_sum **sum);
void fal_exact_sum_destroy(fal_exact_sum *sum);

void fal_exact_sum_begin(fal_exact_sum *sum);
/** Finds maxima and values that are not finite. */
void fal_exact_sum_scan(fal_exact_sum *sum, const float *values, int client);
/** After all scans: [*count] numbers, each to become its maximum over all parts of the sum, in place. The first
 *  FAL_EXACT_SUM_SPARE are the caller's, to let other numbers travel with them. */
enum { FAL_EXACT_SUM_SPARE = 2 };
int64_t *fal_exact_sum_limits(fal_exact_sum *sum, size_t *count);
/** By the limits: is every value finite? */
bool fal_exact_sum_is_finite(const fal_exact_sum *sum);
/** FAL_ERR_NUMERIC if not: names the lowest client and its first block by names[block] and `where` ("AL round 2, FL
 *  round 7"). */
fal_status fal_exact_sum_check(const fal_exact_sum *sum, const char *const *names, const char *where);
/** One client's vector with its weight (numerator, a count of images); `total` = sum of all clients' weights. */
void fal_exact_sum_add(fal_exact_sum *sum, const float *values, int64_t weight, int64_t total);
/** After all clients were added: [*count] integers, each to become its sum over all parts of the sum, in place. */
int64_t *fal_exact_sum_parts(fal_exact_sum *sum, size_t *count);
/** values [size] out: the weighted mean. */
void fal_exact_sum_read(const fal_exact_sum *sum, float *values);

#endif
