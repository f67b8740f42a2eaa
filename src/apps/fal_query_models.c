/* fal_query on model files and a dataset: train the local-only model if there is none, inference, then the choice. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/base/sort.h"
#include "fal/base/text.h"
#include "fal/experiment/settings.h"
#include "fal/io/file.h"
#include "fal/io/h5.h"
#include "fal/nn/modelfile.h"
#include "fal/nn/net.h"
#include "fal/results/identity.h"
#include "fal/train/trainer.h"
#include "fal_query_internal.h"

/* Everything that one query needs, and its owner. */
typedef struct {
    fal_dataset dataset;
    fal_model *model;
    fal_settings settings;
    fal_trainer *trainer;
    float *params[2]; /* G, L; NULL: not needed */
    int64_t *pool, *labelled;
    int64_t n, m;
    fal_embeddings embeddings; /* where settings.embeddings names them */
} session;

static void session_destroy(session *s)
{
    fal_trainer_destroy(s->trainer);
    fal_model_destroy(s->model);
    fal_free(s->params[0]);
    fal_free(s->params[1]);
    fal_free(s->pool);
    fal_free(s->labelled);
    fal_embeddings_destroy(&s->embeddings);
    fal_dataset_close(&s->dataset);
}

static fal_status read_shape(const char *path, fal_model_shape *shape)
{
    fal_h5 *file = NULL;
    FAL_TRY(fal_h5_open(path, &file));
    const fal_status status = fal_modelfile_shape(file, fal_h5_has(file, "/model") ? "/model" : "/", shape);
    fal_h5_close(file);
    return status;
}

static fal_status check_shape(const char *path, const fal_model_shape *shape, const fal_dataset *dataset)
{
    if (shape->h != dataset->h || shape->w != dataset->w || shape->c != dataset->c ||
        shape->classes != dataset->classes) {
        return fal_fail(FAL_ERR_INPUT,
                        "%s: a model for %d x %d x %d pixels and %d classes, but %s has %d x %d x %d and %d", path,
                        shape->h, shape->w, shape->c, shape->classes, dataset->path, dataset->h, dataset->w, dataset->c,
                        dataset->classes);
    }
    return FAL_OK;
}

/* A model's choice is only as good as its images are those it knows, normalised and named as it knows them. */
static fal_status check_origin(const char *path, const fal_dataset *dataset)
{
    const fal_model_origin origin = fal_identity_origin(dataset);
    fal_origin_difference found;
    FAL_TRY(fal_modelfile_compare_file(path, &origin, &found));
    if (found.constants[0] != '\0' || found.class_names[0] != '\0') {
        return fal_fail(FAL_ERR_INPUT, "%s: was trained with another %s: not a model for %s", path,
                        found.constants[0] != '\0' ? found.constants : found.class_names, dataset->path);
    }
    if (found.unsaid) {
        fal_log_warn_once("%s: does not state all of mean, std and class names of its data: not compared", path);
    }
    return FAL_OK;
}

/* Width of the embeddings that the strategy reads. Results name those of their trial as its command did, which may have
 * been given in another folder. */
static fal_status read_width(const fal_app_request *request, session *s)
{
    const char *where = s->settings.embeddings;
    const char *array = NULL;
    char file[4096];
    const char *path = fal_h5_split(where, file, sizeof file, &array) ? file : where;
    if (!request->own_embeddings && !fal_file_exists(path)) {
        return fal_fail(FAL_ERR_INPUT,
                        "%s: is not here, and the trial of %s read embeddings from it: say by "
                        "--embeddings where they are",
                        path, request->results);
    }
    return fal_embeddings_width(where, &s->dataset, &s->settings.embeddings_d);
}

static fal_status read_settings(const fal_app_request *request, session *s)
{
    FAL_TRY(fal_settings_make(request->params, &s->dataset, &s->settings));
    s->settings.train.seed = (uint64_t)(request->seed < 0 ? 1 : request->seed);
    if (s->settings.embeddings == NULL && request->own_embeddings) {
        return fal_fail(FAL_ERR_USAGE,
                        "--embeddings %.200s: %s reads none: leave it out, or take a strategy that --list-strategies "
                        "shows with a z",
                        fal_params_text(request->params, "embeddings"), fal_strategy_name(request->strategy));
    }
    return s->settings.embeddings != NULL ? read_width(request, s) : FAL_OK;
}

