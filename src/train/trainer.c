/* A client's local training in FL: bytes to batches, gradient, what the algorithm adds, SGD (algorithms.md section 3).
 *
 * A rank has one trainer and trains its clients one after the other; nothing of a client is kept in it. */
#include "fal/train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/clock.h"
#include "fal/base/parallel.h"
#include "fal/base/stop.h"
#include "fal/data/batch.h"
#include "trainer_internal.h"

enum {
    INFERENCE_CHUNK = 256, /* images turned from bytes to floats at once for inference: 3 MiB at 32x32x3 */
    FILL_PIECE = 8         /* images that one thread turns at once */
};

static size_t arena_bytes(const fal_model *model, int chunk, int batch)
{
    const fal_model_shape *shape = fal_model_shape_of(model);
    const size_t image = (size_t)shape->h * (size_t)shape->w * (size_t)shape->c * sizeof(float);
    const size_t trained = fal_model_trained(model) * sizeof(float);
    const size_t classes = (size_t)shape->classes;
    return fal_arena_round((size_t)chunk * image) + fal_arena_round((size_t)batch * sizeof(int32_t)) +
           2 * fal_arena_round(trained) + fal_arena_round((size_t)chunk * classes * sizeof(float)) +
           fal_arena_round((2 * classes + 2) * sizeof(int64_t));
}

static int chunk_of(const fal_train_settings *settings)
{
    return settings->batch > INFERENCE_CHUNK ? settings->batch : INFERENCE_CHUNK;
}

size_t fal_trainer_bytes(const fal_model *model, const fal_train_settings *settings, fal_kernels kernels)
{
    const fal_net_options options = {.batch = settings->batch, .training = true, .kernels = kernels};
    return fal_net_bytes(model, &options) + arena_bytes(model, chunk_of(settings), settings->batch);
}

fal_status fal_trainer_create(const fal_model *model, const fal_dataset *dataset, const fal_train_settings *settings,
                              fal_kernels kernels, fal_trainer **trainer)
{
    const fal_model_shape *shape = fal_model_shape_of(model);
    const fal_net_options options = {.batch = settings->batch, .training = true, .kernels = kernels};
    const size_t classes = (size_t)shape->classes;
    fal_trainer *created = NULL;
    fal_status status = FAL_OK;
    FAL_ASSERT(shape->h == dataset->h && shape->w == dataset->w && shape->c == dataset->c);
    FAL_TRY(fal_alloc(&created, 1, sizeof *created, "trainer"));
    created->model = model;
    created->dataset = dataset;
    created->settings = *settings;
    created->chunk = chunk_of(settings);
    fal_pixel_table_init(&created->pixel_table, dataset);
    created->pixels = (size_t)shape->h * (size_t)shape->w * (size_t)shape->c;
    FAL_TRY_GOTO(fal_net_create(model, &options, &created->net));
    FAL_TRY_GOTO(
        fal_arena_create(&created->arena, arena_bytes(model, created->chunk, settings->batch), "training batches"));
    const size_t chunk = (size_t)created->chunk;
    const size_t trained = fal_model_trained(model) * sizeof(float);
    created->x = fal_arena_take(&created->arena, chunk * created->pixels * sizeof(float));
    created->labels = fal_arena_take(&created->arena, (size_t)settings->batch * sizeof(int32_t));
    created->gradient = fal_arena_take(&created->arena, trained);
    created->velocity = fal_arena_take(&created->arena, trained);
    created->logits = fal_arena_take(&created->arena, chunk * classes * sizeof(float));
    created->tally = fal_arena_take(&created->arena, (2 * classes + 2) * sizeof(int64_t));
    *trainer = created;
    return FAL_OK;
done:
    fal_trainer_destroy(created);
    return status;
}

void fal_trainer_destroy(fal_trainer *trainer)
{
    if (trainer == NULL) {
        return;
    }
    fal_free(trainer->order);
    fal_arena_destroy(&trainer->arena);
    fal_net_destroy(trainer->net);
    fal_free(trainer);
}

fal_net *fal_trainer_net(fal_trainer *trainer) { return trainer->net; }

