/* The engine of a query: inference of what a strategy declares, model by model in batches, then the selection. */
#include <string.h>

#include "fal/base/clock.h"
#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/base/stop.h"
#include "fal/data/batch.h"
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

static fal_status infer(const fal_query_task *task, const float *params, const int64_t *images, int64_t n, float *x,
                        float *logits, float *embedding)
{
    const int classes = fal_model_shape_of(task->model)->classes;
    const int d = fal_model_embedding(task->model);
    fal_pixel_table table;
    fal_pixel_table_init(&table, task->dataset);
    for (int64_t first = 0; first < n; first += BATCH) {
        const int64_t count = first + BATCH < n ? BATCH : n - first;
        FAL_TRY(fal_stop_inside());
        conversion c = {task->dataset, &table, images + first, x};
        fal_parallel_for((int)count, convert_piece, &c);
        fal_net_infer(task->net, params, x, count, logits + first * classes, embedding + first * d);
    }
    return FAL_OK;
}

fal_status fal_query_infer(const fal_query_task *task, const float *params, const int64_t *images, int64_t n,
                           const float **logits, const float **embedding)
{
    const size_t classes = (size_t)fal_model_shape_of(task->model)->classes;
    const size_t d = (size_t)fal_model_embedding(task->model);
    const size_t floats = (size_t)task->dataset->h * (size_t)task->dataset->w * (size_t)task->dataset->c;
    float *x = NULL;
    float *z = NULL;
    float *l = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&x, BATCH * floats, sizeof *x, "images of a query"));
    FAL_TRY_GOTO(fal_alloc(&l, (size_t)n * classes, sizeof *l, "logits of the pool"));
    FAL_TRY_GOTO(fal_alloc(&z, (size_t)n * d, sizeof *z, "embeddings of the pool"));
    FAL_TRY_GOTO(infer(task, params, images, n, x, l, z));
    *logits = l;
    *embedding = z;
    l = z = NULL;
done:
    fal_free(z);
    fal_free(l);
    fal_free(x);
    return status;
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

/* The input of a strategy without the models' arrays. */
static fal_status start(const fal_query_task *task, fal_query_input *input)
{
    int32_t *labels = NULL;
    int32_t *truth = NULL;
    *input = (fal_query_input){.n = task->n,
                               .m = task->m,
                               .classes = fal_model_shape_of(task->model)->classes,
                               .d = fal_model_embedding(task->model),
                               .budget = task->budget,
                               .shared = task->shared,
                               .rng = task->rng,
                               .options = task->options};
    FAL_TRY(fal_alloc(&labels, (size_t)task->m, sizeof *labels, "labels of a query"));
    for (int64_t i = 0; i < task->m; i++) {
        labels[i] = task->dataset->train_labels[task->labelled[i]];
    }
    input->labels = labels;
    if ((fal_strategy_needs(task->strategy) & FAL_NEED_TRUTH) == 0) {
        return FAL_OK;
    }
    FAL_TRY(fal_alloc(&truth, (size_t)task->n, sizeof *truth, "labels of a query"));
    input->truth = truth;
    for (int64_t i = 0; i < task->n; i++) {
        truth[i] = task->dataset->train_labels[task->pool[i]];
        if (truth[i] < 0) {
            return fal_fail(FAL_ERR_INPUT, "strategy %s: needs the labels of the pool, and image %lld of %s has none",
                            fal_strategy_name(task->strategy), (long long)task->pool[i], task->dataset->path);
        }
    }
    return FAL_OK;
}

static void end(fal_query_input *input)
{
    for (int x = 0; x < 2; x++) {
        fal_free((void *)input->logits[x]);
        fal_free((void *)input->embedding[x]);
        fal_free((void *)input->logits_lab[x]);
        fal_free((void *)input->embedding_lab[x]);
    }
    fal_free((void *)input->given);
    fal_free((void *)input->given_lab);
    fal_free((void *)input->labels);
    fal_free((void *)input->truth);
}

/* z [count][d] of these images, for the caller to free. */
static fal_status gather(const fal_query_task *task, const int64_t *images, int64_t count, const float **z)
{
    const size_t row = (size_t)task->embeddings->d * sizeof(float);
    float *rows = NULL;
    FAL_TRY(fal_alloc(&rows, (size_t)count, row, "embeddings of the pool"));
    for (int64_t i = 0; i < count; i++) {
        memcpy(rows + i * task->embeddings->d, fal_embeddings_of(task->embeddings, task->dataset, images[i]), row);
    }
    *z = rows;
    return FAL_OK;
}

static fal_status take_given(const fal_query_task *task, fal_query_input *input)
{
    FAL_TRY(gather(task, task->pool, task->n, &input->given));
    FAL_TRY(gather(task, task->labelled, task->m, &input->given_lab));
    input->given_d = task->embeddings->d;
    return FAL_OK;
}

static fal_status infer_labelled(const fal_query_task *task, int x, const float *params, fal_query_input *input)
{
    return fal_query_infer(task, params, task->labelled, task->m, &input->logits_lab[x], &input->embedding_lab[x]);
}

/* The arrays that the strategy needs. */
static fal_status infer_needed(const fal_query_task *task, fal_query_input *input)
{
    const int of_strategy = fal_strategy_needs(task->strategy);
    const bool given = task->embeddings != NULL && (of_strategy & FAL_NEED_ANY_EMBEDDINGS) != 0;
    const int needs = given ? fal_query_needs_given(of_strategy) : of_strategy;
    const float *params[2] = {needs & FAL_NEED_GLOBAL ? task->global : NULL,
                              needs & (FAL_NEED_LOCAL | FAL_NEED_FINETUNED) ? task->local : NULL};
    FAL_ASSERT(!(needs & FAL_NEED_GLOBAL) || task->global != NULL);
    FAL_ASSERT(!(needs & (FAL_NEED_LOCAL | FAL_NEED_FINETUNED)) || task->local != NULL);
    for (int x = 0; x < 2; x++) {
        if (params[x] != NULL) {
            FAL_TRY(fal_query_infer(task, params[x], task->pool, task->n, &input->logits[x], &input->embedding[x]));
        }
        if (params[x] != NULL && (needs & FAL_NEED_LABELLED)) {
            FAL_TRY(infer_labelled(task, x, params[x], input));
        }
    }
    heads(task, input);
    return given ? take_given(task, input) : FAL_OK;
}

fal_status fal_query_run(const fal_query_task *task, fal_query_result *result)
{
    fal_query_input input;
    const double begun = fal_clock_seconds();
    fal_status status = start(task, &input);
    if (status == FAL_OK) {
        status = infer_needed(task, &input);
    }
    const double embedded = fal_clock_seconds();
    if (status == FAL_OK) {
        status = fal_query_select(task->strategy, &input, result);
        result->embed_seconds = embedded - begun;
    }
    end(&input);
    return status;
}

fal_status fal_query_shared_number(const fal_query_task *task, double *number)
{
    fal_query_input input;
    FAL_ASSERT(task->global != NULL && task->strategy->number != NULL);
    FAL_TRY(start(task, &input));
    const fal_status status = infer_labelled(task, FAL_GLOBAL, task->global, &input);
    if (status == FAL_OK) {
        *number = task->strategy->number(&input);
    }
    end(&input);
    return status;
}
