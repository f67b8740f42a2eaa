/* What trials take, counted from their settings. */
#include "cost_internal.h"

#include <math.h>

#include "fal/base/memory.h"
#include "fal/base/sort.h"
#include "fal/experiment/settings.h"
#include "fal/experiment/trial.h"

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

fal_status fal_work_count(const fal_planned *planned, const fal_dataset *dataset, int ranks, fal_work *work)
{
    fal_settings s;
    int64_t steps = 0;
    FAL_TRY(fal_settings_make(planned->params, dataset, &s));
    FAL_TRY(fal_trial_steps(planned, dataset, &steps));
    const double clients = fal_fed_client_count(s.clients, ranks, 0);
    const double held = (double)dataset->n_train / s.clients;
    const int needs = fal_strategy_needs(s.strategy);
    const double models = ((needs & FAL_NEED_GLOBAL) != 0) + ((needs & (FAL_NEED_LOCAL | FAL_NEED_FINETUNED)) != 0);
    const double budget = (double)fal_settings_budget(&s, dataset->n_train, (int64_t)held);
    *work = (fal_work){.al_rounds = steps / s.fl_rounds, .fl_rounds = steps};
    for (int64_t r = 1; r <= work->al_rounds; r++) {
        const double labelled = fmin((double)r * budget, held);
        const double before = fmin((double)(r - 1) * budget, held);
        work->train += clients * labelled * s.train.epochs * s.fl_rounds * s.fed.participation;
        work->evaluate += (double)dataset->n_test / ranks * fmin(s.evaluate, s.fl_rounds);
        if (r > 1) {
            const double lab = (needs & FAL_NEED_LABELLED) != 0 ? before : 0;
            work->infer += clients * models * (held - before + lab);
            if ((needs & (FAL_NEED_LOCAL | FAL_NEED_FINETUNED)) != 0) {
                const double epochs = FAL_LOCAL_ONLY_SHARE * s.train.local_only_epochs;
                work->local_only += clients * before * epochs;
                work->infer += clients * before * epochs; /* the stop test */
            }
        }
    }
    return FAL_OK;
}

/* Half powers of two of the operations: what lies in one step counts as equal. */
static fal_status key_of(const fal_planned *planned, const fal_dataset *dataset, double *key)
{
    fal_settings s;
    fal_work work;
    fal_model *model = NULL;
    double infer = 0;
    double train = 0;
    FAL_TRY(fal_settings_make(planned->params, dataset, &s));
    FAL_TRY(fal_work_count(planned, dataset, 1, &work));
    FAL_TRY(fal_model_create(&s.model, &model));
    fal_flops_count(model, &infer, &train);
    fal_model_destroy(model);
    const double flops = (work.train + work.local_only) * train + (work.infer + work.evaluate) * infer;
    *key = floor(2 * log2(fmax(flops, 1)));
    return FAL_OK;
}

fal_status fal_cost_order(const fal_plan *plan, const fal_dataset *dataset, int64_t *order)
{
    double *key = NULL;
    FAL_TRY(fal_alloc(&key, (size_t)plan->count, sizeof *key, "order of the trials"));
    fal_status status = FAL_OK;
    for (int i = 0; i < plan->count && status == FAL_OK; i++) {
        status = key_of(&plan->trials[i], dataset, &key[i]);
    }
    if (status == FAL_OK) {
        status = fal_sort_falling(key, order, plan->count);
    }
    fal_free(key);
    return status;
}
