/* fal_bench: the exact sum of ten clients' models, once per FL round. Under mpirun the clients are dealt over the
 * ranks, and the row includes the sum over ranks. */
#include <string.h>

#include "fal/base/clock.h"
#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/comm/exact_sum.h"
#include "fal/comm/launch.h"
#include "fal/fed/round.h"
#include "fal_bench_internal.h"

enum { CLIENTS = 10, BLOCKS = 18 };

typedef struct {
    fal_exact_sum *sum;
    float *client, *mean;
    size_t size;
    int local; /* clients of this rank */
    double scan, agree, add, finish;
} round_work;

/* One FL round's sum; seconds of its four steps. */
static fal_status one_round(round_work *w, const fal_comm *comm)
{
    const char *names[BLOCKS];
    int64_t stop = 0;
    for (int b = 0; b < BLOCKS; b++) {
        names[b] = "a tensor";
    }
    const double start = fal_clock_seconds();
    fal_exact_sum_begin(w->sum);
    for (int k = 0; k < w->local; k++) {
        fal_exact_sum_scan(w->sum, w->client + (size_t)k * w->size, k);
    }
    const double scanned = fal_clock_seconds();
    FAL_TRY(fal_exact_sum_agree(w->sum, comm, FAL_OK, &stop, names, "benchmark"));
    const double agreed = fal_clock_seconds();
    for (int k = 0; k < w->local; k++) {
        fal_exact_sum_add(w->sum, w->client + (size_t)k * w->size, 1, CLIENTS);
    }
    const double added = fal_clock_seconds();
    fal_exact_sum_finish(w->sum, comm, w->mean);
    w->scan = scanned - start;
    w->agree = agreed - scanned;
    w->add = added - agreed;
    w->finish = fal_clock_seconds() - added;
    return FAL_OK;
}

static fal_status work_create(round_work *w, size_t size, int local)
{
    const fal_rng noise = {.seed = 6, .purpose = FAL_RNG_TEST};
    size_t offsets[BLOCKS];
    size_t counts[BLOCKS];
    for (size_t b = 0; b < BLOCKS; b++) {
        offsets[b] = size * b / BLOCKS;
        counts[b] = size * (b + 1) / BLOCKS - offsets[b];
    }
    w->size = size;
    w->local = local;
    FAL_TRY(fal_exact_sum_create(size, BLOCKS, offsets, counts, &w->sum));
    FAL_TRY(fal_alloc(&w->client, (size_t)local * size, sizeof(float), "clients' parameters"));
    FAL_TRY(fal_alloc(&w->mean, size, sizeof(float), "mean"));
    for (size_t i = 0; i < (size_t)local * size; i++) {
        w->client[i] = (float)fal_rng_uniform(&noise, i) - 0.5F;
    }
    return FAL_OK;
}

static fal_status measure(const fal_bench_settings *set, fal_bench_report *report, const fal_comm *comm, size_t size)
{
    const int ranks = fal_comm_size(comm);
    round_work w = {0};
    double times[FAL_BENCH_RUNS_MAX][5];
    fal_status status =
        fal_comm_agree(comm, work_create(&w, size, fal_fed_client_count(CLIENTS, ranks, fal_comm_rank(comm))));
    for (int64_t run = -1; status == FAL_OK && run < set->runs; run++) { /* the first one touches the memory */
        fal_comm_barrier(comm);
        status = one_round(&w, comm);
        if (run >= 0) {
            const double all[5] = {w.scan, w.agree, w.add, w.finish, w.scan + w.agree + w.add + w.finish};
            memcpy(times[run], all, sizeof all);
        }
    }
    if (status == FAL_OK) {
        double ms[5];
        for (int part = 0; part < 5; part++) {
            ms[part] = 1e3 * fal_bench_median(&times[0][part], 5, set->runs);
        }
        fal_bench_say(report, "  %9zu %6d %9.3f %9.3f %9.3f %9.3f %9.3f\n", size, ranks, ms[0], ms[1], ms[2], ms[3],
                      ms[4]);
        fal_bench_row(report,
                      "\"parameters\": %zu, \"clients\": %d, \"ranks\": %d, \"scan_ms\": %.4f, \"agree_ms\": %.4f, "
                      "\"add_ms\": %.4f, \"finish_ms\": %.4f, \"total_ms\": %.4f",
                      size, CLIENTS, ranks, ms[0], ms[1], ms[2], ms[3], ms[4]);
    }
    fal_exact_sum_destroy(w.sum);
    fal_free(w.client);
    fal_free(w.mean);
    return status;
}

fal_status fal_bench_aggregation(const fal_bench_settings *set, fal_bench_report *report, int argc, char **argv,
                                 bool *quiet)
{
    static const size_t sizes[] = {115658, 1000000};
    fal_comm *world = NULL;
    fal_bench_section(report, "aggregation");
    *quiet = !fal_launch_speaks();
    FAL_TRY(fal_comm_start(&argc, &argv, &world));
    fal_status status = FAL_OK;
    fal_parallel_set_threads(1);
    *quiet = fal_comm_rank(world) > 0;
    if (fal_comm_size(world) > 1 && set->parts != FAL_BENCH_AGGREGATION) {
        status = fal_fail(FAL_ERR_USAGE, "under mpirun only the aggregation is measured: give --only aggregation");
    }
    report->text = *quiet ? NULL : report->text;
    fal_bench_say(
        report,
        "\nexact sum of %d clients' models, once per FL round; ms on rank 0: largest values, their agreement, "
        "conversion and\nlocal sum, sum over ranks and back to floats\n  %9s %6s %9s %9s %9s %9s %9s\n",
        CLIENTS, "floats", "ranks", "scan", "agree", "add", "finish", "together");
    for (size_t i = 0; status == FAL_OK && i < sizeof sizes / sizeof sizes[0]; i++) {
        status = measure(set, report, world, sizes[i]);
    }
    fal_comm_end(world);
    return status;
}
