/* Threads inside a rank: fixed pieces of work, taken by whichever thread is free.
 *
 * The number of pieces depends on the shape of the work, never on the number of threads; results of pieces are merged
 * in piece order. So the bits do not depend on the threads. */
#ifndef FAL_BASE_PARALLEL_H
#define FAL_BASE_PARALLEL_H

#include <stdbool.h>

/** Waiting threads must sleep soon: when a core is taken away for a while, OpenMP's default spinning makes two threads
 * a hundred times slower than one (docs/performance.md). Sets GOMP_SPINCOUNT and KMP_BLOCKTIME, which the runtimes have
 * read before main, unless the user has set any such; true: the process must be started again for them. */
bool fal_parallel_bound_waiting(void);

/** Starts this program again in the same process, with the environment as it now is. Returns where that cannot be done,
 * or where threads are bound to places (OMP_PROC_BIND): the new program would have only this thread's place. */
void fal_parallel_start_again(char **argv);

/** Set once, early in main. Also the number given to OpenMP's parallel regions. */
void fal_parallel_set_threads(int threads);
int fal_parallel_threads(void);
/** Number of the calling thread in the innermost fal_parallel_for: 0 in one that runs in a single thread, and outside.
 */
int fal_parallel_thread(void);
/** Cores this process may run on (affinity mask and cgroup quota), at least 1. */
int fal_parallel_cores(void);
/** True if the user set OMP_NUM_THREADS to a positive number, which is then in *threads. */
int fal_parallel_user_threads(int *threads);

/** Run body(context, piece) for piece 0 .. pieces-1, each exactly once, in any order, on up to fal_parallel_threads
 *  threads. Nested calls run in the calling thread. */
void fal_parallel_for(int pieces, void (*body)(void *context, int piece), void *context);

#endif
