/* What a dry run measures: local training, evaluation, a local-only model and the sums of an FL round, by the code that
 * a trial runs, on its own images. A speed is the second best of several short windows: what disturbs
 * a window only makes it slower. */
#include <math.h>
#include <string.h>

#include "cost_internal.h"
#include "dryrun_internal.h"
#include "fal/base/clock.h"
#include "fal/base/memory.h"
#include "fal/base/text.h"
#include "fal/fed/evaluate.h"
#include "local_images_internal.h"

enum { WINDOWS = 7, EVALUATED = 256 };
static const double WINDOW_SECONDS = 0.2;
static const double EPOCH_SECONDS = 0.2; /* as a rule: fewer images are taken for slow networks */
static const double LOCAL_ONLY_SECONDS = 8;

/* One rank at work for one network. */
typedef struct {
    const fal_comm *world, *group;
    fal_dataset *dataset;
    fal_settings settings;
    fal_model *model;
    fal_trainer *trainer;
    fal_pool pool; /* of the rank's first client, labelled as in the middle of a trial; no images: no client */
    uint32_t client;
    int64_t al_rounds;
    float *initial, *params; /* [size] */
    int64_t *sums;           /* [size] */
    fal_evaluation evaluation;
} bench;

/* The second largest. */
static double usual(const double values[WINDOWS])
{
    double best = 0;
    double second = 0;
    for (int i = 0; i < WINDOWS; i++) {
        if (values[i] > best) {
            second = best;
            best = values[i];
        } else if (values[i] > second) {
            second = values[i];
        }
    }
    return second;
}

/* Labels for half of the AL rounds. */
static fal_status make_pool(bench *b, const fal_local_images *held)
{
    int64_t *images = NULL;
    FAL_TRY(fal_pool_create(&b->pool, held->client_of, b->dataset->n_train, held->first));
    const double wanted =
        (double)fal_settings_budget(&b->settings, held->images, b->pool.size) * (double)(b->al_rounds + 1) / 2;
    const int64_t count = wanted < (double)b->pool.size ? (int64_t)wanted : b->pool.size;
    b->client = (uint32_t)held->first;
    FAL_TRY(fal_alloc(&images, (size_t)count, sizeof *images, "measurement"));
    fal_pool_label(&b->pool, images, fal_pool_initial(&b->pool, b->settings.train.seed, b->client, count, images));
    for (int64_t i = 0; i < count; i++) { /* what people would say is not known: any class takes as long */
        int16_t *label = &b->dataset->train_labels[images[i]];
        if (*label < 0) {
            *label = (int16_t)(images[i] % b->dataset->classes);
        }
    }
    fal_free(images);
    return FAL_OK;
}

static fal_status make(bench *b, const fal_planned *planned, fal_local_images *held)
{
    const fal_rng rng = {.seed = 1, .purpose = FAL_RNG_TEST};
    const size_t classes = (size_t)b->dataset->classes;
    fal_work work;
    b->settings = planned->settings;
    FAL_TRY(fal_work_count(planned, b->dataset, 1, &work));
    FAL_TRY(fal_local_images_fill(held, &b->settings, b->group));
    b->al_rounds = work.al_rounds;
    fal_train_settings train = b->settings.train;
    train.epochs = 1;
    FAL_TRY(fal_model_create(&b->settings.model, &b->model));
    FAL_TRY(fal_trainer_create(b->model, b->dataset, &train, b->settings.kernels, &b->trainer));
    const size_t size = fal_model_size(b->model);
    FAL_TRY(fal_alloc(&b->initial, size, sizeof *b->initial, "measurement"));
    FAL_TRY(fal_alloc(&b->params, size, sizeof *b->params, "measurement"));
    FAL_TRY(fal_alloc(&b->sums, size, sizeof *b->sums, "measurement"));
    FAL_TRY(fal_alloc(&b->evaluation.correct, classes, sizeof(int64_t), "measurement"));
    FAL_TRY(fal_alloc(&b->evaluation.images, classes, sizeof(int64_t), "measurement"));
    fal_model_init(b->model, &rng, b->initial);
    return held->local > 0 ? make_pool(b, held) : FAL_OK;
}