fal_status fal_trainer_reserve(fal_trainer *trainer, int64_t n)
{
    int64_t *order = NULL;
    if (n <= trainer->order_room) {
        return FAL_OK;
    }
    FAL_TRY(fal_alloc(&order, (size_t)n, sizeof *order, "order of a client's images"));
    fal_free(trainer->order);
    trainer->order = order;
    trainer->order_room = n;
    return FAL_OK;
}

void fal_trainer_start(fal_trainer *trainer)
{
    memset(trainer->velocity, 0, fal_model_trained(trainer->model) * sizeof *trainer->velocity);
}

typedef struct {
    fal_trainer *trainer;
    const int64_t *images;
    const int64_t *order;
    const fal_rng *flips;
    int64_t first, count;
} fill_work;

static void fill_piece(void *context, int piece)
{
    const fill_work *work = context;
    fal_trainer *trainer = work->trainer;
    const fal_dataset *dataset = trainer->dataset;
    const int64_t begin = (int64_t)piece * FILL_PIECE;
    const int64_t end = begin + FILL_PIECE < work->count ? begin + FILL_PIECE : work->count;
    for (int64_t i = begin; i < end; i++) {
        const uint8_t *pixels =
            work->images == NULL
                ? dataset->test_images + (size_t)(work->first + i) * trainer->pixels
                : fal_dataset_train_image(dataset, work->images[work->order == NULL ? i : work->order[i]]);
        const bool flip = work->flips != NULL && fal_batch_flipped(work->flips, work->first + i);
        fal_batch_image(&trainer->pixel_table, dataset, pixels, flip, trainer->x + (size_t)i * trainer->pixels);
    }
}

void fal_trainer_fill(fal_trainer *trainer, const int64_t *images, const int64_t *order, const fal_rng *flips,
                      int64_t first, int64_t count)
{
    fill_work work = {trainer, images, order, flips, first, count};
    FAL_ASSERT(count <= trainer->chunk);
    fal_parallel_for((int)((count + FILL_PIECE - 1) / FILL_PIECE), fill_piece, &work);
}

/* One optimiser step on the batch in x; *loss gains what the algorithm adds. */
static fal_status train_batch(fal_trainer *trainer, fal_local_run *run, int count, float *params, double *loss)
{
    const fal_local_extra *extra = run->extra;
    const size_t trained = fal_model_trained(trainer->model);
    const float lr = (float)(run->steps >= run->milestone ? run->lr_after : run->lr);
    fal_net_gradient(trainer->net, params, trainer->x, trainer->labels, count, trainer->gradient, loss, NULL);
    if (!isfinite(*loss)) {
        return fal_trainer_fail_loss(trainer, run->where, "the training loss", params);
    }
    run->loss_sum += *loss;
    if (extra != NULL && extra->add_to_gradient != NULL) {
        *loss += extra->add_to_gradient(extra->state, trainer->gradient, params, trained);
    }
    fal_sgd_step(params, trainer->gradient, trainer->velocity, trained, lr, (float)trainer->settings.momentum,
                 (float)trainer->settings.weight_decay);
    if (extra != NULL && extra->after_step != NULL) {
        extra->after_step(extra->state, params, lr);
    }
    return FAL_OK;
}

fal_status fal_trainer_epoch(fal_trainer *trainer, fal_local_run *run, const fal_rng *order, const fal_rng *flips,
                             float *params, double *loss)
{
    const int64_t batch = trainer->settings.batch;
    double sum = 0;
    int64_t batches = 0;
    FAL_ASSERT(run->n > 0 && run->n <= trainer->order_room);
    if (trainer->order_hook != NULL) {
        trainer->order_hook(trainer->order_context, order, trainer->order, run->n);
    } else {
        fal_batch_order(order, trainer->order, run->n);
    }
    for (int64_t first = 0; first < run->n; first += batch) {
        const int64_t count = run->n - first < batch ? run->n - first : batch;
        double batch_loss = 0;
        FAL_TRY(fal_stop_inside());
        fal_trainer_fill(trainer, run->images, trainer->order + first, flips, first, count);
        for (int64_t i = 0; i < count; i++) {
            trainer->labels[i] = trainer->dataset->train_labels[run->images[trainer->order[first + i]]];
            FAL_ASSERT_HOT(trainer->labels[i] >= 0);
        }
        FAL_TRY(train_batch(trainer, run, (int)count, params, &batch_loss));
        if (!isfinite(batch_loss)) {
            return fal_trainer_fail_loss(trainer, run->where, "the loss with what the algorithm adds", params);
        }
        sum += batch_loss;
        batches++;
        run->steps++;
    }
    *loss = sum / (double)batches;
    return FAL_OK;
}

