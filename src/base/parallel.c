/* Threads inside a rank, over the OpenMP runtime: the only file that knows omp.h. */
#include "fal/base/parallel.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include <omp.h>

#include "fal/base/quota.h"
#include "fal/base/stop.h"

static int thread_count = 1;
static _Thread_local bool inside;      /* a piece of fal_parallel_for */
static _Thread_local int thread_index; /* in the innermost one */

bool fal_parallel_bound_waiting(void)
{
    if (getenv("OMP_WAIT_POLICY") != NULL || getenv("GOMP_SPINCOUNT") != NULL || getenv("KMP_BLOCKTIME") != NULL) {
        return false;
    }
    /* Microseconds of spinning for gcc's runtime, at most a millisecond for clang's. */
    return setenv("GOMP_SPINCOUNT", "1000", 0) == 0 && setenv("KMP_BLOCKTIME", "0", 0) == 0;
}

void fal_parallel_start_again(char **argv)
{
    if (omp_get_proc_bind() != omp_proc_bind_false) {
        return; /* by now the runtime has put this thread on one place */
    }
    char path[4096];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length > 0) {
        path[length] = '\0';     /* the link's target, so that the process keeps its name */
        fal_stop_hold();         /* a signal that comes meanwhile waits */
        (void)execv(path, argv); /* returns only where it cannot be done: then things stay as they are */
        fal_stop_release();
    }
}

void fal_parallel_set_threads(int threads)
{
    thread_count = threads < 1 ? 1 : threads;
    omp_set_dynamic(0);
    omp_set_num_threads(thread_count);
}

int fal_parallel_threads(void) { return thread_count; }

int fal_parallel_thread(void) { return thread_index; }

int fal_parallel_cores(void)
{
    int cores = 1;
    /* A mask that is larger than cpu_set_t fails with EINVAL; grow until it fits. */
    for (int bits = 1024; bits <= 1 << 20; bits *= 4) {
        cpu_set_t *mask = CPU_ALLOC((size_t)bits);
        const size_t bytes = CPU_ALLOC_SIZE((size_t)bits);
        if (mask == NULL) {
            break;
        }
        const int failed = sched_getaffinity(0, bytes, mask);
        const int error = errno;
        if (failed == 0) {
            cores = CPU_COUNT_S(bytes, mask);
        }
        CPU_FREE(mask);
        if (failed == 0 || error != EINVAL) {
            break;
        }
    }
    const int procs = omp_get_num_procs(); /* knows what was there before it bound this thread to a place */
    cores = procs > cores && omp_get_proc_bind() != omp_proc_bind_false ? procs : cores;
    const int quota = fal_quota_cores("");
    cores = quota > 0 && quota < cores ? quota : cores;
    return cores < 1 ? 1 : cores;
}

int fal_parallel_user_threads(int *threads)
{
    const char *text = getenv("OMP_NUM_THREADS");
    if (text == NULL) {
        return 0;
    }
    char *end = NULL;
    const long value = strtol(text, &end, 10);
    if (end == text || value < 1 || value > 4096) {
        return 0;
    }
    *threads = (int)value;
    return 1;
}

/* The thread sanitizer does not see OpenMP's fork and join (make tsan); both are told to it here. */
#ifdef __SANITIZE_THREAD__
void __tsan_acquire(void *order);
void __tsan_release(void *order);
static char fork_order, join_order;
#define BEFORE(order) __tsan_release(&(order))
#define AFTER(order) __tsan_acquire(&(order))
#else
#define BEFORE(order)
#define AFTER(order)
#endif

/* All pieces in the calling thread. */
static void run_alone(int pieces, void (*body)(void *context, int piece), void *context)
{
    const bool outside = !inside;
    const int index = thread_index;
    inside = true;
    thread_index = 0;
    for (int piece = 0; piece < pieces; piece++) {
        body(context, piece);
    }
    inside = !outside;
    thread_index = index;
}

void fal_parallel_for(int pieces, void (*body)(void *context, int piece), void *context)
{
    if (thread_count == 1 || pieces <= 1 || inside) {
        run_alone(pieces, body, context);
        return;
    }
    BEFORE(fork_order);
#pragma omp parallel num_threads(thread_count < pieces ? thread_count : pieces)
    {
        AFTER(fork_order);
        inside = true;
        thread_index = omp_get_thread_num();
#pragma omp for schedule(dynamic, 1)
        for (int piece = 0; piece < pieces; piece++) {
            body(context, piece);
        }
        inside = false;
        thread_index = 0;
        BEFORE(join_order);
    }
    AFTER(join_order);
}
