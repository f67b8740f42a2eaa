/* fal_bench: training step and inference of a network, and its layers. */
#include <math.h>
#include <string.h>

#include "fal/base/clock.h"
#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/nn/winograd.h"
#include "fal_bench_internal.h"
#include "fal_bench_peak.h"

enum { LAYERS_MAX = 64 };

/* One shape and number of threads. */
typedef struct {
    fal_bench_net net;
    int64_t runs;              /* made */
    double *step, *infer;      /* [runs] seconds */
    fal_layer_seconds *layers; /* [runs][LAYERS_MAX] of training; prepare: of inference, forward */
    size_t bytes[2];
} bench;

void fal_bench_net_destroy(fal_bench_net *net)
{
    fal_net_destroy(net->training);
    fal_net_destroy(net->inference);
    void *const memory[] = {net->params, net->gradient, net->velocity, net->x, net->logits, net->labels};
    for (size_t i = 0; i < sizeof memory / sizeof memory[0]; i++) {
        fal_free(memory[i]);
    }
    fal_model_destroy(net->model);
    *net = (fal_bench_net){0};
}

static fal_net_options options_of(const fal_bench_settings *set, int batch, bool training)
{
    return (fal_net_options){.batch = batch, .training = training, .kernels = (fal_kernels)set->kernels};
}

fal_status fal_bench_net_create(const fal_bench_settings *set, const fal_bench_shape *size, int batch, int parts,
                                fal_bench_net *net)
{
    fal_model_shape shape = {.h = size->h, .w = size->w, .c = size->c, .classes = 10, .width = 64};
    const fal_net_options training = options_of(set, batch, true);
    const fal_net_options inference = options_of(set, batch, false);
    const fal_rng init = {.seed = 1, .purpose = FAL_RNG_MODEL_INIT};
    const fal_rng noise = {.seed = 2, .purpose = FAL_RNG_TEST};
    const size_t image = (size_t)size->h * (size_t)size->w * (size_t)size->c;
    const size_t images = (size_t)batch;
    if (!fal_text_copy(shape.architecture, sizeof shape.architecture, set->architecture)) {
        return fal_fail(FAL_ERR_USAGE, "--model: the name is too long");
    }
    net->batch = batch;
    FAL_TRY(fal_model_create(&shape, &net->model));
    if (parts & FAL_BENCH_TRAINING) {
        FAL_TRY(fal_net_create(net->model, &training, &net->training));
    }
    if (parts & FAL_BENCH_INFERENCE) {
        FAL_TRY(fal_net_create(net->model, &inference, &net->inference));
    }
    FAL_TRY(fal_alloc(&net->params, fal_model_size(net->model), sizeof(float), "parameters"));
    FAL_TRY(fal_alloc(&net->gradient, fal_model_trained(net->model), sizeof(float), "gradient"));
    FAL_TRY(fal_alloc(&net->velocity, fal_model_trained(net->model), sizeof(float), "velocity"));
    FAL_TRY(fal_alloc(&net->x, images * image, sizeof(float), "images"));
    FAL_TRY(fal_alloc(&net->logits, images * 10, sizeof(float), "logits"));
    FAL_TRY(fal_alloc(&net->labels, images, sizeof(int32_t), "labels"));
    fal_model_init(net->model, &init, net->params);
    for (size_t i = 0; i < images * image; i++) {
        net->x[i] = (float)fal_rng_normal(&noise, i);
    }
    for (size_t i = 0; i < images; i++) {
        net->labels[i] = (int32_t)(i % 10);
    }
    return FAL_OK;
}

double fal_bench_net_step(fal_bench_net *net)
{
    double loss = 0.0;
    fal_net_gradient(net->training, net->params, net->x, net->labels, net->batch, net->gradient, &loss, NULL);
    fal_sgd_step(net->params, net->gradient, net->velocity, fal_model_trained(net->model), 1e-3F, 0.9F, 1e-5F);
    return loss;
}

void fal_bench_net_infer(fal_bench_net *net)
{
    fal_net_infer(net->inference, net->params, net->x, net->batch, net->logits, NULL);
}