fal_status fal_trainer_finish(const fal_trainer *trainer, const fal_local_run *run, const float *params)
{
    FAL_TRY(fal_trainer_check_params(trainer, run->where, params));
    return fal_trainer_check_loss(trainer, run->where, false, run->loss_sum / (double)run->steps, params);
}

fal_status fal_trainer_accuracy(fal_trainer *trainer, const float *params, const int64_t *images, int64_t n,
                                const fal_rng *flips, double *accuracy)
{
    const int classes = fal_model_shape_of(trainer->model)->classes;
    int64_t correct = 0;
    for (int64_t first = 0; first < n; first += trainer->chunk) {
        const int64_t count = n - first < trainer->chunk ? n - first : trainer->chunk;
        FAL_TRY(fal_stop_inside());
        fal_trainer_fill(trainer, images + first, NULL, flips, first, count);
        fal_net_infer(trainer->net, params, trainer->x, count, trainer->logits, NULL);
        for (int64_t i = 0; i < count; i++) {
            correct += fal_logits_argmax(trainer->logits + (size_t)i * (size_t)classes, classes) ==
                       trainer->dataset->train_labels[images[first + i]];
        }
    }
    *accuracy = (double)correct / (double)n;
    return FAL_OK;
}

fal_status fal_client_train(fal_trainer *trainer, const fal_pool *pool, uint32_t client, uint32_t al_round,
                            uint32_t fl_round, double lr, const fal_local_extra *extra, float *params,
                            fal_local_outcome *outcome)
{
    const fal_train_settings *settings = &trainer->settings;
    const double started = fal_clock_seconds();
    fal_local_run run = {.images = pool->labelled,
                         .n = pool->labelled_count,
                         .extra = extra,
                         .lr = lr,
                         .lr_after = lr,
                         .milestone = INT64_MAX};
    fal_rng order = {.seed = settings->seed,
                     .purpose = FAL_RNG_BATCH_ORDER,
                     .al_round = al_round,
                     .client = client,
                     .fl_round = fl_round};
    double sum = 0;
    *outcome = (fal_local_outcome){.loss = NAN};
    if (run.n == 0) {
        return FAL_OK;
    }
    (void)snprintf(run.where, sizeof run.where, "client %u, AL round %u, FL round %u", client, al_round, fl_round + 1);
    FAL_TRY(fal_trainer_reserve(trainer, run.n));
    fal_trainer_start(trainer);
    for (int epoch = 0; epoch < settings->epochs; epoch++) {
        double loss = 0;
        order.epoch = (uint32_t)epoch;
        fal_rng flips = order;
        flips.purpose = FAL_RNG_AUGMENT;
        FAL_TRY(fal_trainer_epoch(trainer, &run, &order, settings->flip ? &flips : NULL, params, &loss));
        sum += loss;
    }
    FAL_TRY(fal_trainer_finish(trainer, &run, params));
    outcome->loss = sum / settings->epochs;
    outcome->steps = run.steps;
    outcome->seconds = fal_clock_seconds() - started;
    return FAL_OK;
}

double fal_fed_learning_rate(const fal_train_settings *settings, int t, int rounds)
{
    /* The small addition keeps products like 0.29 * 100 from falling below the whole number that is meant. */
    const double milestone = floor(settings->lr_milestone * rounds + 1e-9);
    return t > milestone ? settings->lr * settings->lr_decay : settings->lr;
}
