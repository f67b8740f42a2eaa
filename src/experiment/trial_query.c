/* The query phase of a trial: which images each client wants labels for. */
#include <math.h>

#include "fal/base/memory.h"
#include "trial_query_internal.h"

static fal_status run_strategy(fal_trial *trial, int index, fal_client_query *query)
{
    const float *local = NULL;
    FAL_TRY(fal_trial_local_model(trial, index, query, &local));
    FAL_TRY(fal_trial_keep_first_model(trial, index, local));
    if (trial->now.pools[index].unlabelled_count == 0) {
        query->result.m_transport = NAN;
        query->result.overlap = NAN;
        return FAL_OK;
    }
    const fal_query_task task = fal_trial_query_task(trial, index, local);
    return fal_query_run(&task, &query->result);
}

/* Labels that the client gets in this AL round: as many as the data set has of its images where these are the first
 * ones, else the budget, while there are images. */
static int64_t count_choices(const fal_trial *trial, int index)
{
    const fal_pool *pool = &trial->now.pools[index];
    const int64_t budget = fal_settings_budget(trial->setup.settings, trial->setup.held->images, pool->size);
    int64_t stored = 0;
    if (trial->now.state.al_round > 1 || trial->setup.settings->stored == 0) {
        return budget < pool->unlabelled_count ? budget : pool->unlabelled_count;
    }
    for (int64_t i = 0; i < pool->unlabelled_count; i++) {
        stored += trial->setup.dataset->train_labels[pool->unlabelled[i]] >= 0;
    }
    return stored;
}

/* Those that the data set has, in the order of its rows. */
static int64_t stored_labels(const fal_trial *trial, int index, int64_t *images)
{
    const fal_pool *pool = &trial->now.pools[index];
    int64_t count = 0;
    for (int64_t i = 0; i < pool->unlabelled_count; i++) {
        if (trial->setup.dataset->train_labels[pool->unlabelled[i]] >= 0) {
            images[count++] = pool->unlabelled[i];
        }
    }
    return count;
}

/* The initial labels, as a query result: positions in the pool would be indices here, so the images come apart. */
static void initial_labels(const fal_trial *trial, int index, fal_query_result *result, int64_t *images)
{
    const int64_t bought = trial->setup.settings->stored > 0
                               ? stored_labels(trial, index, images)
                               : fal_pool_initial(&trial->now.pools[index], trial->setup.settings->train.seed,
                                                  (uint32_t)(trial->setup.first + index), result->count, images);
    FAL_ASSERT(bought == result->count);
    for (int64_t i = 0; i < bought; i++) {
        result->score[i] = NAN;
        result->cluster[i] = -1;
        result->score_global[i] = NAN;
        result->score_local[i] = NAN;
    }
    result->m_transport = NAN;
    result->overlap = NAN;
}

/* What was chosen, with the labels that the data set has, and what is known of the client by now. */
static fal_status log_choices(const fal_trial *trial, int index, const fal_client_query *query, const int64_t *images,
                              fal_table *clients, fal_table *queries)
{
    const fal_query_result *result = &query->result;
    for (int64_t i = 0; i < result->count; i++) {
        const fal_row_query row = {.al_round = trial->now.state.al_round,
                                   .client = trial->setup.first + index,
                                   .order = i,
                                   .image = images[i],
                                   .label = trial->setup.dataset->train_labels[images[i]],
                                   .score = result->score[i],
                                   .cluster = result->cluster[i],
                                   .score_global = result->score_global[i],
                                   .score_local = result->score_local[i]};
        FAL_TRY(fal_table_add(queries, &row));
    }
    const fal_row_client row = {.al_round = trial->now.state.al_round,
                                .client = trial->setup.first + index,
                                .train_loss = NAN,
                                .test_accuracy = NAN,
                                .local_only_accuracy = query->epochs > 0 ? query->accuracy : NAN,
                                .local_only_epochs = query->epochs,
                                .m_transport = result->m_transport,
                                .selector_overlap = result->overlap,
                                .local_only_seconds = query->local_only_seconds,
                                .embed_seconds = result->embed_seconds,
                                .select_seconds = result->select_seconds};
    return fal_table_add(clients, &row);
}