static fal_status bench_create(bench *b, const fal_bench_settings *set, const fal_bench_shape *size, int batch)
{
    const fal_net_options training = options_of(set, batch, true);
    const fal_net_options inference = options_of(set, batch, false);
    const int parts = set->parts & FAL_BENCH_LAYERS ? FAL_BENCH_TRAINING | FAL_BENCH_INFERENCE : set->parts;
    FAL_TRY(fal_bench_net_create(set, size, batch, parts, &b->net));
    FAL_TRY(fal_alloc(&b->step, (size_t)set->runs, sizeof(double), "times"));
    FAL_TRY(fal_alloc(&b->infer, (size_t)set->runs, sizeof(double), "times"));
    FAL_TRY(fal_alloc(&b->layers, (size_t)set->runs * LAYERS_MAX, sizeof(fal_layer_seconds), "times"));
    b->bytes[0] = fal_net_bytes(b->net.model, &training);
    b->bytes[1] = fal_net_bytes(b->net.model, &inference);
    return FAL_OK;
}

static void bench_destroy(bench *b)
{
    fal_bench_net_destroy(&b->net);
    fal_free(b->step);
    fal_free(b->infer);
    fal_free(b->layers);
}

static double now(const fal_bench_settings *set)
{
    return set->clock == 0 ? fal_clock_seconds() : fal_clock_cpu_seconds();
}

/* A run of what was asked for; the layers once more with the clock in between. */
static void bench_turn(bench *b, const fal_bench_settings *set, int64_t run)
{
    fal_layer_seconds infer[LAYERS_MAX];
    fal_layer_seconds *layers = b->layers + run * LAYERS_MAX;
    double start = now(set);
    if (set->parts & FAL_BENCH_TRAINING) {
        (void)fal_bench_net_step(&b->net);
        b->step[run] = now(set) - start;
    }
    if (set->parts & FAL_BENCH_INFERENCE) {
        start = now(set);
        fal_bench_net_infer(&b->net);
        b->infer[run] = now(set) - start;
    }
    if (set->parts & FAL_BENCH_LAYERS) {
        memset(infer, 0, sizeof infer);
        fal_net_profile(b->net.training, layers);
        fal_net_profile(b->net.inference, infer);
        (void)fal_bench_net_step(&b->net);
        fal_bench_net_infer(&b->net);
        fal_net_profile(b->net.training, NULL);
        fal_net_profile(b->net.inference, NULL);
        for (int l = 0; l < LAYERS_MAX; l++) {
            layers[l].prepare = infer[l].forward;
        }
    }
}

static void bench_run(bench *b, const fal_bench_settings *set)
{
    if (b->net.training != NULL) {
        (void)fal_bench_net_step(&b->net); /* touch all memory */
    }
    if (b->net.inference != NULL) {
        fal_bench_net_infer(&b->net);
    }
    const double end = now(set) + set->seconds;
    while (b->runs < set->runs && (b->runs < FAL_BENCH_RUNS_LEAST || now(set) < end)) {
        bench_turn(b, set, b->runs++);
    }
}

/* Measured again beside each row, in a fraction of a second: what disturbs it must not lower it. */
static double peak_now(fal_bench_report *report, const char *kernels)
{
    report->peak = fmax(report->peak, fal_bench_peak_gflops(kernels, 0.02));
    return report->peak;
}

static double layer_gflop(const fal_layer *layer, int batch)
{
    const double products =
        layer->kind == FAL_LAYER_CONV
            ? (double)layer->hc * layer->wc * layer->co * (layer->ci / layer->groups) * layer->kernel * layer->kernel
        : layer->kind == FAL_LAYER_LINEAR ? (double)layer->ci * layer->h * layer->w * layer->co
                                          : 0.0;
    return 2e-9 * products * batch;
}

