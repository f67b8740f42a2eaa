/* fal_bench: how fast this machine trains, infers, queries and aggregates; networks against its own FMA peak.
 *
 * Rates in GFLOP/s count the multiplications of a direct convolution, whatever the kernels really do, so that a
 * Winograd layer may exceed the peak. All figures are medians. MPI is started for the aggregation only. */
#include <math.h>
#include <string.h>

#include "fal/base/crash.h"
#include "fal/base/log.h"
#include "fal/comm/launch.h"
#include "fal/io/file.h"
#include "computing.h"
#include "fal_bench_internal.h"
#include "output.h"
#include "program.h"

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
        .batches = {64},
        .batch_count = 1,
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
    if (set.json != NULL && strcmp(set.json, "-") != 0) {
        FAL_TRY_GOTO(fal_file_refuse_input(set.json, &set.points, 1));
        FAL_TRY_GOTO(fal_output_check_text(set.json, "{\"version\": ", "file of fal_bench"));
    }
    if (set.arrays != NULL) {
        return fal_bench_arrays(&set);
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
    fal_computing_start(argv);
    fal_program_start("fal_bench");
    if (fal_option_asked(&fal_bench_options, argc, argv, "help") ||
        fal_option_asked(&fal_bench_options, argc, argv,
                         "version")) { /* no measurement: of several copies one answers */
        fal_log_start("fal_bench", fal_launch_rank() == 0);
    }
    if (!fal_program_answers(&fal_bench_options, argc, argv, &status)) {
        status = run(argc, argv, &quiet);
    }
    if (quiet) {
        fal_crash_leave();
        return fal_status_exit_code(status);
    }
    return fal_program_end(status);
}