/* Those of the results must be what the trial read. */
static fal_status load_embeddings(const fal_app_request *request, session *s, fal_app_choice *choice)
{
    const char *where = s->settings.embeddings;
    if (where == NULL) {
        return FAL_OK;
    }
    FAL_TRY(fal_embeddings_load(where, &s->dataset, &s->embeddings));
    (void)fal_text_copy(choice->embeddings_digest, sizeof choice->embeddings_digest, s->embeddings.sha256);
    if (request->embeddings_digest[0] != '\0' && strcmp(request->embeddings_digest, s->embeddings.sha256) != 0) {
        return fal_fail(FAL_ERR_INPUT,
                        "%s: are other embeddings than those of the trial %s: name the trial's by --embeddings, or "
                        "these, to choose by them",
                        where, request->results);
    }
    return FAL_OK;
}

/* The architecture is that of the files, or the parameter's where there are none. */
static fal_status read_weights(const fal_app_request *request, session *s)
{
    const char *paths[2] = {request->global, request->local};
    const int needs = s->settings.needs;
    const char *first = paths[0] != NULL ? paths[0] : paths[1];
    if (paths[0] == NULL && ((needs & FAL_NEED_GLOBAL) || ((needs & FAL_NEED_FINETUNED) && paths[1] == NULL))) {
        return fal_fail(FAL_ERR_USAGE, "%s needs a global model: give it by --global FILE",
                        fal_strategy_name(request->strategy));
    }
    fal_model_shape shape = s->settings.model;
    if (first != NULL) {
        FAL_TRY(read_shape(first, &shape));
        FAL_TRY(check_shape(first, &shape, &s->dataset));
    }
    FAL_TRY(fal_model_create(&shape, &s->model));
    for (int x = 0; x < 2; x++) {
        if (paths[x] != NULL) {
            FAL_TRY(fal_alloc(&s->params[x], fal_model_size(s->model), sizeof(float), paths[x]));
            FAL_TRY(fal_modelfile_read(paths[x], s->model, s->params[x]));
            FAL_TRY(check_origin(paths[x], &s->dataset));
        }
    }
    return FAL_OK;
}

/* The local-only (or finetuned) model, as fal_hpc trains it, unless there is one or none is needed. */
static fal_status train_local(const fal_app_request *request, session *s)
{
    const int needs = s->settings.needs;
    const fal_pool pool = {.labelled = s->labelled, .labelled_count = s->m, .size = s->n + s->m};
    int epochs = 0;
    double accuracy = 0.0;
    if (s->params[1] != NULL || !(needs & (FAL_NEED_LOCAL | FAL_NEED_FINETUNED))) {
        return FAL_OK;
    }
    FAL_TRY(fal_alloc(&s->params[1], fal_model_size(s->model), sizeof(float), "local-only model"));
    return fal_client_train_local_only(
        s->trainer, &pool, fal_app_address(request).client, fal_app_address(request).al_round,
        needs & FAL_NEED_FINETUNED ? s->params[0] : NULL, s->params[1], &epochs, &accuracy);
}

/* Pixels of the pool and the labelled images, and no others. */
static fal_status load_images(session *s)
{
    unsigned char *wanted = NULL;
    FAL_TRY(fal_alloc(&wanted, (size_t)s->dataset.n_train, 1, "images"));
    for (int64_t i = 0; i < s->n; i++) {
        wanted[s->pool[i]] = 1;
    }
    for (int64_t i = 0; i < s->m; i++) {
        wanted[s->labelled[i]] = 1;
    }
    const fal_status status = fal_dataset_load(&s->dataset, wanted, 0, 0);
    fal_free(wanted);
    return status;
}

