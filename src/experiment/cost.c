/* What trials take, counted from their settings. */
#include "cost_internal.h"

#include <math.h>

#include "fal/base/memory.h"
#include "fal/base/sort.h"
#include "fal/data/longtail.h"
#include "fal/data/partition.h"
#include "fal/results/tables.h"

enum {
    QUERY_BATCH = 512,        /* images that the query engine turns to floats at once */
    FILE_SMALL = 64 << 10,    /* of a results file beside its large parts: names, chunks, texts */
    WRITING_SMALL = 4 << 20,  /* that the HDF5 library takes while a file is written */
    READING_WINDOW = 4 << 20, /* of images that are read at once */
    BYTES_PER_IMAGE = 40      /* labels, client, row number, pool entry, mark of every training image */
};

/* Images that the clients will hold together: labelled ones that the long tail leaves. */
static fal_status images_dealt(const fal_settings *settings, const fal_dataset *dataset, int64_t *images)
{
    const size_t classes = (size_t)dataset->classes;
    int64_t *counts = NULL; /* [2][classes]: there are, stay */
    if (settings->people) { /* those without a label as well */
        *images = dataset->n_train;
        return FAL_OK;
    }
    FAL_TRY(fal_alloc(&counts, 2 * classes, sizeof *counts, "class counts"));
    for (int64_t i = 0; i < dataset->n_train; i++) {
        if (dataset->train_labels[i] >= 0) {
            counts[dataset->train_labels[i]]++;
        }
    }
    fal_longtail_counts(settings->rho, dataset->classes, counts, counts + classes);
    *images = 0;
    for (size_t c = 0; c < classes; c++) {
        *images += counts[classes + c];
    }
    fal_free(counts);
    return FAL_OK;
}

/* AL rounds at most: --al-rounds, or when the stop share or the end of the pools comes first. */
static int64_t planned_rounds(const fal_settings *settings, int64_t images)
{
    const double per_round =
        (double)fal_settings_budget(settings, images, images / settings->clients) * settings->clients;
    const double wanted = fmin(settings->stop_share, 1.0) * (double)images;
    const double rounds = settings->stored > 0 ? 1 + ceil((wanted - (double)settings->stored) / per_round - 1e-9)
                                               : ceil(wanted / per_round - 1e-9);
    return rounds < (double)settings->al_rounds ? (int64_t)fmax(rounds, 1) : settings->al_rounds;
}

void fal_flops_count(const fal_model *model, double *infer, double *train)
{
    int count = 0;
    const fal_layer *layers = fal_model_layers(model, &count);
    *infer = 0;
    *train = 0;
    for (int i = 0; i < count; i++) {
        const fal_layer *l = &layers[i];
        const double taps = l->kind == FAL_LAYER_CONV
                                ? (double)l->kernel * l->kernel * l->ci / l->groups * l->hc * l->wc
                            : l->kind == FAL_LAYER_LINEAR ? (double)l->ci * l->h * l->w
                                                          : 0;
        const double forward = 2 * taps * l->co;
        *infer += forward;
        *train += (l->input < 0 ? 2 : 3) * forward; /* no gradient for the image */
    }
}

static int models_needed(const fal_settings *s)
{
    const int needs = s->needs;
    return ((needs & FAL_NEED_GLOBAL) != 0) + ((needs & (FAL_NEED_LOCAL | FAL_NEED_FINETUNED)) != 0);
}

/* AL round r alone, r from 1, of so many clients. */
static fal_work work_of_round(const fal_settings *s, int64_t images, double clients, int64_t r)
{
    const double held = (double)images / s->clients;
    const double budget = (double)fal_settings_budget(s, images, (int64_t)held);
    const int needs = s->needs;
    const bool local = (needs & (FAL_NEED_LOCAL | FAL_NEED_FINETUNED)) != 0;
    const double initial = s->stored > 0 ? (double)s->stored / s->clients : budget;
    const double labelled = fmin(initial + (double)(r - 1) * budget, held);
    const double before = r > 1 ? fmin(initial + (double)(r - 2) * budget, held) : 0;
    const bool first = r == 2 && ((needs & FAL_NEED_LOCAL) != 0 || s->first_round);
    fal_work work = {.al_rounds = 1, .fl_rounds = s->fl_rounds, .labelled = labelled * s->clients};
    work.train = clients * labelled * s->train.epochs * s->fl_rounds * s->fed.participation;
    work.evaluations = fmin(s->evaluate, s->fl_rounds);
    work.first_evaluations = first && !s->apart ? s->clients : 0;
    if (r > 1) {
        work.infer = clients * models_needed(s) * (held - before + (needs & FAL_NEED_LABELLED ? before : 0));
        work.local_only = local || first ? clients * before * s->train.local_only_epochs : 0;
    }
    return work;
}

