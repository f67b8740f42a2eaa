/* fal_bench: how fast this machine trains and infers, layer by layer, against its own FMA peak. No MPI is started.
 *
 * Rates in GFLOP/s count the multiplications of a direct convolution, whatever the kernels really do, so that a
 * Winograd layer may exceed the peak. All figures are medians over runs that alternate between the measurements. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/clock.h"
#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/base/text.h"
#include "fal/base/version.h"
#include "fal/nn/net.h"
#include "fal/nn/peak.h"

enum { RUNS_MAX = 1000, RUNS_LEAST = 3, SHAPES_MAX = 8, LAYERS_MAX = 64 };
/* What is measured, as bits. */
enum { TRAINING = 1, INFERENCE = 2, LAYERS = 4 };

typedef struct {
    int h, w, c;
} shape;

typedef struct {
    shape shapes[SHAPES_MAX];
    int shape_count;
    int threads[SHAPES_MAX];
    int thread_count;
    int64_t batch, runs;
    double seconds; /* of a measurement at most, once it has RUNS_LEAST runs */
    int parts;
    const char *architecture;
    const char *json; /* file, "-": standard output, NULL: none */
    fal_kernels kernels;
} settings;

static const char help[] =
    "Usage: fal_bench [--only PART,...] [--shape HxWxC,...] [--threads N,...] [--batch N] [--runs N]\n"
    "                 [--seconds X] [--model NAME] [--kernels fast|reference] [--json FILE]\n\n"
    "Measures the training step and inference of a model, layer by layer.\n\n"
    "  --only PART,...    training, inference, layers (all)\n"
    "  --shape HxWxC,...  image sizes (32x32x3)\n"
    "  --threads N,...    numbers of threads (1)\n"
    "  --batch N          images per step, and per inference call (64)\n"
    "  --runs N           runs of each measurement; medians are shown (30)\n"
    "  --seconds X        end a measurement after X seconds, but not before 3 runs (no limit)\n"
    "  --model NAME       architecture (cnn4conv)\n"
    "  --kernels KIND     fast or reference (fast)\n"
    "  --json FILE        write the figures as JSON too; - is standard output, without the text\n"
    "  --help, --version\n\n"
    "Environment: FAL_KERNELS_ISA=avx512|avx2|blas takes away the instruction sets above.\n";

/* ---- command line ---------------------------------------------------------------------------------------------- */

static fal_status parse_list(const char *name, const char *value, settings *set)
{
    char copy[256];
    char *rest = copy;
    int count = 0;
    const bool shapes = strcmp(name, "shape") == 0;
    if (!fal_text_copy(copy, sizeof copy, value)) {
        return fal_fail(FAL_ERR_USAGE, "--%s: the list is too long", name);
    }
    for (char *item = strsep(&rest, ","); item != NULL; item = strsep(&rest, ",")) {
        if (count == SHAPES_MAX) {
            return fal_fail(FAL_ERR_USAGE, "--%s: at most %d values", name, SHAPES_MAX);
        }
        int64_t part[3] = {1, 1, 1};
        int parts = 0;
        for (char *number = strsep(&item, "x"); number != NULL; number = strsep(&item, "x"), parts++) {
            if (parts == 3 || !fal_text_to_int(number, &part[parts]) || part[parts] < 1 || part[parts] > 4096) {
                return fal_fail(FAL_ERR_USAGE, "--%s: %.60s: whole numbers from 1 to 4096 are expected", name, value);
            }
        }
        if (parts != (shapes ? 3 : 1)) {
            return fal_fail(FAL_ERR_USAGE, "--%s: %.60s: expected like %s", name, value, shapes ? "32x32x3" : "1,2");
        }
        if (shapes) {
            set->shapes[count] = (shape){(int)part[0], (int)part[1], (int)part[2]};
        } else {
            set->threads[count] = (int)part[0];
        }
        count++;
    }
    *(shapes ? &set->shape_count : &set->thread_count) = count;
    return FAL_OK;
}

static fal_status parse_parts(const char *value, settings *set)
{
    static const char *const names[] = {"training", "inference", "layers"};
    char copy[256];
    char *rest = copy;
    set->parts = 0;
    if (!fal_text_copy(copy, sizeof copy, value)) {
        return fal_fail(FAL_ERR_USAGE, "--only: the list is too long");
    }
    for (char *item = strsep(&rest, ","); item != NULL; item = strsep(&rest, ",")) {
        int part = 0;
        while (part < 3 && strcmp(item, names[part]) != 0) {
            part++;
        }
        if (part == 3) {
            return fal_fail(FAL_ERR_USAGE, "--only: %.60s: choose from training, inference, layers", item);
        }
        set->parts |= 1 << part;
    }
    return FAL_OK;
}