/* The class that G, or the only model, sees in each chosen image: a start for whoever labels them. */
static fal_status suggest(const fal_query_task *task, int64_t b, fal_app_choice *choice)
{
    const int classes = fal_model_shape_of(task->model)->classes;
    const float *params = task->global != NULL ? task->global : task->local;
    const float *logits = NULL;
    const float *embedding = NULL;
    if (params == NULL) {
        return FAL_OK;
    }
    FAL_TRY(fal_query_infer(task, params, choice->image, b, &logits, &embedding));
    fal_status status = fal_alloc(&choice->suggested, (size_t)b, sizeof *choice->suggested, "choices");
    for (int64_t i = 0; status == FAL_OK && i < b; i++) {
        choice->suggested[i] = fal_logits_argmax(logits + i * classes, classes);
    }
    fal_free((void *)embedding);
    fal_free((void *)logits);
    return status;
}

static fal_status choose(const fal_app_request *request, session *s, fal_app_choice *choice)
{
    const int64_t budget = request->results != NULL
                               ? fal_settings_budget(&s->settings, request->images, request->size)
                               : fal_query_budget(fal_params_real(request->params, "budget"), (double)(s->n + s->m));
    const fal_query_task task = {.strategy = request->strategy,
                                 .options = &request->options,
                                 .dataset = &s->dataset,
                                 .model = s->model,
                                 .net = fal_trainer_net(s->trainer),
                                 .global = s->params[0],
                                 .local = s->params[1],
                                 .pool = s->pool,
                                 .labelled = s->labelled,
                                 .embeddings = s->settings.embeddings != NULL ? &s->embeddings : NULL,
                                 .n = s->n,
                                 .m = s->m,
                                 .budget = budget,
                                 .shared = request->shared,
                                 .rng = fal_app_address(request)};
    const int64_t b = budget < s->n ? budget : s->n;
    choice->pool = s->n;
    choice->labelled = s->m;
    choice->stored = request->results == NULL && s->dataset.unlabelled > 0;
    FAL_TRY(fal_query_result_create(b, &choice->result));
    FAL_TRY(fal_query_run(&task, &choice->result));
    FAL_TRY(fal_alloc(&choice->image, (size_t)b, sizeof *choice->image, "choices"));
    for (int64_t i = 0; i < b; i++) {
        choice->image[i] = s->pool[choice->result.chosen[i]];
    }
    return suggest(&task, b, choice);
}

/* Pool and labelled images, of the results file, or of files and the dataset's own labels. */
static fal_status read_lists(fal_app_request *request, session *s)
{
    FAL_TRY(fal_dataset_open_pool(request->dataset, &s->dataset));
    if (request->results == NULL) {
        return fal_app_read_images(request, &s->dataset, &s->pool, &s->n, &s->labelled, &s->m);
    }
    FAL_TRY(fal_app_read_results(request, &s->dataset, &s->pool, &s->n, &s->labelled, &s->m));
    return fal_app_read_strategy(request);
}

fal_status fal_app_look_at_models(fal_app_request *request)
{
    session s = {0};
    fal_status status = read_lists(request, &s);
    status = status == FAL_OK ? read_settings(request, &s) : status;
    status = status == FAL_OK ? read_weights(request, &s) : status;
    session_destroy(&s);
    return status;
}

fal_status fal_app_choose_by_models(fal_app_request *request, fal_app_choice *choice)
{
    session s = {0};
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(read_lists(request, &s));
    if (request->results != NULL) { /* which were of images that the file only states to be the same */
        FAL_TRY_GOTO(fal_dataset_mark_images(&s.dataset));
    }
    FAL_TRY_GOTO(load_images(&s));
    FAL_TRY_GOTO(read_settings(request, &s));
    FAL_TRY_GOTO(load_embeddings(request, &s, choice));
    FAL_TRY_GOTO(read_weights(request, &s));
    FAL_TRY_GOTO(fal_trainer_create(s.model, &s.dataset, &s.settings.train, s.settings.kernels, &s.trainer));
    FAL_TRY_GOTO(train_local(request, &s));
    FAL_TRY_GOTO(choose(request, &s, choice));
    status = fal_app_write_folder(request, &s.dataset, choice);
done:
    session_destroy(&s);
    return status;
}
