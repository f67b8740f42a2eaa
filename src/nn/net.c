/* Planning and creation of a network at work (net_internal.h): its kernels, and where in its one arena everything lies.
 * Kernels are chosen layer by layer (kernels/kernels.h has the rules of their work). */
#include <string.h>

#include "fal/base/parallel.h"

#include "front_layers.h"
#include "net_internal.h"

enum {
    INFERENCE_BATCH = 64,         /* images, so that weights are read, or transformed, for many of them */
    STREAM_BATCH = 16,            /* where they are few: so that maps stay in the cache */
    STREAM_WEIGHTS = 1024 * 1024, /* bytes of weights up to which that pays; Winograd's take four times as much */
    BATCH_MAX = 1 << 20
};

/* Images of the map that layer l (-1: the images) puts out; in an inference net front layers need a few. */
static int images_of(const fal_net *net, int l)
{
    const int inferring = net->infer.streams * net->infer.use.batch;
    if (net->train.streams > 0) {
        return net->train.use.batch > inferring ? net->train.use.batch : inferring;
    }
    return l + 1 < net->infer.front_layers ? net->infer.images_at_once : inferring;
}

/* Bytes of a layer's state; its scratch counts for the way. */
static size_t plan_conv(const net_layer *at, const fal_layer *layer, net_way *way)
{
    const fal_kernel_bytes bytes = fal_kernels_plan(at->kernel, layer, &way->use);
    const size_t scratch = fal_arena_round(bytes.scratch);
    way->scratch = scratch > way->scratch ? scratch : way->scratch;
    return bytes.state;
}

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

/* Lay everything out in memory at base (NULL: only count the bytes). */
static size_t lay_out(fal_net *net, void *base)
{
    size_t total = 0;
    const fal_model *model = net->model;
    const bool training = net->train.streams > 0;
    const int images = images_of(net, model->layer_count);
    for (int l = 0; l < model->layer_count; l++) {
        const fal_layer *layer = &model->layers[l];
        net_layer *at = &net->layers[l];
        if (layer->kind == FAL_LAYER_LINEAR) {
            continue;
        }
        if (layer->kind == FAL_LAYER_CONV) {
            const size_t state = plan_conv(at, layer, &net->infer);
            at->state =
                fal_kernels_take(base, &total, training ? larger(state, plan_conv(at, layer, &net->train)) : state);
            if (layer->input < 0 && !at->kernel->reads_images) {
                net->image = fal_kernels_take_map(base, &total, images_of(net, -1), layer->h, layer->w, layer->ci);
            }
        }
        at->y = fal_kernels_take_map(base, &total, images_of(net, l), layer->ho, layer->wo, layer->co);
        if (training) {
            at->dy = fal_kernels_take_map(base, &total, net->train.use.batch, layer->ho, layer->wo, layer->co);
        }
    }
    net->scratch =
        fal_kernels_take(base, &total, larger(net->train.scratch, (size_t)net->infer.streams * net->infer.scratch));
    net->seconds =
        fal_kernels_take(base, &total, (size_t)(net->infer.streams * model->layer_count) * sizeof *net->seconds);
    const size_t d = (size_t)model->embedding * sizeof(float), classes = (size_t)model->shape.classes * sizeof(float);
    net->embedding = fal_kernels_take(base, &total, (size_t)images * d);
    net->logits = fal_kernels_take(base, &total, (size_t)images * classes);
    if (training) {
        net->dembedding = fal_kernels_take(base, &total, (size_t)net->train.use.batch * d);
        net->dlogits = fal_kernels_take(base, &total, (size_t)net->train.use.batch * classes);
    }
    return total;
}

/* Choose the kernels; the one that does most of the work gives its name to the net. */
static void choose_kernels(fal_net *net, fal_kernels kind)
{
    const fal_cpu cpu = fal_kernels_cpu();
    double most = -1.0;
    for (int l = 0; l < net->model->layer_count; l++) {
        const fal_layer *layer = &net->model->layers[l];
        if (layer->kind != FAL_LAYER_CONV) {
            continue;
        }
        net->layers[l].kernel = fal_kernels_choose(layer, &cpu, kind);
        const double work =
            (double)layer->hc * layer->wc * layer->co * (layer->ci / layer->groups) * layer->kernel * layer->kernel;
        if (work > most) {
            most = work;
            net->kernels = net->layers[l].kernel->name;
        }
    }
}

/* Which layers bear a few images at a time is for their kernels to say. */
static void plan_front(const fal_net *net, net_way *way)
{
    bool any_batch[FAL_MODEL_LAYERS_MAX] = {false};
    for (int l = 0; l < net->model->layer_count; l++) {
        any_batch[l] = net->layers[l].kernel != NULL && net->layers[l].kernel->any_batch;
    }
    way->front_layers =
        fal_front_layers_plan(net->model, any_batch, way->use.batch, way->use.threads, &way->images_at_once);
}

static void describe(fal_net *net, const fal_model *model, const fal_net_options *options)
{
    const int threads = fal_parallel_threads();
    const bool streams = model->size * sizeof(float) <= STREAM_WEIGHTS;
    net->model = model;
    if (options->training) {
        net->train.use = (fal_kernel_use){.batch = options->batch, .training = true, .threads = threads};
        net->train.streams = 1;
    }
    net->infer.use.batch = streams ? STREAM_BATCH : options->training ? options->batch : INFERENCE_BATCH;
    net->infer.use.threads = streams ? 1 : threads;
    net->infer.streams = streams ? threads : 1;
    FAL_ASSERT(net->infer.use.batch >= 1 && net->infer.use.batch <= BATCH_MAX);
    FAL_ASSERT(!options->training || (options->batch >= 1 && options->batch <= BATCH_MAX));
    choose_kernels(net, options->kernels);
    if (!streams) {
        plan_front(net, &net->infer);
    }
}

size_t fal_net_bytes(const fal_model *model, const fal_net_options *options)
{
    fal_net net = {0};
    describe(&net, model, options);
    return lay_out(&net, NULL);
}

fal_status fal_net_create(const fal_model *model, const fal_net_options *options, fal_net **net)
{
    fal_status status = FAL_OK;
    fal_net *created = NULL;
    FAL_TRY(fal_kernels_check_environment());
    FAL_TRY(fal_alloc(&created, 1, sizeof *created, "network"));
    describe(created, model, options);
    const size_t bytes = lay_out(created, NULL);
    FAL_TRY_GOTO(fal_arena_create(&created->arena, bytes, "network"));
    (void)lay_out(created, fal_arena_take(&created->arena, bytes));
    *net = created;
    created = NULL;
done:
    fal_net_destroy(created);
    return status;
}

void fal_net_destroy(fal_net *net)
{
    if (net != NULL) {
        fal_arena_destroy(&net->arena);
        fal_free(net);
    }
}

const char *fal_net_kernels(const fal_net *net) { return net->kernels; }

const char *fal_net_common_set(void) { return fal_kernels_common_set(); }

bool fal_net_uses_blas(const fal_net *net)
{
    bool uses = false;
    for (int l = 0; l < net->model->layer_count; l++) {
        const fal_conv_kernel *kernel = net->layers[l].kernel; /* NULL: no convolution */
        uses = uses || (kernel != NULL && strcmp(kernel->name, "blas") == 0);
    }
    return uses;
}
