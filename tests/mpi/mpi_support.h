/* What the MPI test programs share: every rank checks, all agree, rank 0 says. Header only, one user per program. */
#ifndef FAL_TESTS_MPI_SUPPORT_H
#define FAL_TESTS_MPI_SUPPORT_H

#include <stdio.h>

#include "fal/comm/comm.h"

static int check_failures;
static int check_rank;

/** Count and report a condition that does not hold; goes on, so that collectives stay matched. */
#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            (void)fprintf(stderr, "rank %d: %s:%d: %s does not hold (message: %s)\n", check_rank, __FILE__, __LINE__,  \
                          #condition, fal_status_message());                                                           \
            check_failures++;                                                                                          \
        }                                                                                                              \
    } while (0)

static inline fal_comm *check_start(int *argc, char ***argv)
{
    fal_comm *world = NULL;
    if (fal_comm_start(argc, argv, &world) != FAL_OK) {
        (void)fprintf(stderr, "%s\n", fal_status_message());
        return NULL;
    }
    check_rank = fal_comm_rank(world);
    return world;
}

/** Ends MPI; the same exit code on all ranks. */
static inline int check_end(fal_comm *world)
{
    const int64_t worst = fal_comm_max(world, check_failures);
    if (fal_comm_rank(world) == 0) {
        (void)printf("%d ranks: %s\n", fal_comm_size(world), worst == 0 ? "passed" : "FAILED");
        (void)fflush(stdout);
    }
    fal_comm_end(world);
    return worst == 0 ? 0 : 1;
}

#endif
