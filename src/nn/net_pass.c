/* The work of a network: forward, backward and inference, layer by layer (net_internal.h). */
#include <stddef.h>
#include <string.h>

#include "fal/base/clock.h"
#include "fal/base/parallel.h"

#include "average_pool.h"
#include "head.h"
#include "net_internal.h"

void fal_net_profile(fal_net *net, fal_layer_seconds *seconds) { net->profile = seconds; }

/* The clock is read only for a profile. */
static double profile_start(const fal_net *net) { return net->profile == NULL ? 0.0 : fal_clock_seconds(); }

static void profile_add(const fal_net *net, int stream, int l, size_t member, double start)
{
    if (net->profile != NULL) {
        double *seconds = (double *)((char *)&net->seconds[stream * net->model->layer_count + l] + member);
        *seconds += fal_clock_seconds() - start;
    }
}

static void profile_begin(const fal_net *net)
{
    memset(net->seconds, 0, (size_t)(net->infer.streams * net->model->layer_count) * sizeof *net->seconds);
}

/* Hand out what the streams, which worked side by side, have collected. */
static void profile_end(const fal_net *net, int streams)
{
    for (int l = 0; net->profile != NULL && l < net->model->layer_count; l++) {
        net->profile[l].prepare += net->seconds[l].prepare; /* outside the streams */
        for (int stream = 0; stream < streams; stream++) {
            const fal_layer_seconds *seconds = &net->seconds[stream * net->model->layer_count + l];
            net->profile[l].forward += seconds->forward / streams;
            net->profile[l].backward += seconds->backward / streams;
        }
    }
}

static const float *tensor_at(const fal_net *net, const float *params, int tensor)
{
    return tensor < 0 ? NULL : params + net->model->tensors[tensor].offset;
}

/* For what changes: running statistics and gradients. */
static float *tensor_of(const fal_net *net, float *params, int tensor)
{
    return tensor < 0 || params == NULL ? NULL : params + net->model->tensors[tensor].offset;
}

/* A stream's images of a map. */
static fal_map map_of(const fal_net *net, int stream, fal_map map)
{
    map.at += (size_t)stream * (size_t)net->infer.use.batch * map.image;
    return map;
}

/* What layer l (-1: the images) puts out in a stream. */
static fal_map output_of(const fal_net *net, int stream, int l)
{
    return map_of(net, stream, l < 0 ? net->image : net->layers[l].y);
}

