/* fal_bench: how fast this machine trains, infers, queries and aggregates; networks against its own FMA peak.
 *
 * Rates in GFLOP/s count the multiplications of a direct convolution, whatever the kernels really do, so that a
 * Winograd layer may exceed the peak. All figures are medians. MPI is started for the aggregation only. */
#include <math.h>
#include <string.h>

#include "fal/base/log.h"
#include "fal/base/option.h"
#include "fal/base/parallel.h"
#include "fal/base/version.h"
#include "fal/comm/launch.h"
#include "fal/io/file.h"
#include "fal_bench_internal.h"

static const char help[] =
    "Usage: fal_bench [--only PART,...] [--shape HxWxC,...] [--threads N,...] [--runs N] [--seconds X] [--json FILE] "
    "...\n\n"
    "Measures the parts of a trial on this machine. Options are --name value or --name=value; given twice, the last "
    "one\n"
    "counts.\n\n"
    "  --only PART,...    training, inference, layers (these three by default), scaling, clustering, query,\n"
    "                     aggregation, all\n"
    "  --threads N,...    numbers of threads (1)\n"
    "  --runs N           runs of each measurement, medians are shown (30); a tenth of it for clustering and queries\n"
    "  --seconds X        end a measurement of a network after X seconds, but not before 3 runs (no limit)\n"
    "  --json FILE        write the figures as JSON too; - is standard output, without the text\n"
    "  --help, --version\n\n"
    "Networks (training, inference, layers; the first shape also for scaling and query):\n"
    "  --model NAME       architecture (cnn4conv)\n"
    "  --shape HxWxC,...  image sizes (32x32x3)\n"
    "  --batch N          images per step, and per inference call (64)\n"
    "  --kernels KIND     fast or reference (fast)\n\n"
    "scaling: one process, two at once on a core each, and one with two threads, in turns.\n\n"
    "One client's query (query; sizes also for clustering):\n"
    "  --strategy NAME,...  (entropy:global,coreset:global,badge:global,gcnal:global,logo)\n"
    "  --pool N             unlabelled images (4750)\n"
    "  --labelled N         labelled images (250)\n"
    "  --budget N           images to choose (250)\n"
    "  --clusters N         of k-means (250)\n"
    "  --starts N           of k-means (10)\n"
    "  --seed N             random numbers of k-means and queries (1)\n"
    "  --points FILE.npy    cluster these points, float32 [n][d]; nothing else is measured in clustering\n\n"
    "aggregation: the exact sum over ten clients; also under mpirun, with --only aggregation.\n\n"
    "Environment: FAL_KERNELS_ISA=avx512|avx2|blas takes away the instruction sets above.\n";

static fal_status write_json(const fal_bench_settings *set, const fal_text *json)
{
    if (strcmp(set->json, "-") == 0) {
        fal_log_print(json->chars);
        return FAL_OK;
    }
    return fal_file_replace(set->json, json->chars, json->length);
}

static fal_status run(int argc, char **argv, bool *quiet)
{
    fal_bench_settings set = {
        .parts = FAL_BENCH_NETWORKS,
        .shapes = {{32, 32, 3}},
        .threads = {1},
        .shape_count = 1,
        .thread_count = 1,
        .batch = 64,
        .runs = 30,
        .seconds = INFINITY,
        .architecture = "cnn4conv",
        .pool = 4750,
        .labelled = 250,
        .budget = 250,
        .clusters = 250,
        .starts = 10,
        .strategies = {"entropy:global", "coreset:global", "badge:global", "gcnal:global", "logo"},
        .strategy_count = 5};
    fal_bench_report report = {.text = stdout};
    fal_bench_workers *workers = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_bench_parse(argc, argv, &set));
    if (set.json != NULL) {
        FAL_TRY_GOTO(fal_file_refuse_input(set.json, &set.points, 1));
    }
    report.text = set.json != NULL && strcmp(set.json, "-") == 0 ? NULL : stdout;
    FAL_TRY_GOTO(fal_bench_workers_start(&set, &workers));
    if (set.parts & FAL_BENCH_NETWORKS) {
        FAL_TRY_GOTO(fal_bench_networks(&set, &report));
    }
    if (set.parts & FAL_BENCH_SCALING) {
        FAL_TRY_GOTO(fal_bench_scaling(&set, &report, workers));
        fal_bench_workers_stop(workers);
        workers = NULL;
    }
    if (set.parts & FAL_BENCH_CLUSTERING) {
        FAL_TRY_GOTO(fal_bench_clustering(&set, &report));
    }
    if (set.parts & FAL_BENCH_QUERY) {
        FAL_TRY_GOTO(fal_bench_queries(&set, &report));
    }
    if (set.parts & FAL_BENCH_AGGREGATION) {
        FAL_TRY_GOTO(fal_bench_aggregation(&set, &report, argc, argv, quiet));
    }
    FAL_TRY_GOTO(fal_bench_finish(&report));
    if (set.json != NULL && !*quiet) {
        status = write_json(&set, &report.json);
    }
done:
    fal_bench_workers_stop(workers);
    fal_text_destroy(&report.json);
    return status;
}

int main(int argc, char **argv)
{
    bool quiet = false;
    fal_status status = FAL_OK;
    fal_parallel_bound_waiting(argv);
    fal_log_start("fal_bench", true);
    fal_file_clean_on_signals();
    const bool answers = fal_option_asked(argc, argv, "--help") || fal_option_asked(argc, argv, "--version");
    if (answers) { /* no measurement: of several copies one answers */
        fal_log_start("fal_bench", fal_launch_rank() == 0);
    }
    if (fal_option_asked(argc, argv, "--help")) {
        fal_log_print(help);
    } else if (answers) {
        fal_log_say("fal_bench %s (%s)", fal_version(), fal_version_commit());
    } else {
        status = run(argc, argv, &quiet);
    }
    if (!quiet) {
        status = fal_log_finish(status);
    }
    if (status != FAL_OK && !quiet) {
        fal_log_failure(status);
    }
    return fal_status_exit_code(status);
}
