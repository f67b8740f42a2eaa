/* fal_bench: one query of one client as users get it: local-only training where the strategy needs L, inference and
 * selection by the engine, on images of the built-in data set. */
#include <math.h>
#include <string.h>
#include <sys/resource.h>

#include "fal/experiment/parameters.h"
#include "fal/base/clock.h"
#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/data/synth.h"
#include "fal/experiment/settings.h"
#include "fal/train/trainer.h"
#include "fal_bench_internal.h"

/* 18 epochs over 250 images in batches of 64 are 72 steps; the authors' program was measured with 69. */
enum { LOCAL_EPOCHS = 18, TEACHING = 5000, TEACHING_EPOCHS = 2 };

/* Seconds of the authors' program (PyTorch 2.15.0, one thread of an AMD EPYC of 2021, Zen 3, AVX2) for one query of a
 * client with 4,750 unlabelled and 250 labelled images of CIFAR-10 and a budget of 250. Another machine: orientation,
 * no race. */
static const struct {
    const char *family;
    double seconds;
} authors[] = {{"entropy", 7.7}, {"coreset", 9.1}, {"badge", 13.6}, {"gcnal", 48.8}, {"logo", 38.9}};

typedef struct {
    fal_dataset_parts parts;
    fal_dataset dataset; /* held in memory; its arrays belong to parts, row_of to this */
    fal_settings settings;
    fal_model *model;
    fal_trainer *trainer;
    float *global, *local;
    int64_t *images; /* [pool + labelled] the labelled ones first */
    int64_t m, n;
} client;

typedef struct {
    double local, embed, select, total;
} parts_of_query;

static void client_destroy(client *c)
{
    fal_trainer_destroy(c->trainer);
    fal_model_destroy(c->model);
    fal_free(c->global);
    fal_free(c->local);
    fal_free(c->images);
    fal_free(c->dataset.row_of);
    fal_dataset_parts_destroy(&c->parts);
}

static fal_status make_dataset(const fal_bench_settings *set, client *c)
{
    const fal_bench_shape *size = &set->shapes[0];
    const fal_synth_settings synth = {.seed = 1,
                                      .n_train = c->n + c->m,
                                      .n_test = FAL_SYNTH_CLASSES,
                                      .classes = FAL_SYNTH_CLASSES,
                                      .side = size->h,
                                      .scenes = FAL_SYNTH_SCENES};
    if (size->h != size->w || size->c != 3 || size->h < FAL_SYNTH_SIDE_MIN || size->h > FAL_SYNTH_SIDE_MAX) {
        return fal_fail(FAL_ERR_USAGE, "--shape: queries are measured on square colour images, 32x32x3 for example");
    }
    FAL_TRY(fal_synth_make(&synth, &c->parts));
    c->dataset = (fal_dataset){.h = size->h,
                               .w = size->w,
                               .c = size->c,
                               .classes = c->parts.classes,
                               .n_train = c->parts.n_train,
                               .n_test = c->parts.n_test,
                               .flip = true,
                               .train_labels = c->parts.train_labels,
                               .test_labels = c->parts.test_labels,
                               .train_images = c->parts.train_images,
                               .held = c->parts.n_train};
    memcpy(c->dataset.mean, c->parts.mean, sizeof c->dataset.mean);
    memcpy(c->dataset.std, c->parts.std, sizeof c->dataset.std);
    FAL_TRY(fal_alloc(&c->dataset.row_of, (size_t)c->dataset.n_train, sizeof *c->dataset.row_of, "rows"));
    FAL_TRY(fal_alloc(&c->images, (size_t)c->dataset.n_train, sizeof *c->images, "images"));
    for (int64_t i = 0; i < c->dataset.n_train; i++) {
        c->dataset.row_of[i] = i;
        c->images[i] = i;
    }
    return FAL_OK;
}

