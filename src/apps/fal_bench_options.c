/* fal_bench's command line. */
#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal_bench_internal.h"

static const char *const part_names[] = {"training",   "inference", "layers",      "scaling",
                                         "clustering", "query",     "aggregation", "all"};
static const int part_bits[] = {FAL_BENCH_TRAINING,   FAL_BENCH_INFERENCE, FAL_BENCH_LAYERS,      FAL_BENCH_SCALING,
                                FAL_BENCH_CLUSTERING, FAL_BENCH_QUERY,     FAL_BENCH_AGGREGATION, FAL_BENCH_ALL};

/* One item of a list, as whole numbers: "32x32x3". */
static fal_status parse_numbers(const char *name, const char *value, char *item, int expected, int64_t part[3])
{
    int parts = 0;
    for (char *number = strsep(&item, "x"); number != NULL; number = strsep(&item, "x"), parts++) {
        if (parts == 3 || !fal_text_to_int(number, &part[parts]) || part[parts] < 1 || part[parts] > 4096) {
            return fal_fail(FAL_ERR_USAGE, "--%s: %.60s: whole numbers from 1 to 4096 are expected", name, value);
        }
    }
    if (parts != expected) {
        return fal_fail(FAL_ERR_USAGE, "--%s: %.60s: expected like %s", name, value, expected == 3 ? "32x32x3" : "1,2");
    }
    return FAL_OK;
}

/* Each takes one item of a list, the one at position `at`. */
static fal_status take_part(fal_bench_settings *set, const char *value, char *item, int at)
{
    const int count = (int)(sizeof part_bits / sizeof part_bits[0]);
    int part = 0;
    (void)value;
    while (part < count && strcmp(item, part_names[part]) != 0) {
        part++;
    }
    if (part == count) {
        return fal_fail(FAL_ERR_USAGE,
                        "--only: %.60s: choose from training, inference, layers, scaling, clustering, "
                        "query, aggregation, all",
                        item);
    }
    set->parts = part_bits[part] | (at > 0 ? set->parts : 0);
    return FAL_OK;
}

static fal_status take_strategy(fal_bench_settings *set, const char *value, char *item, int at)
{
    (void)value;
    set->strategy_count = at + 1;
    return fal_text_copy(set->strategies[at], sizeof set->strategies[at], item)
               ? FAL_OK
               : fal_fail(FAL_ERR_USAGE, "--strategy: %.60s: the name is too long", item);
}

/* A list of whole numbers from 1 to 4096. */
static fal_status take_number(const char *name, const char *value, char *item, int at, int *list, int *count)
{
    int64_t part[3] = {0};
    FAL_TRY(parse_numbers(name, value, item, 1, part));
    list[at] = (int)part[0];
    *count = at + 1;
    return FAL_OK;
}

static fal_status take_shape(fal_bench_settings *set, const char *value, char *item, int at)
{
    int64_t part[3] = {0};
    FAL_TRY(parse_numbers("shape", value, item, 3, part));
    set->shapes[at] = (fal_bench_shape){(int)part[0], (int)part[1], (int)part[2]};
    set->shape_count = at + 1;
    return FAL_OK;
}

static fal_status take_threads(fal_bench_settings *set, const char *value, char *item, int at)
{
    return take_number("threads", value, item, at, set->threads, &set->thread_count);
}

static fal_status take_batch(fal_bench_settings *set, const char *value, char *item, int at)
{
    return take_number("batch", value, item, at, set->batches, &set->batch_count);
}

static fal_status take_list(void *request, const char *name, const char *value)
{
    static const struct {
        const char *name;
        fal_status (*take)(fal_bench_settings *set, const char *value, char *item, int at);
    } lists[] = {{"only", take_part},
                 {"strategy", take_strategy},
                 {"shape", take_shape},
                 {"threads", take_threads},
                 {"batch", take_batch}};
    char copy[1024];
    char *rest = copy;
    int list = 0;
    int count = 0;
    while (strcmp(lists[list].name, name) != 0) {
        list++;
    }
    if (!fal_text_copy(copy, sizeof copy, value)) {
        return fal_fail(FAL_ERR_USAGE, "--%s: the list is too long", name);
    }
    for (char *item = strsep(&rest, ","); item != NULL; item = strsep(&rest, ","), count++) {
        if (count == FAL_BENCH_LIST_MAX) {
            return fal_fail(FAL_ERR_USAGE, "--%s: at most %d values", name, FAL_BENCH_LIST_MAX);
        }
        FAL_TRY(lists[list].take(request, value, item, count));
    }
    return FAL_OK;
}