static fal_status parse_option(const char *name, const char *value, settings *set)
{
    static const char *const names[] = {"only",    "shape", "threads", "batch", "runs",
                                        "seconds", "model", "kernels", "json"};
    if (strcmp(name, "shape") == 0 || strcmp(name, "threads") == 0) {
        return parse_list(name, value, set);
    }
    if (strcmp(name, "batch") == 0 || strcmp(name, "runs") == 0) {
        const bool batch = strcmp(name, "batch") == 0;
        int64_t *number = batch ? &set->batch : &set->runs;
        const int64_t most = batch ? 65536 : RUNS_MAX;
        if (!fal_text_to_int(value, number) || *number < 1 || *number > most) {
            return fal_fail(FAL_ERR_USAGE, "--%s: %.60s: a whole number from 1 to %lld is expected", name, value,
                            (long long)most);
        }
        return FAL_OK;
    }
    if (strcmp(name, "only") == 0) {
        return parse_parts(value, set);
    }
    if (strcmp(name, "seconds") == 0) {
        return fal_text_to_real(value, &set->seconds) && set->seconds >= 0.0
                   ? FAL_OK
                   : fal_fail(FAL_ERR_USAGE, "--seconds: %.60s: a number from 0 is expected", value);
    }
    if (strcmp(name, "model") == 0) {
        set->architecture = value;
        return FAL_OK;
    }
    if (strcmp(name, "json") == 0) {
        set->json = value;
        return FAL_OK;
    }
    if (strcmp(name, "kernels") == 0) {
        if (strcmp(value, "fast") != 0 && strcmp(value, "reference") != 0) {
            return fal_fail(FAL_ERR_USAGE, "--kernels: %.60s: choose fast or reference", value);
        }
        set->kernels = strcmp(value, "fast") == 0 ? FAL_KERNELS_FAST : FAL_KERNELS_REFERENCE;
        return FAL_OK;
    }
    const char *nearest = fal_text_nearest(name, names, sizeof names / sizeof names[0]);
    return fal_fail(FAL_ERR_USAGE, "--%.60s: there is no such option%s%s: see fal_bench --help", name,
                    nearest == NULL ? "" : ", did you mean --", nearest == NULL ? "" : nearest);
}

static fal_status parse(int argc, char **argv, settings *set)
{
    for (int i = 1; i < argc; i++) {
        char name[64];
        const char *text = argv[i];
        const char *equals = strchr(text, '=');
        if (strncmp(text, "--", 2) != 0) {
            return fal_fail(FAL_ERR_USAGE, "%.60s: only options are expected: see fal_bench --help", text);
        }
        (void)snprintf(name, sizeof name, "%.*s", equals == NULL ? 63 : (int)(equals - text - 2), text + 2);
        if (equals == NULL && i + 1 == argc) {
            return fal_fail(FAL_ERR_USAGE,
                            "%.60s: a value must follow, or there is no such option: see fal_bench --help", text);
        }
        FAL_TRY(parse_option(name, equals != NULL ? equals + 1 : argv[++i], set));
    }
    return FAL_OK;
}

/* ---- measuring --------------------------------------------------------------------------------------------------- */

/** One shape and number of threads. */
typedef struct {
    fal_model *model;
    fal_net *training, *inference;
    float *params, *gradient, *velocity, *x, *logits;
    int32_t *labels;
    int batch;
    int64_t runs;              /* made */
    double *step, *infer;      /* [runs] seconds */
    fal_layer_seconds *layers; /* [runs][LAYERS_MAX] of training; prepare: of inference, forward, in seconds */
    size_t bytes[2];
} bench;

static void bench_destroy(bench *b)
{
    fal_net_destroy(b->training);
    fal_net_destroy(b->inference);
    void *const memory[] = {b->params, b->gradient, b->velocity, b->x,     b->logits,
                            b->labels, b->step,     b->infer,    b->layers};
    for (size_t i = 0; i < sizeof memory / sizeof memory[0]; i++) {
        fal_free(memory[i]);
    }
    fal_model_destroy(b->model);
}