static fal_status make_settings(const fal_bench_settings *set, client *c)
{
    fal_params *params = NULL;
    FAL_TRY(fal_params_create(fal_parameters(), &params));
    const fal_status status = fal_settings_make(params, &c->dataset, &c->settings);
    fal_params_destroy(params);
    FAL_TRY(status);
    c->settings.train.batch = set->batches[0];
    c->settings.train.local_only_epochs = LOCAL_EPOCHS;
    c->settings.train.local_only_stop = 2.0; /* never: every run trains as long */
    c->settings.query.kmeans_starts = set->starts;
    if (!fal_text_copy(c->settings.model.architecture, sizeof c->settings.model.architecture, set->architecture)) {
        return fal_fail(FAL_ERR_USAGE, "--model: the name is too long");
    }
    return FAL_OK;
}

/* The client's images and models; G is taught for a moment on some images, so that embeddings are not those of noise.
 */
static fal_status client_create(const fal_bench_settings *set, client *c)
{
    const fal_rng init = {.seed = 1, .purpose = FAL_RNG_MODEL_INIT};
    fal_local_outcome outcome;
    c->m = set->labelled;
    c->n = set->pool;
    FAL_TRY(make_dataset(set, c));
    FAL_TRY(make_settings(set, c));
    FAL_TRY(fal_model_create(&c->settings.model, &c->model));
    c->settings.train.epochs = TEACHING_EPOCHS;
    FAL_TRY(fal_trainer_create(c->model, &c->dataset, &c->settings.train, set->kernels, &c->trainer));
    FAL_TRY(fal_alloc(&c->global, fal_model_size(c->model), sizeof(float), "global model"));
    FAL_TRY(fal_alloc(&c->local, fal_model_size(c->model), sizeof(float), "local-only model"));
    fal_model_init(c->model, &init, c->global);
    const fal_pool taught = {.labelled = c->images,
                             .labelled_count = c->dataset.n_train < TEACHING ? c->dataset.n_train : TEACHING,
                             .size = c->dataset.n_train};
    return fal_client_train(c->trainer, &taught, 0, 1, 0, c->settings.train.lr, NULL, c->global, &outcome);
}

static fal_status query(client *c, const fal_strategy *strategy, const fal_bench_settings *set, parts_of_query *parts)
{
    const int needs = fal_strategy_needs(strategy);
    const fal_pool pool = {.labelled = c->images, .labelled_count = c->m, .size = c->m + c->n};
    const fal_query_task task = {.strategy = strategy,
                                 .options = &c->settings.query,
                                 .dataset = &c->dataset,
                                 .model = c->model,
                                 .net = fal_trainer_net(c->trainer),
                                 .global = c->global,
                                 .local = c->local,
                                 .pool = c->images + c->m,
                                 .labelled = c->images,
                                 .n = c->n,
                                 .m = c->m,
                                 .budget = set->budget,
                                 .shared = NAN,
                                 .rng = {.seed = (uint64_t)set->seed, .purpose = FAL_RNG_QUERY, .al_round = 2}};
    int epochs = 0;
    double accuracy = 0.0;
    fal_query_result result = {0};
    const double start = fal_clock_seconds();
    if (needs & (FAL_NEED_LOCAL | FAL_NEED_FINETUNED)) {
        FAL_TRY(fal_client_train_local_only(c->trainer, &pool, 0, 2, needs & FAL_NEED_FINETUNED ? c->global : NULL,
                                            c->local, &epochs, &accuracy));
    }
    parts->local = fal_clock_seconds() - start;
    FAL_TRY(fal_query_result_create(set->budget, &result));
    const fal_status status = fal_query_run(&task, &result);
    parts->total = fal_clock_seconds() - start;
    parts->embed = result.embed_seconds;
    parts->select = result.select_seconds;
    fal_query_result_destroy(&result);
    return status;
}

/* Seconds of the authors' program, NAN if what is measured is not what they were measured with. */
static double authors_seconds(const fal_bench_settings *set, const char *name)
{
    const fal_bench_shape *size = &set->shapes[0];
    const size_t length = strcspn(name, ":");
    const bool global = name[length] == '\0' || strcmp(name + length, ":global") == 0;
    const bool same = set->pool == 4750 && set->labelled == 250 && set->budget == 250 && set->starts == 10 &&
                      size->h == 32 && size->w == 32 && strcmp(set->architecture, "cnn4conv") == 0;
    for (size_t i = 0; same && global && i < sizeof authors / sizeof authors[0]; i++) {
        if (strlen(authors[i].family) == length && strncmp(authors[i].family, name, length) == 0) {
            return authors[i].seconds;
        }
    }
    return NAN;
}