fal_status fal_work_count(const fal_planned *planned, const fal_dataset *dataset, int ranks, fal_work *work)
{
    const fal_settings *s = &planned->settings;
    int64_t images = 0;
    FAL_TRY(images_dealt(s, dataset, &images));
    const double clients = fal_fed_client_count(s->clients, ranks, 0);
    *work = (fal_work){0};
    for (int64_t r = 1; r <= planned_rounds(s, images); r++) {
        const fal_work round = work_of_round(s, images, clients, r);
        work->train += round.train;
        work->evaluations += round.evaluations + round.first_evaluations;
        work->first_evaluations += round.first_evaluations;
        work->labelled = round.labelled;
        work->infer += round.infer;
        work->local_only += round.local_only;
        work->al_rounds++;
        work->fl_rounds += s->fl_rounds;
    }
    return FAL_OK;
}

fal_status fal_flops_of_trial(const fal_planned *planned, const fal_dataset *dataset, double local_only_share,
                              double *flops)
{
    const fal_settings *s = &planned->settings;
    fal_work all;
    fal_model *model = NULL;
    double infer = 0;
    double train = 0;
    FAL_TRY(fal_work_count(planned, dataset, 1, &all));
    FAL_TRY(fal_model_create(&s->model, &model));
    fal_flops_count(model, &infer, &train);
    fal_model_destroy(model);
    const double local_only = all.local_only * local_only_share;
    *flops =
        (all.train + local_only) * train + (all.infer + local_only + all.evaluations * (double)dataset->n_test) * infer;
    return FAL_OK;
}

fal_status fal_shape_make(const fal_planned *planned, const fal_dataset *dataset, fal_shape *shape)
{
    fal_shape made = {.settings = &planned->settings, .test_images = (double)dataset->n_test};
    fal_model *model = NULL;
    FAL_TRY(images_dealt(made.settings, dataset, &made.images));
    FAL_TRY(fal_model_create(&made.settings->model, &model));
    fal_flops_count(model, &made.infer, &made.train);
    fal_model_destroy(model);
    made.al_rounds = planned_rounds(made.settings, made.images);
    *shape = made;
    return FAL_OK;
}

fal_load fal_shape_round(const fal_shape *shape, int64_t al_round)
{
    const fal_work work = work_of_round(shape->settings, shape->images, shape->settings->clients, al_round);
    const double local_only = FAL_LOCAL_ONLY_SHARE * work.local_only;
    return (fal_load){.al_rounds = 1,
                      .fl_rounds = (double)work.fl_rounds,
                      .train = work.train * shape->train,
                      .evaluation = work.evaluations * shape->test_images * shape->infer,
                      .queries = al_round > 1,
                      .query = local_only * shape->train + (local_only + work.infer) * shape->infer +
                               work.first_evaluations * shape->test_images * shape->infer};
}

fal_load fal_shape_after(const fal_shape *shape, int64_t al_round)
{
    fal_load sum = {0};
    for (int64_t r = al_round + 1; r <= shape->al_rounds; r++) {
        const fal_load round = fal_shape_round(shape, r);
        fal_load_add(&sum, &round, 1);
    }
    return sum;
}

fal_status fal_cost_order(const fal_plan *plan, const fal_dataset *dataset, int64_t *order)
{
    double *key = NULL;
    FAL_TRY(fal_alloc(&key, (size_t)plan->count, sizeof *key, "order of the trials"));
    fal_status status = FAL_OK;
    for (int i = 0; i < plan->count && status == FAL_OK; i++) {
        double flops = 0;
        status = fal_flops_of_trial(&plan->trials[i], dataset, FAL_LOCAL_ONLY_SHARE, &flops);
        key[i] = floor(2 * log2(fmax(flops, 1))); /* half powers of two: what lies in one step counts as equal */
    }
    if (status == FAL_OK) {
        status = fal_sort_falling(key, order, plan->count);
    }
    fal_free(key);
    return status;
}

fal_status fal_trial_disk(const fal_planned *planned, const fal_dataset *dataset, double *bytes)
{
    const fal_settings *s = &planned->settings;
    fal_work work;
    fal_model *model = NULL;
    FAL_TRY(fal_work_count(planned, dataset, 1, &work));
    FAL_TRY(fal_model_create(&s->model, &model));
    const double rows = (double)work.al_rounds * s->clients;
    *bytes = FILE_SMALL + (double)fal_model_size(model) * sizeof(float) + work.labelled * sizeof(fal_row_query) +
             (double)work.fl_rounds * sizeof(fal_row_fl_round) + rows * sizeof(fal_row_client) +
             rows * dataset->classes * 2 * sizeof(int64_t) +
             (double)dataset->classes * dataset->classes * sizeof(int64_t) +
             (double)dataset->n_train; /* the compressed partition */
    fal_model_destroy(model);
    return FAL_OK;
}

