/* fal_bench: two ranks against one, two threads against one.
 *
 * Ranks train without talking to each other for all but a few milliseconds of an FL round, so two processes that work
 * at the same time, each bound to a core as mpirun binds its ranks, stand for two ranks; what the sum over ranks costs
 * is measured as aggregation. Workers live as long as the program and take turns, so that no turn starts cold. */
#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fal/base/clock.h"
#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal_bench_internal.h"

enum { WORKERS = 3, FIRST = 0, SECOND = 1, THREADED = 2, ROUNDS_MAX = 64 };

typedef struct {
    pid_t pid;
    int to, from; /* pipes: a turn out, images per second in */
} worker;

struct fal_bench_workers {
    worker worker[WORKERS];
    int count; /* started */
};

typedef struct {
    int part; /* FAL_BENCH_TRAINING or FAL_BENCH_INFERENCE */
    double seconds;
} turn;

/* Cores that the calling thread may run on: one if OMP_PROC_BIND has put it on a place. */
static int own_cores(void)
{
    cpu_set_t all;
    return sched_getaffinity(0, sizeof all, &all) == 0 ? CPU_COUNT(&all) : 1;
}

/* Bind this process to core number `index` of those it may use. */
static void bind_core(int index)
{
    cpu_set_t all;
    cpu_set_t one;
    int seen = 0;
    CPU_ZERO(&one);
    if (sched_getaffinity(0, sizeof all, &all) != 0) {
        return;
    }
    for (int core = 0; core < CPU_SETSIZE; core++) {
        if (CPU_ISSET(core, &all) && seen++ == index) {
            CPU_SET(core, &one);
            (void)sched_setaffinity(0, sizeof one, &one);
            return;
        }
    }
}

static double take_turn(fal_bench_net *net, const turn *now)
{
    const double start = fal_clock_seconds();
    double elapsed = 0.0;
    int64_t images = 0;
    while (images == 0 || elapsed < now->seconds) {
        if (now->part == FAL_BENCH_TRAINING) {
            (void)fal_bench_net_step(net);
        } else {
            fal_bench_net_infer(net);
        }
        images += net->batch;
        elapsed = fal_clock_seconds() - start;
    }
    return (double)images / elapsed;
}

/* The life of a worker: ready (a first number), then turns until the pipe closes. */
static void work(const fal_bench_settings *set, int number, int from, int to)
{
    fal_bench_net net = {0};
    turn now = {0};
    fal_parallel_set_threads(number == THREADED ? 2 : 1);
    if (number != THREADED) {
        bind_core(number);
    }
    double rate = fal_bench_net_create(set, &set->shapes[0], set->batches[0], FAL_BENCH_TRAINING | FAL_BENCH_INFERENCE,
                                       &net) == FAL_OK
                      ? 1.0
                      : -1.0;
    while (write(to, &rate, sizeof rate) == sizeof rate && rate > 0.0 && read(from, &now, sizeof now) == sizeof now) {
        rate = take_turn(&net, &now);
    }
    fal_bench_net_destroy(&net);
}

static fal_status start_worker(const fal_bench_settings *set, fal_bench_workers *workers, int number)
{
    int down[2];
    int up[2];
    /* Not for programs that are started later (MPI's daemon): they would hold the workers' pipes open. */
    if (pipe2(down, O_CLOEXEC) != 0 || pipe2(up, O_CLOEXEC) != 0) {
        return fal_fail(FAL_ERR_MEMORY, "scaling: no pipe: too many open files");
    }
    (void)fflush(NULL);
    const pid_t pid = fork();
    if (pid < 0) {
        return fal_fail(FAL_ERR_MEMORY, "scaling: no process can be started");
    }
    if (pid == 0) {
        for (int other = 0; other < workers->count; other++) {
            (void)close(workers->worker[other].to);
            (void)close(workers->worker[other].from);
        }
        (void)close(down[1]);
        (void)close(up[0]);
        work(set, number, down[0], up[1]);
        _exit(0);
    }
    (void)close(down[0]);
    (void)close(up[1]);
    workers->worker[workers->count++] = (worker){.pid = pid, .to = down[1], .from = up[0]};
    return FAL_OK;
}

static fal_status answer(const fal_bench_workers *workers, int number, double *rate)
{
    if (read(workers->worker[number].from, rate, sizeof *rate) != sizeof *rate || *rate <= 0.0) {
        return fal_fail(FAL_ERR_MEMORY, "scaling: a worker process failed: is there enough memory for three networks?");
    }
    return FAL_OK;
}