static fal_status query_client(fal_trial *trial, int index, fal_client_query *query, fal_table *clients,
                               fal_table *queries)
{
    const fal_pool *pool = &trial->now.pools[index];
    const int64_t b = count_choices(trial, index);
    int64_t *images = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_query_result_create(b, &query->result));
    FAL_TRY_GOTO(fal_alloc(&images, (size_t)b, sizeof *images, "query"));
    if (trial->now.state.al_round == 1) {
        initial_labels(trial, index, &query->result, images);
    } else {
        FAL_TRY_GOTO(run_strategy(trial, index, query));
        for (int64_t i = 0; i < b; i++) {
            images[i] = pool->unlabelled[query->result.chosen[i]];
        }
    }
    FAL_TRY_GOTO(log_choices(trial, index, query, images, clients, queries));
    trial->now.state.sections.local_only += query->local_only_seconds;
    trial->now.state.sections.embed += query->result.embed_seconds;
    trial->now.state.sections.select += query->result.select_seconds;
done:
    fal_free(images);
    fal_query_result_destroy(&query->result);
    return status;
}

/* Clients work on all ranks at once: the part of this rank's that are done stands for them. */
static void show_clients(fal_trial *trial, int done)
{
    const int needs = trial->setup.settings->needs;
    const bool train = (needs & (FAL_NEED_LOCAL | FAL_NEED_FINETUNED)) != 0 && !fal_trial_needs_number(trial);
    if (trial->now.state.al_round > 1) { /* first labels take no time */
        fal_trial_show_phase(trial, done == 0, "%d clients %schoose (%d %%)", trial->setup.clients,
                             train ? "train local-only models and " : "", 100 * done / trial->setup.local);
    }
}

/* All of this rank's clients, in order; failures are agreed by the caller. */
static fal_status query_clients(fal_trial *trial, fal_client_query *work, fal_table *clients, fal_table *queries)
{
    for (int i = 0; i < trial->setup.local; i++) {
        fal_trial_attend(trial);
        if (trial->now.state.al_round > 1) { /* first labels take no time */
            FAL_TRY(fal_trial_look(trial));
        }
        show_clients(trial, i);
        FAL_TRY(query_client(trial, i, &work[i], clients, queries));
    }
    return FAL_OK;
}

fal_status fal_trial_query(fal_trial *trial)
{
    fal_table clients;
    fal_table queries;
    fal_client_query *work = NULL;
    fal_table_init(&clients, &fal_clients_kind);
    fal_table_init(&queries, &fal_queries_kind);
    fal_status status = fal_alloc(&work, (size_t)trial->setup.local, sizeof *work, "query");
    if (status == FAL_OK && fal_trial_has_first_models(trial)) {
        status = fal_alloc(&trial->now.first_models, (size_t)trial->setup.local, trial->now.state.size * sizeof(float),
                           "first local-only models");
    }
    FAL_TRY_GOTO(fal_comm_agree(trial->setup.group, status));
    if (fal_trial_needs_number(trial)) {
        FAL_TRY_GOTO(fal_trial_share_number(trial, work));
    }
    FAL_TRY_GOTO(fal_comm_agree(trial->setup.group, query_clients(trial, work, &clients, &queries)));
    if (fal_trial_has_first_models(trial)) { /* before labels come, for which a trial may have to wait */
        FAL_TRY_GOTO(trial->setup.settings->apart ? FAL_OK : fal_trial_evaluate_first_models(trial));
        fal_free(trial->now.first_models);
        trial->now.first_models = NULL;
    }
    status = trial->setup.settings->people ? fal_trial_ask_people(trial, &clients, &queries)
                                           : fal_trial_buy(trial, &clients, &queries);
done:
    fal_free(work);
    fal_table_destroy(&clients);
    fal_table_destroy(&queries);
    return status;
}