/* Images of the largest client, if the data decide how many each has; else those of any. */
static fal_status largest_client(const fal_settings *s, const fal_dataset *dataset, int64_t images, int64_t *most)
{
    const fal_partition_kind kind = s->partition.kind;
    const bool sites = kind == FAL_PARTITION_SITE && dataset->train_site != NULL;
    const int64_t n = dataset->n_train;
    int32_t *client_of = NULL;
    int64_t *sorted = NULL;
    fal_status status = FAL_OK;
    *most = images / s->clients + 1;
    if (!sites && kind != FAL_PARTITION_FILE) {
        return FAL_OK;
    }
    FAL_TRY_GOTO(fal_alloc(&sorted, (size_t)n, sizeof *sorted, "images of clients"));
    if (!sites) {
        FAL_TRY_GOTO(fal_alloc(&client_of, (size_t)n, sizeof *client_of, "images of clients"));
        FAL_TRY_GOTO(fal_partition_read(s->partition.file, dataset, n, client_of));
    }
    for (int64_t i = 0; i < n; i++) {
        sorted[i] = sites ? dataset->train_site[i] : client_of[i];
    }
    fal_sort_int64(sorted, n);
    for (int64_t i = 0, first = 0; i < n; i++) {
        first = sorted[i] == sorted[first] ? first : i;
        const bool nobody = !sites && sorted[i] < 0;
        *most = !nobody && i + 1 - first > *most ? i + 1 - first : *most;
    }
done:
    fal_free(client_of);
    fal_free(sorted);
    return status;
}

/* What a query takes at most: floats of a batch, logits and embeddings of pool and labelled images of each model, or
 * embeddings that are given, and what the strategy says of itself. */
static size_t query_bytes(const fal_settings *s, const fal_model *model, const fal_dataset *dataset, int64_t images,
                          int64_t most)
{
    const size_t image = (size_t)dataset->h * (size_t)dataset->w * (size_t)dataset->c;
    const size_t held = (size_t)most;
    const size_t d = (size_t)fal_model_embedding(model);
    const size_t given = (size_t)s->embeddings_d;
    const size_t models = (size_t)models_needed(s);
    const size_t row = models * (d + (size_t)dataset->classes) + given;
    const int64_t b = fal_settings_budget(s, images, (int64_t)held);
    if (row == 0) {
        return 0;
    }
    return ((models > 0 ? QUERY_BATCH * image : 0) + held * row) * sizeof(float) +
           fal_strategy_bytes(s->strategy, &s->query, (int64_t)held, b, dataset->classes, (int)(given > d ? given : d));
}

fal_status fal_trial_bytes(const fal_planned *planned, const fal_dataset *dataset, int size, size_t *bytes)
{
    const fal_settings *settings = &planned->settings;
    fal_model *model = NULL;
    double disk = 0;
    int64_t dealt = 0;
    int64_t most = 0;
    FAL_TRY(images_dealt(settings, dataset, &dealt));
    FAL_TRY(largest_client(settings, dataset, dealt, &most));
    FAL_TRY(fal_trial_disk(planned, dataset, &disk));
    FAL_TRY(fal_model_create(&settings->model, &model));
    const size_t image = (size_t)dataset->h * (size_t)dataset->w * (size_t)dataset->c;
    const size_t clients = (size_t)fal_fed_client_count(settings->clients, size, 0);
    const size_t train_images = clients * ((size_t)dealt / (size_t)settings->clients + 1);
    const size_t images = train_images + (size_t)dataset->n_test / (size_t)size + 1;
    const size_t embeddings = train_images * (size_t)settings->embeddings_d * sizeof(float);
    const size_t block = fal_model_size(model) * sizeof(float);
    const size_t confusion = (size_t)dataset->classes * (size_t)dataset->classes * sizeof(int64_t);
    const size_t query = query_bytes(settings, model, dataset, dealt, most);
    /* A file is built in memory, and its image is taken; the tables stand beside it. */
    const size_t writing = (size_t)(3 * disk) + WRITING_SMALL;
    const bool first = (settings->needs & FAL_NEED_LOCAL) != 0 || settings->first_round;
    *bytes = images * image + embeddings + READING_WINDOW + (size_t)dataset->n_train * BYTES_PER_IMAGE + 2 * block +
             2 * confusion + (first ? clients * block : 0) +
             fal_trainer_bytes(model, &settings->train, settings->kernels) +
             fal_fed_bytes(model, &settings->fed, size) + (query > writing ? query : writing);
    fal_model_destroy(model);
    return FAL_OK;
}