static fal_status ask(const fal_bench_workers *workers, int number, const turn *now)
{
    if (write(workers->worker[number].to, now, sizeof *now) != sizeof *now) {
        return fal_fail(FAL_ERR_MEMORY, "scaling: a worker process has ended");
    }
    return FAL_OK;
}

fal_status fal_bench_workers_start(const fal_bench_settings *set, fal_bench_workers **workers)
{
    *workers = NULL;
    if (!(set->parts & FAL_BENCH_SCALING) || own_cores() < 2 || fal_parallel_cores() < 2) {
        return FAL_OK;
    }
    FAL_TRY(fal_alloc(workers, 1, sizeof **workers, "workers"));
    for (int number = 0; number < WORKERS; number++) {
        double ready = 0.0;
        FAL_TRY(start_worker(set, *workers, number));
        FAL_TRY(answer(*workers, number, &ready));
    }
    return FAL_OK;
}

void fal_bench_workers_stop(fal_bench_workers *workers)
{
    if (workers == NULL) {
        return;
    }
    for (int number = 0; number < workers->count; number++) {
        (void)close(workers->worker[number].to);
        (void)close(workers->worker[number].from);
        (void)waitpid(workers->worker[number].pid, NULL, 0);
    }
    fal_free(workers);
}

/* rate [3]: one alone, both together, two threads. */
static fal_status measure(const fal_bench_workers *workers, const turn *now, double rate[3])
{
    double second = 0.0;
    FAL_TRY(ask(workers, FIRST, now));
    FAL_TRY(answer(workers, FIRST, &rate[0]));
    FAL_TRY(ask(workers, FIRST, now));
    FAL_TRY(ask(workers, SECOND, now));
    FAL_TRY(answer(workers, FIRST, &rate[1]));
    FAL_TRY(answer(workers, SECOND, &second));
    rate[1] += second;
    FAL_TRY(ask(workers, THREADED, now));
    return answer(workers, THREADED, &rate[2]);
}

fal_status fal_bench_scaling(const fal_bench_settings *set, fal_bench_report *report, fal_bench_workers *workers)
{
    static const char *const names[] = {"training", "inference"};
    const int64_t wanted = set->runs / 5 < FAL_BENCH_RUNS_LEAST ? FAL_BENCH_RUNS_LEAST : set->runs / 5;
    const int64_t rounds = wanted < ROUNDS_MAX ? wanted : ROUNDS_MAX;
    const fal_bench_shape *size = &set->shapes[0];
    fal_bench_section(report, "scaling");
    if (workers == NULL) {
        fal_bench_say(report, "\nscaling: not measured: this process may use one core only\n");
        return FAL_OK;
    }
    fal_bench_say(
        report, "\nscaling, %s %dx%dx%d, images/s, medians of %lld alternating rounds\n  %-12s %9s %19s %19s\n",
        set->architecture, size->h, size->w, size->c, (long long)rounds, "", "1 process", "2 at once", "2 threads");
    for (int part = 0; part < 2; part++) {
        const turn now = {1 << part, set->seconds < 0.4 ? set->seconds : 0.4};
        double rate[ROUNDS_MAX][3];
        double ratio[ROUNDS_MAX][2];
        for (int64_t round = 0; round < rounds; round++) {
            FAL_TRY(measure(workers, &now, rate[round]));
            ratio[round][0] = rate[round][1] / rate[round][0];
            ratio[round][1] = rate[round][2] / rate[round][0];
        }
        const double alone = fal_bench_median(&rate[0][0], 3, rounds);
        const double both = fal_bench_median(&rate[0][1], 3, rounds);
        const double threaded = fal_bench_median(&rate[0][2], 3, rounds);
        const double ranks = fal_bench_median(&ratio[0][0], 2, rounds);
        const double threads = fal_bench_median(&ratio[0][1], 2, rounds);
        fal_bench_say(report, "  %-12s %9.0f %9.0f (%5.2f x) %9.0f (%5.2f x)\n", names[part], alone, both, ranks,
                      threaded, threads);
        fal_bench_row(report,
                      "\"what\": \"%s\", \"model\": \"%s\", \"one_process\": %.1f, \"two_processes\": %.1f, "
                      "\"two_threads\": %.1f, \"processes_ratio\": %.3f, \"threads_ratio\": %.3f, \"rounds\": %lld",
                      names[part], set->architecture, alone, both, threaded, ranks, threads, (long long)rounds);
    }
    return FAL_OK;
}