static void destroy(bench *b)
{
    fal_free(b->evaluation.images);
    fal_free(b->evaluation.correct);
    fal_free(b->sums);
    fal_free(b->params);
    fal_free(b->initial);
    fal_pool_destroy(&b->pool);
    fal_trainer_destroy(b->trainer);
    fal_model_destroy(b->model);
}

/* Local training on the first m labelled images, from the same weights each time so that nothing diverges. */
static fal_status train_epoch(bench *b, int64_t m, double *seconds)
{
    fal_pool some = b->pool;
    fal_local_outcome outcome;
    some.labelled_count = m;
    const double start = fal_clock_seconds();
    memcpy(b->params, b->initial, fal_model_size(b->model) * sizeof *b->params);
    FAL_TRY(fal_client_train(b->trainer, &some, b->client, 1, 0, b->settings.train.lr, NULL, b->params, &outcome));
    *seconds = fal_clock_seconds() - start;
    return FAL_OK;
}

static fal_status measure_training(bench *b, fal_speeds *speeds)
{
    const int64_t labelled = b->pool.labelled_count;
    const int64_t batch = b->settings.train.batch < labelled ? b->settings.train.batch : labelled;
    double windows[WINDOWS];
    double seconds = 0;
    if (labelled == 0) {
        return FAL_OK;
    }
    FAL_TRY(train_epoch(b, batch, &seconds)); /* warms up */
    FAL_TRY(train_epoch(b, batch, &seconds));
    const double affordable = EPOCH_SECONDS / seconds * (double)batch;
    const int64_t m = affordable < (double)batch      ? batch
                      : affordable > (double)labelled ? labelled
                                                      : (int64_t)affordable;
    for (int w = 0; w < WINDOWS; w++) {
        double spent = 0;
        int64_t epochs = 0;
        for (; spent < WINDOW_SECONDS; spent += seconds, epochs++) {
            FAL_TRY(train_epoch(b, m, &seconds));
        }
        windows[w] = (double)(epochs * m) / spent;
    }
    speeds->train = usual(windows);
    return FAL_OK;
}

/* A part of the rank's test images, by the collective evaluation. Collective over the group. */
static fal_status measure_inference(bench *b, fal_speeds *speeds)
{
    const int64_t held = b->dataset->test_held;
    double windows[WINDOWS];
    fal_status status = FAL_OK;
    b->dataset->test_held = held < EVALUATED ? held : EVALUATED;
    for (int w = 0; w < WINDOWS && status == FAL_OK; w++) {
        const double start = fal_clock_seconds();
        status = fal_evaluate(b->group, b->trainer, b->dataset, b->initial, &b->evaluation);
        windows[w] = (double)b->dataset->test_held / (fal_clock_seconds() - start);
    }
    b->dataset->test_held = held;
    if (status == FAL_OK) {
        speeds->infer = usual(windows);
    }
    return status;
}

/* How many of its epochs a local-only model takes: with the labels of the two middle queries, or as many of them as can
 * be afforded if that is enough to tell. */
