/* The parts of fal_bench: what is measured, and how rows reach the text and the JSON. */
#ifndef FAL_APPS_FAL_BENCH_INTERNAL_H
#define FAL_APPS_FAL_BENCH_INTERNAL_H

#include <stdint.h>
#include <stdio.h>

#include "fal/base/option.h"
#include "fal/base/status.h"
#include "fal/base/text.h"
#include "fal/nn/net.h"

enum { FAL_BENCH_RUNS_MAX = 1000, FAL_BENCH_RUNS_LEAST = 3, FAL_BENCH_LIST_MAX = 16 };

/** What is measured, as bits, in the order in which it is. */
enum {
    FAL_BENCH_TRAINING = 1,
    FAL_BENCH_INFERENCE = 2,
    FAL_BENCH_LAYERS = 4,
    FAL_BENCH_SCALING = 8,
    FAL_BENCH_CLUSTERING = 16,
    FAL_BENCH_QUERY = 32,
    FAL_BENCH_AGGREGATION = 64,
    FAL_BENCH_NETWORKS = FAL_BENCH_TRAINING | FAL_BENCH_INFERENCE | FAL_BENCH_LAYERS,
    FAL_BENCH_ALL = 127
};

typedef struct {
    int h, w, c;
} fal_bench_shape;

typedef struct {
    int parts;
    fal_bench_shape shapes[FAL_BENCH_LIST_MAX];
    int threads[FAL_BENCH_LIST_MAX];
    int batches[FAL_BENCH_LIST_MAX]; /* images of a step; the first also for all that is not a network's row */
    int shape_count, thread_count, batch_count, strategy_count;
    int64_t runs;
    double seconds; /* of a measurement at most, once it has FAL_BENCH_RUNS_LEAST runs */
    const char *architecture;
    const char *json;   /* file, "-": standard output, NULL: none */
    const char *arrays; /* folder for the arrays of a step and an inference; NULL: measure */
    const char *points; /* .npy file of points to cluster; NULL: two built-in sets */
    int kernels;        /* fal_kernels */
    int clock;          /* of training and inference: 0 wall, 1 CPU time */
    int64_t pool, labelled, budget, clusters, starts, seed; /* of a query */
    char strategies[FAL_BENCH_LIST_MAX][64];
} fal_bench_settings;

extern const fal_option_table fal_bench_options;
fal_status fal_bench_parse(int argc, char **argv, fal_bench_settings *set);

/** Text goes out at once, JSON is gathered: one object with an array of rows per section. */
typedef struct {
    FILE *text; /* NULL: none */
    fal_text json;
    bool in_section, has_rows;
    double peak; /* GFLOP/s of one core; 0: not measured */
} fal_bench_report;

/** printf to the text, if there is one. */
void fal_bench_say(const fal_bench_report *report, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** The array `name` of the JSON begins; the one before ends. Errors stick in the JSON (fal_text). */
void fal_bench_section(fal_bench_report *report, const char *name);
/** A row of the section: the members of an object, as JSON. */
void fal_bench_row(fal_bench_report *report, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Ends the JSON; FAL_ERR_MEMORY if there was too little for it. */
fal_status fal_bench_finish(fal_bench_report *report);

/** Median of `count` <= FAL_BENCH_RUNS_MAX values that lie `stride` doubles apart. */
double fal_bench_median(const double *values, size_t stride, int64_t count);
/** Runs of a measurement that takes seconds instead of milliseconds: a tenth of --runs, at least 1. */
int64_t fal_bench_long_runs(const fal_bench_settings *set);

/** A network with random images, and one training step or inference of a batch of them. */
typedef struct {
    fal_model *model;
    fal_net *training, *inference; /* NULL: not asked for */
    float *params, *gradient, *velocity, *x, *logits;
    int32_t *labels;
    int batch;
} fal_bench_net;

/** parts: FAL_BENCH_TRAINING, FAL_BENCH_INFERENCE. */
fal_status fal_bench_net_create(const fal_bench_settings *set, const fal_bench_shape *shape, int batch, int parts,
                                fal_bench_net *net);
void fal_bench_net_destroy(fal_bench_net *net);
/** A step of SGD: learning rate 1e-3, momentum 0.9, weight decay 1e-5. Returns the batch's loss before it. */
double fal_bench_net_step(fal_bench_net *net);
void fal_bench_net_infer(fal_bench_net *net);

/** What a step and an inference of the first shape and batch compute, as .npy files in a folder, so that other programs
 *  can be held to the same: images [n][h][w][c], labels [n], start (all tensors in state-dict order, end to end), loss
 *  [1], stepped (as start, after the step), logits [n][10] (inference with stepped). FAL_ERR_OUTPUT. */
fal_status fal_bench_arrays(const fal_bench_settings *set);

/** The parts; each prints its own rows. */
fal_status fal_bench_networks(const fal_bench_settings *set, fal_bench_report *report);
fal_status fal_bench_clustering(const fal_bench_settings *set, fal_bench_report *report);
fal_status fal_bench_queries(const fal_bench_settings *set, fal_bench_report *report);
/** Starts MPI. *quiet: this rank is not the one that reports. */
fal_status fal_bench_aggregation(const fal_bench_settings *set, fal_bench_report *report, int argc, char **argv,
                                 bool *quiet);

/** Two ranks against one, two threads against one. The workers are processes that must be started before the first
 *  parallel region of this one. */
typedef struct fal_bench_workers fal_bench_workers;
fal_status fal_bench_workers_start(const fal_bench_settings *set, fal_bench_workers **workers);
fal_status fal_bench_scaling(const fal_bench_settings *set, fal_bench_report *report, fal_bench_workers *workers);
void fal_bench_workers_stop(fal_bench_workers *workers);

#endif
