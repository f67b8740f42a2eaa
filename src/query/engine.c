/* The engine of a query: inference of what a strategy declares, model by model in batches, then the selection. */
#include <string.h>

#include "fal/base/clock.h"
#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/data/batch.h"
#include "fairfal.h"
#include "query_internal.h"

enum { BATCH = 512 };

typedef struct {
    const fal_dataset *dataset;
    const fal_pixel_table *table;
    const int64_t *images;
    float *x; /* [BATCH][h][w][c] */
} conversion;

static void convert_piece(void *context, int piece)
{
    const conversion *c = context;
    const int64_t floats = (int64_t)c->dataset->h * c->dataset->w * c->dataset->c;
    fal_batch_image(c->table, c->dataset, fal_dataset_train_image(c->dataset, c->images[piece]), false,
                    c->x + piece * floats);
}

static void infer(const fal_query_task *task, const float *params, const int64_t *images, int64_t n, float *x,
                  float *logits, float *embedding)
{
    const int classes = fal_model_shape_of(task->model)->classes;
    const int d = fal_model_embedding(task->model);
    fal_pixel_table table;
    fal_pixel_table_init(&table, task->dataset);
    for (int64_t first = 0; first < n; first += BATCH) {
        const int64_t count = first + BATCH < n ? BATCH : n - first;
        conversion c = {task->dataset, &table, images + first, x};
        fal_parallel_for((int)count, convert_piece, &c);
        fal_net_infer(task->net, params, x, count, logits + first * classes, embedding + first * d);
    }
}

/* Room for logits and embeddings of `n` images under one model, filled. */
static fal_status embed(const fal_query_task *task, const float *params, const int64_t *images, int64_t n, float *x,
                        const float **logits, const float **embedding)
{
    const size_t classes = (size_t)fal_model_shape_of(task->model)->classes;
    const size_t d = (size_t)fal_model_embedding(task->model);
    float *z = NULL;
    float *l = NULL;
    fal_status status = fal_alloc(&l, (size_t)n * classes, sizeof *l, "logits of the pool");
    if (status == FAL_OK) {
        status = fal_alloc(&z, (size_t)n * d, sizeof *z, "embeddings of the pool");
    }
    if (status != FAL_OK) {
        fal_free(l);
        return status;
    }
    infer(task, params, images, n, x, l, z);
    *logits = l;
    *embedding = z;
    return FAL_OK;
}

static void heads(const fal_query_task *task, fal_query_input *input)
{
    int layer_count = 0;
    int tensor_count = 0;
    const fal_layer *layers = fal_model_layers(task->model, &layer_count);
    const fal_tensor *tensors = fal_model_tensors(task->model, &tensor_count);
    const fal_layer *last = &layers[layer_count - 1];
    FAL_ASSERT(last->kind == FAL_LAYER_LINEAR && last->weight < tensor_count && last->bias < tensor_count);
    const float *params[2] = {task->global, task->local};
    for (int x = 0; x < 2; x++) {
        if (params[x] != NULL) {
            input->head_w[x] = params[x] + tensors[last->weight].offset;
            input->head_b[x] = params[x] + tensors[last->bias].offset;
        }
    }
}

static fal_status prepare(const fal_query_task *task, fal_query_input *input, int32_t *labels)
{
    const int needs = fal_strategy_needs(task->strategy);
    const float *params[2] = {needs & FAL_NEED_GLOBAL ? task->global : NULL,
                              needs & (FAL_NEED_LOCAL | FAL_NEED_FINETUNED) ? task->local : NULL};
    const size_t floats = (size_t)task->dataset->h * (size_t)task->dataset->w * (size_t)task->dataset->c;
    float *x = NULL;
    fal_status status = fal_alloc(&x, BATCH * floats, sizeof *x, "images of a query");
    FAL_ASSERT(!(needs & FAL_NEED_GLOBAL) || task->global != NULL);
    FAL_ASSERT(!(needs & (FAL_NEED_LOCAL | FAL_NEED_FINETUNED)) || task->local != NULL);
    for (int i = 0; status == FAL_OK && i < 2; i++) {
        if (params[i] == NULL) {
            continue;
        }
        status = embed(task, params[i], task->pool, task->n, x, &input->logits[i], &input->embedding[i]);
        if (status == FAL_OK && (needs & FAL_NEED_LABELLED)) {
            status =
                embed(task, params[i], task->labelled, task->m, x, &input->logits_lab[i], &input->embedding_lab[i]);
        }
    }
    for (int64_t i = 0; i < task->m; i++) {
        labels[i] = task->dataset->train_labels[task->labelled[i]];
    }
    input->labels = labels;
    heads(task, input);
    fal_free(x);
    return status;
}

fal_status fal_query_run(const fal_query_task *task, fal_query_result *result)
{
    fal_query_input input = {.n = task->n,
                             .m = task->m,
                             .classes = fal_model_shape_of(task->model)->classes,
                             .d = fal_model_embedding(task->model),
                             .budget = task->budget,
                             .shared = task->shared,
                             .rng = task->rng,
                             .options = task->options};
    int32_t *labels = NULL;
    const double start = fal_clock_seconds();
    FAL_TRY(fal_alloc(&labels, (size_t)task->m, sizeof *labels, "labels of a query"));
    fal_status status = prepare(task, &input, labels);
    const double embedded = fal_clock_seconds();
    if (status == FAL_OK) {
        status = fal_query_select(task->strategy, &input, result);
        result->embed_seconds = embedded - start;
    }
    for (int x = 0; x < 2; x++) {
        fal_free((void *)input.logits[x]);
        fal_free((void *)input.embedding[x]);
        fal_free((void *)input.logits_lab[x]);
        fal_free((void *)input.embedding_lab[x]);
    }
    fal_free(labels);
    return status;
}

fal_status fal_query_shared_number(const fal_query_task *task, double *number)
{
    const int classes = fal_model_shape_of(task->model)->classes;
    const size_t floats = (size_t)task->dataset->h * (size_t)task->dataset->w * (size_t)task->dataset->c;
    float *x = NULL;
    int32_t *labels = NULL;
    const float *logits = NULL;
    const float *embedding = NULL;
    fal_status status = FAL_OK;
    FAL_ASSERT(task->global != NULL);
    FAL_TRY_GOTO(fal_alloc(&x, BATCH * floats, sizeof *x, "images of a query"));
    FAL_TRY_GOTO(fal_alloc(&labels, (size_t)task->m, sizeof *labels, "labels of a query"));
    FAL_TRY_GOTO(embed(task, task->global, task->labelled, task->m, x, &logits, &embedding));
    for (int64_t i = 0; i < task->m; i++) {
        labels[i] = task->dataset->train_labels[task->labelled[i]];
    }
    *number = fal_fairfal_ratio(logits, labels, task->m, classes);
done:
    fal_free((void *)embedding);
    fal_free((void *)logits);
    fal_free(labels);
    fal_free(x);
    return status;
}
