/* A network at work: maps between layers, kernels' states and the head, all in one arena that is planned once.
 *
 * A training net keeps every layer's output and its gradient; an inference net keeps the outputs only. Kernels are
 * chosen layer by layer (kernels/kernels.h has the rules of their work).
 *
 * Training, and inference of nets with many weights: all threads work on one layer of the batch. Inference of nets with
 * few weights: each thread takes a small batch through all layers in a lane of its own (maps, scratch; what kernels
 * have prepared is shared), so that maps stay in its cache and nobody waits for the others between layers. */
#include "fal/nn/net.h"

#include <stddef.h>
#include <string.h>

#include "fal/base/clock.h"
#include "fal/base/memory.h"
#include "fal/base/parallel.h"

#include "average_pool.h"
#include "head.h"
#include "kernels/kernels.h"
#include "model_internal.h"

enum {
    INFERENCE_BATCH = 64,       /* images, so that weights are read, or transformed, for many of them */
    LANE_BATCH = 16,            /* where they are few: so that maps stay in the cache */
    LANE_WEIGHTS = 1024 * 1024, /* bytes of weights up to which that pays; Winograd's take four times as much */
    BATCH_MAX = 1 << 20
};

typedef struct {
    const fal_conv_kernel *kernel; /* of a convolution */
    void *state;
    fal_map y, dy;
    bool dy_written; /* in this backward pass */
} net_layer;

struct fal_net {
    const fal_model *model;
    fal_kernel_use use; /* of one lane */
    int lanes;          /* batches at a time */
    net_layer layers[FAL_MODEL_LAYERS_MAX];
    fal_map image; /* bordered copy of the images, if layer 0 wants one */
    unsigned char *scratch;
    size_t lane_scratch;
    float *embedding, *logits;   /* [lanes batch][d], [lanes batch][classes] */
    float *dembedding, *dlogits; /* the same, training */
    const char *kernels;
    fal_layer_seconds *profile; /* what the caller asked for */
    fal_layer_seconds *seconds; /* [lanes][layers] while one runs */
    fal_arena arena;
};

/* What is alive in the arena is handed out by this, with arena == NULL only counted. */
static void *take(fal_arena *arena, size_t *total, size_t bytes)
{
    *total += fal_arena_round(bytes);
    return arena == NULL ? NULL : fal_arena_take(arena, bytes);
}

/* A map of all images of all lanes. */
static fal_map take_map(const fal_net *net, fal_arena *arena, size_t *total, int h, int w, int c)
{
    fal_map map = fal_kernels_map(h, w, c);
    map.at = take(arena, total, (size_t)net->lanes * (size_t)net->use.batch * map.image * sizeof(float));
    return map;
}