/* The call of layer l for n images in a stream, without gradients. */
static fal_conv_call call_of(const fal_net *net, const net_way *way, int stream, int l, const float *params,
                             const float *x, int n)
{
    const fal_layer *layer = &net->model->layers[l];
    fal_conv_call call = {.layer = layer, .use = &way->use, .n = n};
    call.weight = tensor_at(net, params, layer->weight);
    call.bias = tensor_at(net, params, layer->bias);
    call.gamma = tensor_at(net, params, layer->gamma);
    call.beta = tensor_at(net, params, layer->beta);
    call.running_mean = tensor_at(net, params, layer->mean);
    call.running_var = tensor_at(net, params, layer->var);
    call.state = net->layers[l].state;
    call.scratch = net->scratch + (size_t)stream * way->scratch;
    if (layer->input < 0 && net->layers[l].kernel->reads_images) {
        call.images = x;
    } else {
        call.x = output_of(net, stream, layer->input);
    }
    if (layer->residual >= 0) {
        call.residual = output_of(net, stream, layer->residual);
    }
    call.y = output_of(net, stream, l);
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

static void load_images(const fal_net *net, int stream, const float *x, int n)
{
    if (net->image.at != NULL) {
        const fal_map map = output_of(net, stream, -1);
        copy_args args = {.map = &map, .x = x};
        fal_parallel_for(n, copy_image, &args);
    }
}

/* A stream's rows of the embeddings or logits. */
static float *stream_rows(const fal_net *net, int stream, float *rows, int width)
{
    return rows + (size_t)stream * (size_t)net->infer.use.batch * (size_t)width;
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

/* Layers l .. end - 1 for n images in a stream. Of the last front layer, which others read, the output begins at image
 * `first`. */
static void forward_layers(const fal_net *net, int stream, int l, int end, const float *params, float *moving,
                           const float *x, int first, int n)
{
    const net_way *way = moving == NULL ? &net->infer : &net->train;
    for (; l < end; l++) {
        const fal_layer *layer = &net->model->layers[l];
        const double start = profile_start(net);
        if (layer->kind == FAL_LAYER_CONV) {
            fal_conv_call call = call_of(net, way, stream, l, params, x, n);
            call.y.at += l + 1 == way->front_layers ? (size_t)first * call.y.image : 0;
            call.mean = tensor_of(net, moving, layer->mean);
            call.var = tensor_of(net, moving, layer->var);
            if (moving != NULL) {
                fal_kernels_forward_train(net->layers[l].kernel, &call);
            } else {
                fal_kernels_forward_infer(net->layers[l].kernel, &call);
            }
        } else if (layer->kind == FAL_LAYER_AVERAGE_POOL) {
            const fal_map from = output_of(net, stream, layer->input), to = output_of(net, stream, l);
            fal_average_pool_forward(layer, n, &from, &to);
        }
        profile_add(net, stream, l, offsetof(fal_layer_seconds, forward), start);
    }
}

/* All layers of n images in a stream; moving: training, with the running statistics of this block. */
static void forward(const fal_net *net, int stream, const float *params, float *moving, const float *x, int n)
{
    const size_t image = (size_t)net->model->shape.h * (size_t)net->model->shape.w * (size_t)net->model->shape.c;
    const net_way *way = moving == NULL ? &net->infer : &net->train;
    for (int first = 0; way->front_layers > 0 && first < n; first += way->images_at_once) {
        const int count = n - first < way->images_at_once ? n - first : way->images_at_once;
        const float *some = x + (size_t)first * image;
        load_images(net, stream, some, count);
        forward_layers(net, stream, 0, way->front_layers, params, moving, some, first, count);
    }
    if (way->front_layers == 0) {
        load_images(net, stream, x, n);
    }
    forward_layers(net, stream, way->front_layers, net->model->layer_count, params, moving, x, 0, n);
    int input = 0;
    const double start = profile_start(net);
    const fal_head head = head_of(net, params, &input);
    const fal_map last = output_of(net, stream, input);
    float *embedding = stream_rows(net, stream, net->embedding, net->model->embedding);
    fal_head_flatten(&last, n, embedding);
    fal_head_forward(&head, n, embedding, stream_rows(net, stream, net->logits, net->model->shape.classes));
    profile_add(net, stream, net->model->layer_count - 1, offsetof(fal_layer_seconds, forward), start);
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
    const int most = net->infer.use.batch, stream = net->infer.streams == 1 ? 0 : fal_parallel_thread();
    const int64_t first = (int64_t)batch * most, left = work->n - first;
    const int count = left < most ? (int)left : most;
    forward(net, stream, work->params, NULL, work->x + (size_t)first * image, count);
    if (work->logits != NULL) {
        memcpy(work->logits + (size_t)first * classes, stream_rows(net, stream, net->logits, (int)classes),
               (size_t)count * classes * sizeof *work->logits);
    }
    if (work->embedding != NULL) {
        memcpy(work->embedding + (size_t)first * d, stream_rows(net, stream, net->embedding, (int)d),
               (size_t)count * d * sizeof *work->embedding);
    }
}

/* What kernels make of the weights, once for all streams. */
static void prepare_layers(void *context, int piece)
{
    const infer_work *work = context;
    const fal_net *net = work->net;
    (void)piece;
    for (int l = 0; l < net->model->layer_count; l++) {
        const fal_conv_kernel *kernel = net->layers[l].kernel;
        if (kernel != NULL) {
            const fal_conv_call call = call_of(net, &net->infer, 0, l, work->params, NULL, 1);
            const double start = profile_start(net);
            fal_kernels_prepare_infer(kernel, &call);
            profile_add(net, 0, l, offsetof(fal_layer_seconds, prepare), start);
        }
    }
}

void fal_net_infer(fal_net *net, const float *params, const float *x, int64_t n, float *logits, float *embedding)
{
    infer_work work = {.net = net, .params = params, .x = x, .n = n, .logits = logits, .embedding = embedding};
    profile_begin(net);
    const int batches = (int)((n + net->infer.use.batch - 1) / net->infer.use.batch);
    if (net->infer.streams > 1) {
        fal_parallel_for(1, prepare_layers, &work); /* kernels are planned for one thread */
        fal_parallel_for(batches, infer_batch, &work);
    } else {
        prepare_layers(&work, 0);
        for (int batch = 0; batch < batches; batch++) {
            infer_batch(&work, batch);
        }
    }
    profile_end(net, batches < net->infer.streams ? batches : net->infer.streams);
}

static void backward_conv(fal_net *net, int l, const float *params, const float *x, int n, float *gradient)
{
    const fal_layer *layer = &net->model->layers[l];
    fal_conv_call call = call_of(net, &net->train, 0, l, params, x, n);
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
    FAL_ASSERT(n >= 1 && n <= net->train.use.batch);
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
    FAL_ASSERT(n >= 1 && n <= net->train.use.batch);
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