/* Rows of the layers as text, and as the member "layers" in json. */
static void report_layers(const fal_bench_report *report, const bench *b, double peak, fal_text *json)
{
    static const char *const directions[] = {"training, forward", "training, backward", "inference"};
    int count = 0;
    const fal_layer *layers = fal_model_layers(b->net.model, &count);
    const size_t stride = LAYERS_MAX * sizeof(fal_layer_seconds) / sizeof(double);
    fal_text_add(json, ", \"layers\": [");
    fal_bench_say(report, "  %-28s %-20s %8s %9s %8s\n", "layer", "", "ms", "GFLOP/s", "of peak");
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
            const double seconds = fal_bench_median(values, stride, b->runs);
            double least = seconds;
            for (int64_t run = 0; run < b->runs; run++) {
                least = fmin(least, values[(size_t)run * stride]);
            }
            /* Backward: gradients of the weights and, but for the first layer, of the input. */
            const double gflop = layer_gflop(layer, b->net.batch) * (d == 1 && layer->input >= 0 ? 2 : 1);
            const double rate = seconds > 0 ? gflop / seconds : 0.0;
            const double of_peak = peak > 0 ? rate / peak : 0.0;
            fal_bench_say(report, "  %-28s %-20s %8.3f %9.1f %8.2f\n", d == 0 ? name : "", directions[d], 1e3 * seconds,
                          rate, of_peak);
            fal_text_add(
                json,
                "%s{\"layer\": \"%s\", \"direction\": \"%s\", \"ms\": %.4f, \"least_ms\": %.4f, \"gflops\": %.2f, "
                "\"of_peak\": %.3f}",
                l + d > 0 ? ", " : "", name, directions[d], 1e3 * seconds, 1e3 * least, rate, of_peak);
        }
    }
    fal_text_add(json, "]");
}

static fal_status report_bench(fal_bench_report *report, const bench *b, const fal_bench_settings *set,
                               const fal_bench_shape *size, int threads, const char *kernels)
{
    const double step = fal_bench_median(b->step, 1, b->runs);
    const double infer = fal_bench_median(b->infer, 1, b->runs);
    fal_text more = {0};
    fal_text_add(&more, "\"clock\": \"%s\", \"runs\": %lld", set->clock == 0 ? "wall" : "cpu", (long long)b->runs);
    fal_bench_say(report, "\n%s %dx%dx%d, batch %d, %d thread%s%s, kernels %s, FMA peak of a core %.1f GFLOP/s\n",
                  set->architecture, size->h, size->w, size->c, b->net.batch, threads, threads == 1 ? "" : "s",
                  set->clock == 0 ? "" : ", CPU time", kernels, report->peak);
    if (set->parts & FAL_BENCH_TRAINING) {
        fal_bench_say(report, "  training  %9.0f images/s  %8.3f ms a step   %6.1f MiB\n", b->net.batch / step,
                      1e3 * step, (double)b->bytes[0] / 1048576.0);
        fal_text_add(&more, ", \"training_images_per_second\": %.1f", b->net.batch / step);
    }
    if (set->parts & FAL_BENCH_INFERENCE) {
        fal_bench_say(report, "  inference %9.0f images/s  %8.3f ms a batch  %6.1f MiB\n", b->net.batch / infer,
                      1e3 * infer, (double)b->bytes[1] / 1048576.0);
        fal_text_add(&more, ", \"inference_images_per_second\": %.1f", b->net.batch / infer);
    }
    if (set->parts & FAL_BENCH_LAYERS) {
        report_layers(report, b, report->peak * threads, &more);
    }
    const fal_status status = fal_text_status(&more);
    if (status == FAL_OK) {
        fal_bench_row(report,
                      "\"model\": \"%s\", \"h\": %d, \"w\": %d, \"c\": %d, \"batch\": %d, \"threads\": %d, "
                      "\"kernels\": \"%s\", \"peak_gflops\": %.2f, \"parameters\": %lld, "
                      "\"training_bytes\": %zu, \"inference_bytes\": %zu, %s",
                      set->architecture, size->h, size->w, size->c, b->net.batch, threads, kernels, report->peak,
                      (long long)fal_model_parameter_count(b->net.model), b->bytes[0], b->bytes[1], more.chars);
    }
    fal_text_destroy(&more);
    return status;
}