/* Lay everything out in the arena (NULL: only count the bytes). */
static size_t lay_out(fal_net *net, fal_arena *arena)
{
    size_t total = 0;
    size_t scratch = 0;
    const fal_kernel_use *use = &net->use;
    const fal_model *model = net->model;
    for (int l = 0; l < model->layer_count; l++) {
        const fal_layer *layer = &model->layers[l];
        net_layer *at = &net->layers[l];
        if (layer->kind == FAL_LAYER_LINEAR) {
            continue;
        }
        if (layer->kind == FAL_LAYER_CONV) {
            const fal_kernel_bytes bytes = fal_kernels_plan(at->kernel, layer, use);
            at->state = take(arena, &total, bytes.state);
            scratch = bytes.scratch > scratch ? bytes.scratch : scratch;
            if (layer->input < 0 && !at->kernel->reads_images) {
                net->image = take_map(net, arena, &total, layer->h, layer->w, layer->ci);
            }
        }
        at->y = take_map(net, arena, &total, layer->ho, layer->wo, layer->co);
        if (use->training) {
            at->dy = take_map(net, arena, &total, layer->ho, layer->wo, layer->co);
        }
    }
    net->lane_scratch = fal_arena_round(scratch);
    net->scratch = take(arena, &total, (size_t)net->lanes * net->lane_scratch);
    net->seconds = take(arena, &total, (size_t)(net->lanes * model->layer_count) * sizeof *net->seconds);
    const size_t rows = (size_t)net->lanes * (size_t)use->batch * sizeof(float);
    net->embedding = take(arena, &total, rows * (size_t)model->embedding);
    net->logits = take(arena, &total, rows * (size_t)model->shape.classes);
    if (use->training) {
        net->dembedding = take(arena, &total, rows * (size_t)model->embedding);
        net->dlogits = take(arena, &total, rows * (size_t)model->shape.classes);
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

static void describe(fal_net *net, const fal_model *model, const fal_net_options *options)
{
    net->model = model;
    const bool lanes = !options->training && model->size * sizeof(float) <= LANE_WEIGHTS;
    net->use.batch = options->training ? options->batch : lanes ? LANE_BATCH : INFERENCE_BATCH;
    net->use.training = options->training;
    net->use.threads = lanes ? 1 : fal_parallel_threads();
    net->lanes = lanes ? fal_parallel_threads() : 1;
    FAL_ASSERT(net->use.batch >= 1 && net->use.batch <= BATCH_MAX);
    choose_kernels(net, options->kernels);
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
    FAL_TRY(fal_alloc(&created, 1, sizeof *created, "network"));
    describe(created, model, options);
    FAL_TRY_GOTO(fal_arena_create(&created->arena, lay_out(created, NULL), "network"));
    (void)lay_out(created, &created->arena);
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

void fal_net_profile(fal_net *net, fal_layer_seconds *seconds) { net->profile = seconds; }

/* The clock is read only for a profile. */
static double profile_start(const fal_net *net) { return net->profile == NULL ? 0.0 : fal_clock_seconds(); }

static void profile_add(const fal_net *net, int lane, int l, size_t member, double start)
{
    if (net->profile != NULL) {
        double *seconds = (double *)((char *)&net->seconds[lane * net->model->layer_count + l] + member);
        *seconds += fal_clock_seconds() - start;
    }
}

static void profile_begin(const fal_net *net)
{
    memset(net->seconds, 0, (size_t)(net->lanes * net->model->layer_count) * sizeof *net->seconds);
}

/* Hand out what the lanes, which worked side by side, have collected. */
static void profile_end(const fal_net *net, int lanes)
{
    for (int l = 0; net->profile != NULL && l < net->model->layer_count; l++) {
        net->profile[l].prepare += net->seconds[l].prepare; /* outside the lanes */
        for (int lane = 0; lane < lanes; lane++) {
            const fal_layer_seconds *seconds = &net->seconds[lane * net->model->layer_count + l];
            net->profile[l].forward += seconds->forward / lanes;
            net->profile[l].backward += seconds->backward / lanes;
        }
    }
}

const char *fal_net_kernels(const fal_net *net) { return net->kernels; }

static const float *tensor_at(const fal_net *net, const float *params, int tensor)
{
    return tensor < 0 ? NULL : params + net->model->tensors[tensor].offset;
}

/* For what changes: running statistics and gradients. */
static float *tensor_of(const fal_net *net, float *params, int tensor)
{
    return tensor < 0 || params == NULL ? NULL : params + net->model->tensors[tensor].offset;
}

/* A lane's images of a map. */
static fal_map map_of(const fal_net *net, int lane, fal_map map)
{
    map.at += (size_t)lane * (size_t)net->use.batch * map.image;
    return map;
}

/* What layer l (-1: the images) puts out in a lane. */
static fal_map output_of(const fal_net *net, int lane, int l)
{
    return map_of(net, lane, l < 0 ? net->image : net->layers[l].y);
}

/* The call of layer l for n images in a lane, without gradients. */
static fal_conv_call call_of(const fal_net *net, int lane, int l, const float *params, const float *x, int n)
{
    const fal_layer *layer = &net->model->layers[l];
    fal_conv_call call = {.layer = layer, .use = &net->use, .n = n};
    call.weight = tensor_at(net, params, layer->weight);
    call.bias = tensor_at(net, params, layer->bias);
    call.gamma = tensor_at(net, params, layer->gamma);
    call.beta = tensor_at(net, params, layer->beta);
    call.running_mean = tensor_at(net, params, layer->mean);
    call.running_var = tensor_at(net, params, layer->var);
    call.state = net->layers[l].state;
    call.scratch = net->scratch + (size_t)lane * net->lane_scratch;
    if (layer->input < 0 && net->layers[l].kernel->reads_images) {
        call.images = x;
    } else {
        call.x = output_of(net, lane, layer->input);
    }
    if (layer->residual >= 0) {
        call.residual = output_of(net, lane, layer->residual);
    }
    call.y = output_of(net, lane, l);
    return call;
}

typedef struct {
    const fal_map *map;
    const float *x;
} copy_args;

static void copy_image(void *context, int k)
{
    const copy_args *args = context;
    const fal_map *map = args->map;
    const size_t row = (size_t)map->w * (size_t)map->c;
    const float *from = args->x + (size_t)k * (size_t)map->h * row;
    for (int i = 0; i < map->h; i++) {
        memcpy(fal_map_pixel(map, k, i, 0), from + (size_t)i * row, row * sizeof *from);
    }
}

static void load_images(const fal_net *net, int lane, const float *x, int n)
{
    if (net->image.at != NULL) {
        const fal_map map = output_of(net, lane, -1);
        copy_args args = {.map = &map, .x = x};
        fal_parallel_for(n, copy_image, &args);
    }
}

/* A lane's rows of the embeddings or logits. */
static float *lane_rows(const fal_net *net, int lane, float *rows, int width)
{
    return rows + (size_t)lane * (size_t)net->use.batch * (size_t)width;
}

static fal_head head_of(const fal_net *net, const float *params, int *input)
{
    const fal_layer *linear = &net->model->layers[net->model->layer_count - 1];
    FAL_ASSERT(linear->kind == FAL_LAYER_LINEAR);
    *input = linear->input;
    return (fal_head){.weight = tensor_at(net, params, linear->weight),
                      .bias = tensor_at(net, params, linear->bias),
                      .d = net->model->embedding,
                      .classes = net->model->shape.classes};
}

/* All layers of n images in a lane; moving: training, with the running statistics of this block. */
static void forward(const fal_net *net, int lane, const float *params, float *moving, const float *x, int n)
{
    load_images(net, lane, x, n);
    for (int l = 0; l < net->model->layer_count; l++) {
        const fal_layer *layer = &net->model->layers[l];
        const double start = profile_start(net);
        if (layer->kind == FAL_LAYER_CONV) {
            fal_conv_call call = call_of(net, lane, l, params, x, n);
            call.mean = tensor_of(net, moving, layer->mean);
            call.var = tensor_of(net, moving, layer->var);
            if (moving != NULL) {
                fal_kernels_forward_train(net->layers[l].kernel, &call);
            } else {
                fal_kernels_forward_infer(net->layers[l].kernel, &call);
            }
        } else if (layer->kind == FAL_LAYER_AVERAGE_POOL) {
            const fal_map from = output_of(net, lane, layer->input), to = output_of(net, lane, l);
            fal_average_pool_forward(layer, n, &from, &to);
        }
        profile_add(net, lane, l, offsetof(fal_layer_seconds, forward), start);
    }
    int input = 0;
    const double start = profile_start(net);
    const fal_head head = head_of(net, params, &input);
    const fal_map last = output_of(net, lane, input);
    float *embedding = lane_rows(net, lane, net->embedding, net->model->embedding);
    fal_head_flatten(&last, n, embedding);
    fal_head_forward(&head, n, embedding, lane_rows(net, lane, net->logits, net->model->shape.classes));
    profile_add(net, lane, net->model->layer_count - 1, offsetof(fal_layer_seconds, forward), start);
}

typedef struct {
    const fal_net *net;
    const float *params, *x;
    int64_t n;
    float *logits, *embedding;
} infer_work;

static void infer_batch(void *context, int batch)
{
    const infer_work *work = context;
    const fal_net *net = work->net;
    const size_t image = (size_t)net->model->shape.h * (size_t)net->model->shape.w * (size_t)net->model->shape.c;
    const size_t classes = (size_t)net->model->shape.classes, d = (size_t)net->model->embedding;
    const int64_t first = (int64_t)batch * net->use.batch, left = work->n - first;
    const int count = left < net->use.batch ? (int)left : net->use.batch,
              lane = net->lanes == 1 ? 0 : fal_parallel_thread();
    forward(net, lane, work->params, NULL, work->x + (size_t)first * image, count);
    if (work->logits != NULL) {
        memcpy(work->logits + (size_t)first * classes, lane_rows(net, lane, net->logits, (int)classes),
               (size_t)count * classes * sizeof *work->logits);
    }
    if (work->embedding != NULL) {
        memcpy(work->embedding + (size_t)first * d, lane_rows(net, lane, net->embedding, (int)d),
               (size_t)count * d * sizeof *work->embedding);
    }
}

void fal_net_infer(fal_net *net, const float *params, const float *x, int64_t n, float *logits, float *embedding)
{
    infer_work work = {.net = net, .params = params, .x = x, .n = n, .logits = logits, .embedding = embedding};
    profile_begin(net);
    for (int l = 0; l < net->model->layer_count; l++) {
        const fal_conv_kernel *kernel = net->layers[l].kernel;
        if (kernel != NULL) {
            const fal_conv_call call = call_of(net, 0, l, params, NULL, 1);
            const double start = profile_start(net);
            fal_kernels_prepare_infer(kernel, &call);
            profile_add(net, 0, l, offsetof(fal_layer_seconds, prepare), start);
        }
    }
    const int batches = (int)((n + net->use.batch - 1) / net->use.batch);
    if (net->lanes > 1) {
        fal_parallel_for(batches, infer_batch, &work);
    } else {
        for (int batch = 0; batch < batches; batch++) {
            infer_batch(&work, batch);
        }
    }
    profile_end(net, batches < net->lanes ? batches : net->lanes);
}

static void backward_conv(fal_net *net, int l, const float *params, const float *x, int n, float *gradient)
{
    const fal_layer *layer = &net->model->layers[l];
    fal_conv_call call = call_of(net, 0, l, params, x, n);
    call.dy = net->layers[l].dy;
    if (layer->input >= 0) {
        net_layer *from = &net->layers[layer->input];
        call.dx = from->dy;
        call.add_dx = from->dy_written;
        from->dy_written = true;
    }
    if (layer->residual >= 0) {
        net_layer *from = &net->layers[layer->residual];
        call.dresidual = from->dy;
        call.add_dresidual = from->dy_written;
        from->dy_written = true;
    }
    call.dweight = tensor_of(net, gradient, layer->weight);
    call.dbias = tensor_of(net, gradient, layer->bias);
    call.dgamma = tensor_of(net, gradient, layer->gamma);
    call.dbeta = tensor_of(net, gradient, layer->beta);
    fal_kernels_backward(net->layers[l].kernel, &call);
}

static void backward(fal_net *net, const float *params, const float *x, int n, float *gradient)
{
    int input = 0;
    const fal_head head = head_of(net, params, &input);
    const double head_start = profile_start(net);
    const fal_layer *linear = &net->model->layers[net->model->layer_count - 1];
    memset(gradient, 0, net->model->trained * sizeof *gradient);
    fal_head_backward(&head, n, net->embedding, net->dlogits, tensor_of(net, gradient, linear->weight),
                      tensor_of(net, gradient, linear->bias), net->dembedding);
    for (int l = 0; l < net->model->layer_count; l++) {
        net->layers[l].dy_written = false;
    }
    fal_head_unflatten(net->dembedding, n, &net->layers[input].dy);
    net->layers[input].dy_written = true;
    profile_add(net, 0, net->model->layer_count - 1, offsetof(fal_layer_seconds, backward), head_start);
    for (int l = net->model->layer_count - 2; l >= 0; l--) {
        const fal_layer *layer = &net->model->layers[l];
        const double start = profile_start(net);
        if (layer->kind == FAL_LAYER_CONV) {
            backward_conv(net, l, params, x, n, gradient);
        } else {
            net_layer *from = &net->layers[layer->input];
            fal_average_pool_backward(layer, n, &net->layers[l].dy, &from->dy, from->dy_written);
            from->dy_written = true;
        }
        profile_add(net, 0, l, offsetof(fal_layer_seconds, backward), start);
    }
}

void fal_net_gradient(fal_net *net, float *params, const float *x, const int32_t *labels, int n, float *gradient,
                      double *loss, int64_t *correct)
{
    FAL_ASSERT(net->use.training && n >= 1 && n <= net->use.batch);
    int64_t hits = 0;
    profile_begin(net);
    forward(net, 0, params, params, x, n);
    *loss = fal_head_loss(net->model->shape.classes, n, net->logits, labels, net->dlogits, &hits);
    if (correct != NULL) {
        *correct = hits;
    }
    backward(net, params, x, n, gradient);
    profile_end(net, 1);
}

void fal_net_train_forward(fal_net *net, float *params, const float *x, const int32_t *labels, int n, float *logits,
                           float *embedding, double *loss)
{
    FAL_ASSERT(net->use.training && n >= 1 && n <= net->use.batch);
    int64_t hits = 0;
    profile_begin(net);
    forward(net, 0, params, params, x, n);
    *loss = fal_head_loss(net->model->shape.classes, n, net->logits, labels, NULL, &hits);
    if (logits != NULL) {
        memcpy(logits, net->logits, (size_t)n * (size_t)net->model->shape.classes * sizeof *logits);
    }
    if (embedding != NULL) {
        memcpy(embedding, net->embedding, (size_t)n * (size_t)net->model->embedding * sizeof *embedding);
    }
    profile_end(net, 1);
}
