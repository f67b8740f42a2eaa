/* How ranks wait for each other.
 *
 * A client's training takes as long as it has images, so most waiting is long, and where ranks outnumber cores whoever
 * waits stands in the way of whoever is waited for. MPI libraries differ: Open MPI's blocking calls yield if told to,
 * those of MPICH 4 and 5 (ch4) spin, and MPIR_CVAR_POLLS_BEFORE_YIELD does not reach them. Yielding alone isn't much,
 * either: the scheduler still gives each waiting rank its turn. So ranks that outnumber their cores use non-blocking
 * operations and sleep between looks at them, the longer the longer they have waited.
 *
 * Measured, 4 ranks on 2 cores, sum of 115,658 int64 after the last rank had come: MPICH 5.0.2 1,800 ms in
 * MPI_Allreduce, 1,600 ms with an MPI_Ibarrier before it, 14 ms as MPI_Iallreduce with yields, 6 ms with naps; Open
 * MPI 4.1.4 8, 8, 8 and 4 ms. Where each rank has its own core, the blocking MPI_Allreduce of Open MPI is the fastest
 * (0.18 ms, against 0.35 ms), and the non-blocking one of MPICH (0.17 against 0.46 ms). A whole FL round's overhead
 * there, with the naps and meetings as they are: MPICH 7.8 ms, Open MPI 6.2 ms. */
#include <sched.h>
#include <string.h>
#include <time.h>

#include "comm_internal.h"
#include "fal/base/memory.h"
#include "fal/base/parallel.h"

enum {
    CORES_MAX = 8192,
    WORDS = CORES_MAX / 64,
    SPINS = 1000,      /* looks before the first yield: some 50 microseconds */
    YIELDS = 2,        /* before the first nap; more of them cost MPICH's sums 30 % */
    NAP_FIRST = 1000,  /* nanoseconds; with the kernel's slack of some 50 microseconds the shortest sleep there is */
    NAP_LAST = 500000, /* after some 5 ms of waiting; costs a per cent of a core */
    NAP_GROWTH = 8     /* each nap is longer than the last by this part of it */
};

typedef struct {
    int looks;
    long nap;
} patience;

static void give_way(fal_waiting waiting, patience *p)
{
    p->looks++;
    if (waiting == FAL_WAIT_NAP && p->looks > YIELDS) {
        const struct timespec nap = {.tv_nsec = p->nap};
        (void)nanosleep(&nap, NULL);
        p->nap += p->nap / NAP_GROWTH;
        p->nap = p->nap < NAP_LAST ? p->nap : NAP_LAST;
    } else if (waiting == FAL_WAIT_NAP || p->looks > SPINS) {
        (void)sched_yield();
    }
}

void fal_wait_for(const fal_comm *comm, MPI_Request *request)
{
    patience p = {.nap = NAP_FIRST};
    int done = 0;
    if (comm->waiting == FAL_WAIT_INSIDE) {
        (void)MPI_Wait(request, MPI_STATUS_IGNORE);
        return;
    }
    for (;;) {
        (void)MPI_Test(request, &done, MPI_STATUS_IGNORE);
        if (done) {
            return;
        }
        give_way(comm->waiting, &p);
    }
}

void fal_wait_message(const fal_comm *comm, int tag, MPI_Status *message)
{
    patience p = {.nap = NAP_FIRST};
    int arrived = 0;
    if (comm->waiting == FAL_WAIT_INSIDE) {
        (void)MPI_Probe(MPI_ANY_SOURCE, tag, comm->all, message);
        return;
    }
    for (;;) {
        (void)MPI_Iprobe(MPI_ANY_SOURCE, tag, comm->all, &arrived, message);
        if (arrived) {
            return;
        }
        give_way(comm->waiting, &p);
    }
}

void fal_wait_meet(const fal_comm *comm)
{
    MPI_Request request = MPI_REQUEST_NULL;
    if (comm->size > 1) {
        (void)MPI_Ibarrier(comm->all, &request);
        fal_wait_for(comm, &request);
    }
}

/* Ranks of the node, this one included, that may run on this rank's cores; 0 if there is no memory to find out. */
static int count_sharers(const fal_comm *world)
{
    uint64_t mine[WORDS] = {0};
    uint64_t *every = NULL;
    MPI_Request request = MPI_REQUEST_NULL;
    int sharers = 0;
    /* Without the mask or the memory the careful answer; the exchanges below must still be joined by all. */
    if (sched_getaffinity(0, sizeof mine, (cpu_set_t *)(void *)mine) != 0) {
        memset(mine, 0xff, sizeof mine);
    }
    const bool room = fal_alloc(&every, (size_t)world->node_size * WORDS, sizeof *every, "core masks") == FAL_OK;
    int all_room = room ? 1 : 0;
    (void)MPI_Iallreduce(MPI_IN_PLACE, &all_room, 1, MPI_INT, MPI_MIN, world->node, &request);
    fal_wait_for(world, &request);
    if (all_room == 0) {
        fal_free(every);
        return 0;
    }
    (void)MPI_Iallgather(mine, WORDS, MPI_UINT64_T, every, WORDS, MPI_UINT64_T, world->node, &request);
    fal_wait_for(world, &request);
    for (int other = 0; other < world->node_size; other++) {
        bool shared = false;
        for (size_t word = 0; word < WORDS; word++) {
            shared = shared || (every[(size_t)other * WORDS + word] & mine[word]) != 0;
        }
        sharers += shared ? 1 : 0;
    }
    fal_free(every);
    return sharers;
}

void fal_wait_choose(fal_comm *world, bool gives_way)
{
    MPI_Request request = MPI_REQUEST_NULL;
    world->waiting = FAL_WAIT_YIELD;
    const int sharers = count_sharers(world);
    world->cores_shared = sharers != 1;
    const bool crowded = sharers == 0 || sharers > fal_parallel_cores();
    int waiting = crowded ? FAL_WAIT_NAP : gives_way ? FAL_WAIT_INSIDE : FAL_WAIT_YIELD;
    (void)MPI_Iallreduce(MPI_IN_PLACE, &waiting, 1, MPI_INT, MPI_MAX, world->all, &request);
    fal_wait_for(world, &request);
    world->waiting = (fal_waiting)waiting;
}
