/* The two reductions of an exact sum over the ranks of a group: what all agree on, then the integers. */
#include "fal/comm/exact_sum.h"

#include "comm_internal.h"

enum { STATUS, STOP, TRAVEL }; /* numbers that travel with the agreement */
_Static_assert((int)TRAVEL == (int)FAL_EXACT_SUM_SPARE, "there is room for all of them");

fal_status fal_exact_sum_agree(fal_exact_sum *sum, const fal_comm *comm, fal_status status, int64_t *stop,
                               const char *const *names, const char *where)
{
    size_t count = 0;
    int64_t *agreed = fal_exact_sum_limits(sum, &count);
    agreed[STATUS] = fal_comm_status_code(comm, status);
    agreed[STOP] = *stop;
    fal_comm_reduce_int64(comm, agreed, count, MPI_MAX);
    *stop = agreed[STOP];
    const fal_status worst = (fal_status)(agreed[STATUS] / fal_comm_size(comm));
    if (worst < FAL_ERR_NUMERIC && !fal_exact_sum_is_finite(sum)) {
        fal_status_clear();
        return fal_exact_sum_check(sum, names, where);
    }
    return fal_comm_status_settle(comm, agreed[STATUS]);
}

void fal_exact_sum_finish(fal_exact_sum *sum, const fal_comm *comm, float *values)
{
    size_t count = 0;
    int64_t *parts = fal_exact_sum_parts(sum, &count);
    fal_comm_reduce_int64(comm, parts, count, MPI_SUM);
    fal_exact_sum_read(sum, values);
}