#define TO_WHOLE(member, most) FAL_OPTION_TO_WHOLE(fal_bench_settings, member, 1, most)
#define TO_TEXT(member) FAL_OPTION_TO_TEXT(fal_bench_settings, member)
static const fal_option options[] = {
    {.column = 19,
     .help =
         "Usage: fal_bench [--only PART,...] [--shape HxWxC,...] [--threads N,...] [--runs N] [--seconds X] [--json "
         "FILE] ...\n\n"
         "Measures the parts of a trial on this machine. Options are --name value or --name=value; given twice, the "
         "last one\n"
         "counts.\n\n"},
    {"only", "PART,...",
     "training, inference, layers (these three by default), scaling, clustering, query,\naggregation, all",
     FAL_OPTION_TO(take_list)},
    {"threads", "N,...", "numbers of threads (1)", FAL_OPTION_TO(take_list)},
    {"runs", "N", "runs of each measurement, medians are shown (30); a tenth of it for clustering and queries",
     TO_WHOLE(runs, FAL_BENCH_RUNS_MAX)},
    {"seconds", "X", "end a measurement of a network after X seconds, but not before 3 runs (no limit)",
     FAL_OPTION_TO_REAL(fal_bench_settings, seconds, 0, INFINITY)},
    {"clock", "KIND",
     "wall or cpu (wall); cpu: CPU time of training and inference on one thread, where the\nmachine has other work",
     FAL_OPTION_TO_CHOICE(fal_bench_settings, clock, "wall|cpu")},
    {"json", "FILE", "write the figures as JSON too; - is standard output, without the text", TO_TEXT(json)},
    {"arrays", "FOLDER",
     "measure nothing: write images, labels, parameters before and after a step, loss and\nlogits as .npy, to hold "
     "other "
     "programs to the same (first shape and batch)",
     TO_TEXT(arrays)},
    {"help", .kind = FAL_OPTION_ANSWER},
    {"version", .kind = FAL_OPTION_ANSWER},
    {.help = "  --help, --version\n\n"
             "Networks (training, inference, layers; the first shape also for scaling and query):\n"},
    {"model", "NAME", "architecture (cnn4conv)", TO_TEXT(architecture)},
    {"shape", "HxWxC,...", "image sizes (32x32x3)", FAL_OPTION_TO(take_list)},
    {"batch", "N,...", "images per step, and per inference call (64); the first also for scaling and query",
     FAL_OPTION_TO(take_list)},
    {"kernels", "KIND", "fast or reference (fast)",
     FAL_OPTION_TO_CHOICE(fal_bench_settings, kernels, "fast|reference")},
    {.column = 21,
     .help = "\nscaling: one process, two at once on a core each, and one with two threads, in turns.\n\n"
             "One client's query (query; sizes also for clustering):\n"},
    {"strategy", "NAME,...", "(entropy:global,coreset:global,badge:global,gcnal:global,logo)",
     FAL_OPTION_TO(take_list)},
    {"pool", "N", "unlabelled images (4750)", TO_WHOLE(pool, 1000000)},
    {"labelled", "N", "labelled images (250)", TO_WHOLE(labelled, 1000000)},
    {"budget", "N", "images to choose (250)", TO_WHOLE(budget, 1000000)},
    {"clusters", "N", "of k-means (250)", TO_WHOLE(clusters, 1000000)},
    {"starts", "N", "of k-means (10)", TO_WHOLE(starts, 1000)},
    {"seed", "N", "random numbers of k-means and queries (1)", TO_WHOLE(seed, 1000000)},
    {"points", "FILE.npy", "cluster these points, float32 [n][d]; nothing else is measured in clustering",
     TO_TEXT(points)},
    {.help = "\naggregation: the exact sum over ten clients; also under mpirun, with --only aggregation.\n\n"
             "Environment: FAL_KERNELS_ISA=avx512|avx2|blas (64-bit Arm: neon|blas) takes away the\n"
             "instruction sets above.\n"}};
#undef TO_WHOLE
#undef TO_TEXT
const fal_option_table fal_bench_options = {
    .command = "fal_bench", .options = options, .count = sizeof options / sizeof *options};

fal_status fal_bench_parse(int argc, char **argv, fal_bench_settings *set)
{
    const char **files = NULL;
    int file_count = 0;
    FAL_TRY(fal_alloc(&files, (size_t)argc, sizeof *files, "command line"));
    fal_status status = fal_option_read(&fal_bench_options, argc, argv, set, files, &file_count);
    if (status == FAL_OK && file_count > 0) {
        status = fal_fail(FAL_ERR_USAGE, "%.60s: only options are expected: see fal_bench --help", files[0]);
    }
    fal_free(files);
    FAL_TRY(status);
    if (set->clock != 0 && ((set->parts & ~(FAL_BENCH_TRAINING | FAL_BENCH_INFERENCE)) != 0 || set->thread_count > 1 ||
                            set->threads[0] > 1)) {
        return fal_fail(FAL_ERR_USAGE, "--clock cpu: only training and inference on one thread have it: give --only "
                                       "training,inference");
    }
    if (set->arrays != NULL && (set->json != NULL || set->parts != FAL_BENCH_NETWORKS)) {
        return fal_fail(FAL_ERR_USAGE, "--arrays: nothing is measured then: leave out --json and --only");
    }
    if (set->budget > set->pool || set->clusters > set->pool) {
        return fal_fail(FAL_ERR_USAGE, "--budget, --clusters: at most the %lld images of --pool", (long long)set->pool);
    }
    return FAL_OK;
}