static fal_status bench_create(bench *b, const settings *set, const shape *size)
{
    const fal_model_shape model = {.h = size->h, .w = size->w, .c = size->c, .classes = 10, .width = 64};
    fal_model_shape named = model;
    const fal_net_options training = {.batch = (int)set->batch, .training = true, .kernels = set->kernels};
    const fal_net_options inference = {.batch = (int)set->batch, .kernels = set->kernels};
    const fal_rng init = {.seed = 1, .purpose = FAL_RNG_MODEL_INIT};
    const fal_rng noise = {.seed = 2, .purpose = FAL_RNG_TEST};
    const size_t image = (size_t)size->h * (size_t)size->w * (size_t)size->c, images = (size_t)set->batch;
    if (!fal_text_copy(named.architecture, sizeof named.architecture, set->architecture)) {
        return fal_fail(FAL_ERR_USAGE, "--model: the name is too long");
    }
    b->batch = (int)set->batch;
    FAL_TRY(fal_model_create(&named, &b->model));
    FAL_TRY(fal_net_create(b->model, &training, &b->training));
    FAL_TRY(fal_net_create(b->model, &inference, &b->inference));
    FAL_TRY(fal_alloc(&b->params, fal_model_size(b->model), sizeof(float), "parameters"));
    FAL_TRY(fal_alloc(&b->gradient, fal_model_trained(b->model), sizeof(float), "gradient"));
    FAL_TRY(fal_alloc(&b->velocity, fal_model_trained(b->model), sizeof(float), "velocity"));
    FAL_TRY(fal_alloc(&b->x, images * image, sizeof(float), "images"));
    FAL_TRY(fal_alloc(&b->logits, images * 10, sizeof(float), "logits"));
    FAL_TRY(fal_alloc(&b->labels, images, sizeof(int32_t), "labels"));
    FAL_TRY(fal_alloc(&b->step, (size_t)set->runs, sizeof(double), "times"));
    FAL_TRY(fal_alloc(&b->infer, (size_t)set->runs, sizeof(double), "times"));
    FAL_TRY(fal_alloc(&b->layers, (size_t)set->runs * LAYERS_MAX, sizeof(fal_layer_seconds), "times"));
    b->bytes[0] = fal_net_bytes(b->model, &training);
    b->bytes[1] = fal_net_bytes(b->model, &inference);
    fal_model_init(b->model, &init, b->params);
    for (size_t i = 0; i < images * image; i++) {
        b->x[i] = (float)fal_rng_normal(&noise, i);
    }
    for (size_t i = 0; i < images; i++) {
        b->labels[i] = (int32_t)(i % 10);
    }
    return FAL_OK;
}

static void bench_step(bench *b)
{
    double loss = 0.0;
    fal_net_gradient(b->training, b->params, b->x, b->labels, b->batch, b->gradient, &loss, NULL);
    fal_sgd_step(b->params, b->gradient, b->velocity, fal_model_trained(b->model), 1e-3F, 0.9F, 1e-5F);
}

/* A run of what was asked for; the layers once more with the clock in between. */
static void bench_turn(bench *b, int parts, int64_t run)
{
    fal_layer_seconds infer[LAYERS_MAX];
    fal_layer_seconds *layers = b->layers + run * LAYERS_MAX;
    double start = fal_clock_seconds();
    if (parts & TRAINING) {
        bench_step(b);
        b->step[run] = fal_clock_seconds() - start;
    }
    if (parts & INFERENCE) {
        start = fal_clock_seconds();
        fal_net_infer(b->inference, b->params, b->x, b->batch, b->logits, NULL);
        b->infer[run] = fal_clock_seconds() - start;
    }
    if (parts & LAYERS) {
        memset(infer, 0, sizeof infer);
        fal_net_profile(b->training, layers);
        fal_net_profile(b->inference, infer);
        bench_step(b);
        fal_net_infer(b->inference, b->params, b->x, b->batch, b->logits, NULL);
        fal_net_profile(b->training, NULL);
        fal_net_profile(b->inference, NULL);
        for (int l = 0; l < LAYERS_MAX; l++) {
            layers[l].prepare = infer[l].forward;
        }
    }
}

