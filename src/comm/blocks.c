/* Things dealt to ranks in blocks of neighbours. */
#include "fal/comm/comm.h"

void fal_comm_block(int64_t things, int size, int rank, int64_t *first, int64_t *count)
{
    const int64_t each = things / size;
    const int64_t more = things % size;
    *first = rank * each + (rank < more ? rank : more);
    *count = each + (rank < more ? 1 : 0);
}

int fal_comm_block_of(int64_t things, int size, int64_t thing)
{
    const int64_t each = things / size;
    const int64_t more = things % size;
    const int64_t in_larger = more * (each + 1);
    return (int)(thing < in_larger ? thing / (each + 1) : more + (thing - in_larger) / each);
}
