/* The local-only model of a client, and the query task that it enters. */
#include "fal/base/clock.h"
#include "trial_query_internal.h"

bool fal_trial_needs_number(const fal_trial *trial)
{
    return trial->now.state.al_round == 2 && (trial->setup.settings->needs & FAL_NEED_SHARED) != 0;
}

bool fal_trial_has_first_models(const fal_trial *trial)
{
    const bool local = (trial->setup.settings->needs & FAL_NEED_LOCAL) != 0;
    return trial->now.state.al_round == 2 && (local || trial->setup.settings->first_round) &&
           (!trial->setup.settings->apart || fal_trial_needs_number(trial));
}

float *fal_trial_first_model(const fal_trial *trial, int index)
{
    return trial->now.first_models + (size_t)index * trial->now.state.size;
}

fal_status fal_trial_local_model(fal_trial *trial, int index, fal_client_query *query, const float **local)
{
    const int needs = trial->setup.settings->needs;
    const uint32_t client = (uint32_t)(trial->setup.first + index);
    *local = NULL;
    if ((needs & (FAL_NEED_LOCAL | FAL_NEED_FINETUNED)) == 0 || trial->now.pools[index].unlabelled_count == 0) {
        return FAL_OK;
    }
    if (query->trained) {
        *local = fal_trial_first_model(trial, index);
        return FAL_OK;
    }
    const double start = fal_clock_seconds();
    FAL_TRY(fal_client_train_local_only(trial->setup.trainer, &trial->now.pools[index], client,
                                        (uint32_t)trial->now.state.al_round,
                                        needs & FAL_NEED_FINETUNED ? trial->now.state.params : NULL,
                                        trial->now.local_only, &query->epochs, &query->accuracy));
    query->local_only_seconds = fal_clock_seconds() - start;
    *local = trial->now.local_only;
    return FAL_OK;
}

fal_query_task fal_trial_query_task(const fal_trial *trial, int index, const float *local)
{
    const fal_pool *pool = &trial->now.pools[index];
    return (fal_query_task){
        .strategy = trial->setup.settings->strategy,
        .options = &trial->setup.settings->query,
        .dataset = trial->setup.dataset,
        .model = trial->setup.model,
        .net = fal_trainer_net(trial->setup.trainer),
        .global = trial->now.state.params,
        .local = local,
        .pool = pool->unlabelled,
        .labelled = pool->labelled,
        .embeddings = trial->setup.settings->embeddings != NULL ? &trial->setup.held->embeddings : NULL,
        .n = pool->unlabelled_count,
        .m = pool->labelled_count,
        .budget = fal_settings_budget(trial->setup.settings, trial->setup.held->images, pool->size),
        .shared = trial->now.state.shared,
        .rng = {.seed = trial->setup.settings->train.seed,
                .purpose = FAL_RNG_QUERY,
                .al_round = (uint32_t)trial->now.state.al_round,
                .client = (uint32_t)(trial->setup.first + index)},
    };
}