/* Winograd layers of 64 channels by themselves, on one thread, in multiples of the peak. */
static fal_status winograd_rows(const fal_bench_settings *set, fal_bench_report *report)
{
    static const int sizes[] = {16, 8, 4, 14, 7, 3};
    fal_bench_section(report, "winograd");
    fal_bench_say(report,
                  "\nWinograd layers, 64 channels, batch %d, 1 thread, without transforms of weights; direct "
                  "convolution / FMA peak\n  %-8s %9s %9s %9s %9s\n",
                  set->batches[0], "size", "forward", "dx", "dw", "both");
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const char *kernels = NULL;
        fal_winograd_seconds least;
        FAL_TRY(fal_winograd_measure(sizes[i], 64, set->batches[0], (int)set->runs, &least, &kernels));
        const double peak = peak_now(report, kernels);
        if (!(least.forward > 0.0 && peak > 0.0)) {
            fal_bench_say(report, "  not on this CPU\n");
            return FAL_OK;
        }
        const double work = 18e-9 * set->batches[0] * sizes[i] * sizes[i] * 64 * 64 / peak;
        const double times[4] = {work / least.forward, work / least.data_gradient, work / least.weight_gradient,
                                 2.0 * work / least.gradients};
        fal_bench_say(report, "  %2dx%-5d %9.2f %9.2f %9.2f %9.2f\n", sizes[i], sizes[i], times[0], times[1], times[2],
                      times[3]);
        fal_bench_row(report,
                      "\"size\": %d, \"channels\": 64, \"batch\": %d, \"kernels\": \"%s\", \"peak_gflops\": %.2f, "
                      "\"forward_of_peak\": %.3f, \"data_gradient_of_peak\": %.3f, \"weight_gradient_of_peak\": %.3f, "
                      "\"gradients_of_peak\": %.3f",
                      sizes[i], set->batches[0], kernels, peak, times[0], times[1], times[2], times[3]);
    }
    return FAL_OK;
}

/* The products of a Winograd layer by themselves: what the micro-kernels reach. Layers of 64 channels take blocks of 12
 * tiles forward and 24 backward where tiles of 4x4 cover their maps. */
static fal_status product_rows(const fal_bench_settings *set, fal_bench_report *report)
{
    static const int tiles[] = {12, 24, 48};
    fal_bench_section(report, "winograd_products");
    fal_bench_say(report,
                  "\nWinograd products alone, 36 positions, 64 x 64 channels, in cache, 1 thread\n  %-8s %9s %9s %11s "
                  "%9s\n  %-8s %9s %9s %11s %9s\n",
                  "tiles", "forward", "of peak", "dw", "of peak", "", "GFLOP/s", "", "GFLOP/s", "");
    for (size_t i = 0; i < sizeof tiles / sizeof tiles[0]; i++) {
        const char *kernels = NULL;
        fal_winograd_gflops best;
        FAL_TRY(fal_winograd_measure_products(tiles[i], (int)set->runs, &best, &kernels));
        const double peak = peak_now(report, kernels);
        if (!(best.forward > 0.0 && peak > 0.0)) {
            fal_bench_say(report, "  not on this CPU\n");
            return FAL_OK;
        }
        const double forward = best.forward / peak, weight_gradient = best.weight_gradient / peak;
        fal_bench_say(report, "  %-8d %9.1f %9.2f %11.1f %9.2f\n", tiles[i], best.forward, forward,
                      best.weight_gradient, weight_gradient);
        fal_bench_row(report,
                      "\"tiles\": %d, \"channels\": 64, \"kernels\": \"%s\", \"peak_gflops\": %.2f, "
                      "\"forward_gflops\": %.2f, \"forward_of_peak\": %.3f, \"weight_gradient_gflops\": %.2f, "
                      "\"weight_gradient_of_peak\": %.3f",
                      tiles[i], kernels, peak, best.forward, forward, best.weight_gradient, weight_gradient);
    }
    return FAL_OK;
}

static fal_status network_row(const fal_bench_settings *set, fal_bench_report *report, const fal_bench_shape *size,
                              int batch, int threads)
{
    bench b = {0};
    fal_parallel_set_threads(threads);
    fal_status status = bench_create(&b, set, size, batch);
    if (status == FAL_OK) {
        const char *kernels = fal_net_kernels(b.net.training != NULL ? b.net.training : b.net.inference);
        report->peak = report->peak > 0 ? report->peak : fal_bench_peak_gflops(kernels, 0.2);
        bench_run(&b, set);
        status = report_bench(report, &b, set, size, threads, kernels);
    }
    bench_destroy(&b);
    return status;
}

fal_status fal_bench_networks(const fal_bench_settings *set, fal_bench_report *report)
{
    fal_bench_section(report, "networks");
    for (int s = 0; s < set->shape_count; s++) {
        for (int b = 0; b < set->batch_count; b++) {
            for (int t = 0; t < set->thread_count; t++) {
                FAL_TRY(network_row(set, report, &set->shapes[s], set->batches[b], set->threads[t]));
            }
        }
    }
    if (!(set->parts & FAL_BENCH_LAYERS)) {
        return FAL_OK;
    }
    FAL_TRY(winograd_rows(set, report));
    return product_rows(set, report);
}