static void bench_run(bench *b, const settings *set)
{
    if (set->parts & (TRAINING | LAYERS)) {
        bench_step(b); /* touch all memory */
    }
    if (set->parts & (INFERENCE | LAYERS)) {
        fal_net_infer(b->inference, b->params, b->x, b->batch, b->logits, NULL);
    }
    const double end = fal_clock_seconds() + set->seconds;
    while (b->runs < set->runs && (b->runs < RUNS_LEAST || fal_clock_seconds() < end)) {
        bench_turn(b, set->parts, b->runs++);
    }
}

static int compare(const void *a, const void *b)
{
    const double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

/* Median of `count` values that lie `stride` doubles apart. */
static double median(const double *values, size_t stride, int64_t count)
{
    double sorted[RUNS_MAX];
    for (int64_t i = 0; i < count; i++) {
        sorted[i] = values[(size_t)i * stride];
    }
    qsort(sorted, (size_t)count, sizeof sorted[0], compare);
    return count % 2 == 1 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

/* ---- reporting --------------------------------------------------------------------------------------------------- */

typedef struct {
    FILE *text; /* NULL: none */
    fal_text *json;
    double peak; /* of one core */
} report;

static double layer_gflop(const fal_layer *layer, int batch)
{
    const double products =
        layer->kind == FAL_LAYER_CONV
            ? (double)layer->hc * layer->wc * layer->co * (layer->ci / layer->groups) * layer->kernel * layer->kernel
        : layer->kind == FAL_LAYER_LINEAR ? (double)layer->ci * layer->h * layer->w * layer->co
                                          : 0.0;
    return 2e-9 * products * batch;
}

static fal_status report_layers(const report *out, const bench *b, double peak)
{
    static const char *const directions[] = {"training, forward", "training, backward", "inference"};
    int count = 0;
    const fal_layer *layers = fal_model_layers(b->model, &count);
    const size_t stride = LAYERS_MAX * sizeof(fal_layer_seconds) / sizeof(double);
    FAL_TRY(fal_text_add(out->json, ", \"layers\": ["));
    if (out->text != NULL) {
        (void)fprintf(out->text, "  %-28s %-20s %8s %9s %8s\n", "layer", "", "ms", "GFLOP/s", "of peak");
    }
    for (int l = 0; l < count && l < LAYERS_MAX; l++) {
        const fal_layer *layer = &layers[l];
        const char *kind = layer->kind == FAL_LAYER_CONV     ? "convolution"
                           : layer->kind == FAL_LAYER_LINEAR ? "linear"
                                                             : "average pooling";
        char name[64];
        (void)snprintf(name, sizeof name, "%d %s %dx%dx%d -> %d", l + 1, kind, layer->h, layer->w, layer->ci,
                       layer->co);
        for (int d = 0; d < 3; d++) {
            const fal_layer_seconds *first = b->layers + l;
            const double *values = d == 0 ? &first->forward : d == 1 ? &first->backward : &first->prepare;
            const double seconds = median(values, stride, b->runs);
            /* Backward: gradients of the weights and, but for the first layer, of the input. */
            const double gflop = layer_gflop(layer, b->batch) * (d == 1 && layer->input >= 0 ? 2 : 1);
            const double rate = seconds > 0 ? gflop / seconds : 0.0;
            if (out->text != NULL) {
                (void)fprintf(out->text, "  %-28s %-20s %8.3f %9.1f %8.2f\n", d == 0 ? name : "", directions[d],
                              1e3 * seconds, rate, peak > 0 ? rate / peak : 0.0);
            }
            FAL_TRY(fal_text_add(out->json,
                                 "%s{\"layer\": \"%s\", \"direction\": \"%s\", \"ms\": %.4f, \"gflops\": %.2f, "
                                 "\"of_peak\": %.3f}",
                                 l + d > 0 ? ", " : "", name, directions[d], 1e3 * seconds, rate,
                                 peak > 0 ? rate / peak : 0.0));
        }
    }
    return fal_text_add(out->json, "]");
}

static fal_status report_bench(const report *out, const bench *b, const settings *set, const shape *size, int threads)
{
    const double step = median(b->step, 1, b->runs), infer = median(b->infer, 1, b->runs);
    const char *kernels = fal_net_kernels(b->training);
    if (out->text != NULL) {
        (void)fprintf(out->text, "\n%s %dx%dx%d, batch %d, %d thread%s, kernels %s, FMA peak of a core %.1f GFLOP/s\n",
                      set->architecture, size->h, size->w, size->c, b->batch, threads, threads == 1 ? "" : "s", kernels,
                      out->peak);
    }
    FAL_TRY(fal_text_add(out->json,
                         "{\"model\": \"%s\", \"h\": %d, \"w\": %d, \"c\": %d, \"batch\": %d, \"threads\": %d, "
                         "\"kernels\": \"%s\", \"peak_gflops\": %.2f, \"parameters\": %lld, \"training_bytes\": %zu, "
                         "\"inference_bytes\": %zu",
                         set->architecture, size->h, size->w, size->c, b->batch, threads, kernels, out->peak,
                         (long long)fal_model_parameter_count(b->model), b->bytes[0], b->bytes[1]));
    if (set->parts & TRAINING) {
        if (out->text != NULL) {
            (void)fprintf(out->text, "  training  %9.0f images/s  %8.3f ms a step   %6.1f MiB\n", b->batch / step,
                          1e3 * step, (double)b->bytes[0] / 1048576.0);
        }
        FAL_TRY(fal_text_add(out->json, ", \"training_images_per_second\": %.1f", b->batch / step));
    }
    if (set->parts & INFERENCE) {
        if (out->text != NULL) {
            (void)fprintf(out->text, "  inference %9.0f images/s  %8.3f ms a batch  %6.1f MiB\n", b->batch / infer,
                          1e3 * infer, (double)b->bytes[1] / 1048576.0);
        }
        FAL_TRY(fal_text_add(out->json, ", \"inference_images_per_second\": %.1f", b->batch / infer));
    }
    if (set->parts & LAYERS) {
        FAL_TRY(report_layers(out, b, out->peak * threads));
    }
    return fal_text_add(out->json, "}");
}

static fal_status measure(const settings *set, report *out)
{
    bool first = true;
    FAL_TRY(fal_text_add(out->json, "["));
    for (int s = 0; s < set->shape_count; s++) {
        for (int t = 0; t < set->thread_count; t++) {
            bench b = {0};
            fal_parallel_set_threads(set->threads[t]);
            fal_status status = bench_create(&b, set, &set->shapes[s]);
            if (status == FAL_OK) {
                out->peak = out->peak > 0 ? out->peak : fal_peak_gflops(fal_net_kernels(b.training), 0.2);
                bench_run(&b, set);
                status = fal_text_add(out->json, first ? "\n" : ",\n");
                status = status == FAL_OK ? report_bench(out, &b, set, &set->shapes[s], set->threads[t]) : status;
                first = false;
            }
            bench_destroy(&b);
            FAL_TRY(status);
        }
    }
    return fal_text_add(out->json, "\n]\n");
}

static fal_status write_json(const settings *set, const fal_text *json)
{
    const bool standard = strcmp(set->json, "-") == 0;
    FILE *file = standard ? stdout : fopen(set->json, "w");
    if (file == NULL) {
        return fal_fail(FAL_ERR_OUTPUT, "--json: %.200s cannot be opened for writing", set->json);
    }
    const bool written = fputs(json->chars, file) >= 0;
    if ((standard ? fflush(file) : fclose(file)) != 0 || !written) {
        return fal_fail(FAL_ERR_OUTPUT, "--json: %.200s cannot be written", set->json);
    }
    return FAL_OK;
}

int main(int argc, char **argv)
{
    fal_parallel_bound_waiting(argv);
    settings set = {.shapes = {{32, 32, 3}},
                    .shape_count = 1,
                    .threads = {1},
                    .thread_count = 1,
                    .batch = 64,
                    .runs = 30,
                    .seconds = INFINITY,
                    .parts = TRAINING | INFERENCE | LAYERS,
                    .architecture = "cnn4conv"};
    fal_text json = {0};
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        (void)fputs(help, stdout);
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        (void)printf("fal_bench %s\n", fal_version());
        return 0;
    }
    fal_status status = parse(argc, argv, &set);
    if (status == FAL_OK) {
        report out = {.text = set.json != NULL && strcmp(set.json, "-") == 0 ? NULL : stdout, .json = &json};
        status = measure(&set, &out);
    }
    if (status == FAL_OK && set.json != NULL) {
        status = write_json(&set, &json);
    }
    fal_text_destroy(&json);
    if (status != FAL_OK) {
        (void)fprintf(stderr, "fal_bench: %s\n", fal_status_message());
    }
    return fal_status_exit_code(status);
}