static fal_status query_row(const fal_bench_settings *set, fal_bench_report *report, client *c, const char *name,
                            int threads)
{
    const int64_t runs = fal_bench_long_runs(set);
    const size_t stride = sizeof(parts_of_query) / sizeof(double);
    const fal_strategy *strategy = NULL;
    parts_of_query *times = NULL;
    struct rusage usage;
    FAL_TRY(fal_strategy_find(name, &strategy));
    FAL_TRY(fal_alloc(&times, (size_t)runs, sizeof *times, "times"));
    fal_status status = FAL_OK;
    fal_parallel_set_threads(threads);
    for (int64_t run = 0; status == FAL_OK && run < runs; run++) {
        status = query(c, strategy, set, &times[run]);
    }
    if (status == FAL_OK && getrusage(RUSAGE_SELF, &usage) == 0) {
        const double local = fal_bench_median(&times->local, stride, runs);
        const double embed = fal_bench_median(&times->embed, stride, runs);
        const double select = fal_bench_median(&times->select, stride, runs);
        const double total = fal_bench_median(&times->total, stride, runs);
        const double theirs = threads == 1 ? authors_seconds(set, fal_strategy_name(strategy)) : NAN;
        fal_text more = {0};
        fal_bench_say(report, "  %-22s %7d %9.3f %9.3f %9.3f %9.3f %8.0f", fal_strategy_name(strategy), threads, local,
                      embed, select, total, (double)usage.ru_maxrss / 1024.0);
        if (isfinite(theirs)) {
            fal_bench_say(report, " %9.1f %6.1f", theirs, theirs / total);
            fal_text_add(&more, ", \"authors_seconds_elsewhere\": %.1f, \"authors_ratio\": %.2f", theirs,
                         theirs / total);
        }
        fal_bench_say(report, "\n");
        status = fal_text_status(&more);
        if (status == FAL_OK) {
            fal_bench_row(report,
                          "\"strategy\": \"%s\", \"n\": %lld, \"m\": %lld, \"budget\": %lld, \"threads\": %d, "
                          "\"kernels\": \"%s\", \"local_only_seconds\": %.4f, \"inference_seconds\": %.4f, "
                          "\"selection_seconds\": %.4f, \"total_seconds\": %.4f, \"peak_bytes\": %lld%s",
                          fal_strategy_name(strategy), (long long)set->pool, (long long)set->labelled,
                          (long long)set->budget, threads, fal_net_kernels(fal_trainer_net(c->trainer)), local, embed,
                          select, total, (long long)usage.ru_maxrss * 1024, more.chars == NULL ? "" : more.chars);
        }
        fal_text_destroy(&more);
    }
    fal_free(times);
    return status;
}

fal_status fal_bench_queries(const fal_bench_settings *set, fal_bench_report *report)
{
    client c = {0};
    fal_status status = FAL_OK;
    fal_bench_section(report, "queries");
    FAL_TRY_GOTO(client_create(set, &c));
    fal_bench_say(
        report,
        "\none query of one client, %s, %lld unlabelled and %lld labelled images, budget %lld, d = %d, kernels %s; "
        "seconds\n(total: with the log of the query, M included; authors: their program on another machine, one "
        "thread of an AMD EPYC, Zen 3)\n"
        "  %-22s %7s %9s %9s %9s %9s %8s %9s %6s\n",
        set->architecture, (long long)set->pool, (long long)set->labelled, (long long)set->budget,
        fal_model_embedding(c.model), fal_net_kernels(fal_trainer_net(c.trainer)), "", "threads", "L", "inference",
        "selection", "total", "peak MiB", "authors", "x");
    for (int t = 0; t < set->thread_count; t++) {
        for (int s = 0; s < set->strategy_count; s++) {
            FAL_TRY_GOTO(query_row(set, report, &c, set->strategies[s], set->threads[t]));
        }
    }
done:
    client_destroy(&c);
    return status;
}