static fal_status measure_local_only(bench *b, fal_speeds *speeds)
{
    enum { SIZES = 2 };
    const int most = b->settings.train.local_only_epochs;
    const double affordable = LOCAL_ONLY_SECONDS / SIZES * speeds->train / most;
    double taken = 0;
    double planned = 0;
    for (int before = 0; before < SIZES; before++) { /* AL rounds before the middle one */
        fal_pool some = b->pool;
        int epochs = 0;
        double accuracy = 0;
        some.labelled_count -= some.labelled_count * 2 * before / (b->al_rounds + 1);
        if (affordable < (double)some.labelled_count) {
            some.labelled_count = (int64_t)affordable;
            if (affordable < b->settings.train.batch) {
                return FAL_OK;
            }
        }
        if (some.labelled_count > 0) {
            FAL_TRY(fal_client_train_local_only(b->trainer, &some, b->client, 1, NULL, b->params, &epochs, &accuracy));
        }
        taken += (double)(epochs * some.labelled_count);
        planned += (double)(most * some.labelled_count);
    }
    if (planned > 0) {
        speeds->local_only_share = taken / planned;
        speeds->local_only_measured = true;
    }
    return FAL_OK;
}

/* Both reductions of an FL round. Collective over the group. */
static void measure_reduction(bench *b, fal_speeds *speeds)
{
    double windows[WINDOWS];
    int tensors = 0;
    (void)fal_model_tensors(b->model, &tensors);
    for (int w = 0; w < WINDOWS; w++) {
        const double start = fal_clock_seconds();
        fal_comm_sum_int64(b->group, b->sums, (size_t)tensors);
        fal_comm_sum_int64(b->group, b->sums, fal_model_size(b->model));
        windows[w] = 1 / (fal_clock_seconds() - start + 1e-9);
    }
    speeds->reduce = 1 / usual(windows);
}

static bool needs_local_only(const fal_plan *plan, const fal_dataset *dataset)
{
    for (int i = 0; i < plan->count; i++) {
        fal_work work;
        if (fal_work_count(&plan->trials[i], dataset, 1, &work) == FAL_OK && work.local_only > 0) {
            return true;
        }
    }
    return false;
}

/* All ranks at once, as in a trial. Collective over the world. */
static fal_status measure(bench *b, bool local_only, fal_speeds *speeds)
{
    const fal_comm *world = b->world;
    fal_comm_barrier(world);
    FAL_TRY(fal_comm_agree(world, measure_training(b, speeds)));
    FAL_TRY(fal_comm_agree(world, measure_inference(b, speeds)));
    FAL_TRY(fal_comm_agree(world, local_only ? measure_local_only(b, speeds) : FAL_OK));
    measure_reduction(b, speeds);
    return FAL_OK;
}

static bool is_known(const fal_speeds *speeds, int count, const char *architecture)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(speeds[i].architecture, architecture) == 0) {
            return true;
        }
    }
    return false;
}

fal_status fal_dryrun_measure(const fal_comm *world, const fal_plan *plan, fal_dataset *dataset,
                              const fal_layout *layout, fal_speeds speeds[FAL_SPEEDS_MAX], int *count)
{
    fal_local_images held = {.dataset = dataset};
    fal_comm *group = NULL;
    const int last = layout->groups - 1;
    const int wanted = fal_comm_rank(world) / layout->ranks_per_trial;
    const bool local_only = needs_local_only(plan, dataset);
    fal_status status = FAL_OK;
    *count = 0;
    FAL_TRY_GOTO(fal_comm_split(world, wanted < last ? wanted : last, &group));
    for (int i = 0; i < plan->count && *count < FAL_SPEEDS_MAX && status == FAL_OK; i++) {
        const char *architecture = fal_params_text(plan->trials[i].id.params, "model");
        fal_speeds *next = &speeds[*count];
        if (is_known(speeds, *count, architecture)) {
            continue;
        }
        bench b = {.world = world, .group = group, .dataset = dataset};
        *next = (fal_speeds){.local_only_share = FAL_LOCAL_ONLY_SHARE};
        (void)fal_text_copy(next->architecture, sizeof next->architecture, architecture);
        status = fal_comm_agree(world, make(&b, &plan->trials[i], &held));
        if (status == FAL_OK) {
            status = measure(&b, local_only, next);
        }
        destroy(&b);
        (*count)++;
    }
done:
    fal_local_images_destroy(&held);
    fal_comm_destroy(group);
    return status;
}
