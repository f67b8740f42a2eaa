/* The query phase of a trial: which images each client buys, and the log of it. */
#include <math.h>
#include <string.h>

#include "fal/base/clock.h"
#include "fal/base/memory.h"
#include "fal/data/emd.h"
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

/* The initial labels, as a query result: positions in the pool would be indices here, so the images come apart. */
static void initial_labels(const fal_trial *trial, int index, fal_query_result *result, int64_t *images)
{
    const int64_t bought = fal_pool_initial(&trial->now.pools[index], trial->setup.settings->train.seed,
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

static fal_status log_choices(fal_trial *trial, int index, const fal_client_query *query, const int64_t *images,
                              fal_table *clients, fal_table *queries)
{
    const int classes = trial->setup.dataset->classes;
    const fal_pool *pool = &trial->now.pools[index];
    const fal_query_result *result = &query->result;
    int64_t *bought = NULL; /* [2][classes]: this query's, all labelled */
    FAL_TRY(fal_alloc(&bought, 2 * (size_t)classes, sizeof *bought, "class counts"));
    fal_status status = FAL_OK;
    for (int64_t i = 0; i < result->count && status == FAL_OK; i++) {
        const int label = trial->setup.dataset->train_labels[images[i]];
        const fal_row_query row = {.al_round = trial->now.state.al_round,
                                   .client = trial->setup.first + index,
                                   .order = i,
                                   .image = images[i],
                                   .label = label,
                                   .score = result->score[i],
                                   .cluster = result->cluster[i],
                                   .score_global = result->score_global[i],
                                   .score_local = result->score_local[i]};
        bought[label]++;
        status = fal_table_add(queries, &row);
    }
    for (int64_t i = 0; i < pool->labelled_count; i++) {
        bought[classes + trial->setup.dataset->train_labels[pool->labelled[i]]]++;
    }
    const fal_row_client row = {.al_round = trial->now.state.al_round,
                                .client = trial->setup.first + index,
                                .pool = pool->unlabelled_count,
                                .labelled = pool->labelled_count,
                                .queried = result->count,
                                .train_loss = NAN,
                                .test_accuracy = NAN,
                                .local_only_accuracy = query->epochs > 0 ? query->accuracy : NAN,
                                .local_only_epochs = query->epochs,
                                .emd_labelled = fal_emd(bought + classes, classes),
                                .emd_query = fal_emd(bought, classes),
                                .m_transport = result->m_transport,
                                .selector_overlap = result->overlap,
                                .local_only_seconds = query->local_only_seconds,
                                .embed_seconds = result->embed_seconds,
                                .select_seconds = result->select_seconds};
    fal_free(bought);
    return status == FAL_OK ? fal_table_add(clients, &row) : status;
}

static fal_status query_client(fal_trial *trial, int index, fal_client_query *query, fal_table *clients,
                               fal_table *queries)
{
    fal_pool *pool = &trial->now.pools[index];
    const int64_t budget = fal_settings_budget(trial->setup.settings, trial->setup.held->images, pool->size);
    const int64_t b = budget < pool->unlabelled_count ? budget : pool->unlabelled_count;
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
    fal_pool_label(pool, images, b);
    trial->now.labelled[trial->setup.first + index] = pool->labelled_count;
    FAL_TRY_GOTO(log_choices(trial, index, query, images, clients, queries));
    trial->now.state.sections.local_only += query->local_only_seconds;
    trial->now.state.sections.embed += query->result.embed_seconds;
    trial->now.state.sections.select += query->result.select_seconds;
done:
    fal_free(images);
    fal_query_result_destroy(&query->result);
    return status;
}

/* Rows of all ranks, in rank order, which is client order, to rank 0's record. Collective. */
static fal_status gather_rows(const fal_trial *trial, const fal_table *rows, fal_table *to)
{
    void *all = NULL;
    size_t *sizes = NULL;
    const size_t row_size = rows->kind->row_size;
    fal_status status = fal_alloc(&sizes, (size_t)fal_comm_size(trial->setup.group), sizeof *sizes, "query log");
    status = fal_comm_agree(trial->setup.group, status);
    if (status == FAL_OK) {
        status = fal_comm_gather(trial->setup.group, rows->rows, (size_t)rows->count * row_size, &all, sizes);
    }
    size_t bytes = 0;
    for (int i = 0; status == FAL_OK && all != NULL && i < fal_comm_size(trial->setup.group); i++) {
        bytes += sizes[i];
    }
    for (size_t at = 0; status == FAL_OK && at < bytes; at += row_size) {
        status = fal_table_add(to, (const unsigned char *)all + at);
    }
    fal_free(all);
    fal_free(sizes);
    return status;
}

/* Every rank knows its own clients' numbers: the others' become known by a sum. Collective. */
static void share_labelled(fal_trial *trial)
{
    for (int k = 0; k < trial->setup.clients; k++) {
        if (k < trial->setup.first || k >= trial->setup.first + trial->setup.local) {
            trial->now.labelled[k] = 0;
        }
    }
    fal_comm_sum_int64(trial->setup.group, trial->now.labelled, (size_t)trial->setup.clients);
}

/* Clients work on all ranks at once: the part of this rank's that are done stands for them. */
static void show_clients(fal_trial *trial, int done)
{
    const int needs = fal_strategy_needs(trial->setup.settings->strategy);
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
    FAL_TRY_GOTO(fal_comm_agree(trial->setup.group, gather_rows(trial, &clients, &trial->now.state.record.clients)));
    FAL_TRY_GOTO(fal_comm_agree(trial->setup.group, gather_rows(trial, &queries, &trial->now.state.record.queries)));
    share_labelled(trial);
    if (fal_trial_has_first_models(trial)) {
        FAL_TRY_GOTO(fal_trial_evaluate_first_models(trial));
        fal_free(trial->now.first_models);
        trial->now.first_models = NULL;
    }
done:
    fal_free(work);
    fal_table_destroy(&clients);
    fal_table_destroy(&queries);
    return status;
}

/* Label what one client bought in one AL round: rows first .. first + count - 1 of the log. */
static fal_status replay_purchase(fal_trial *trial, const fal_row_query *rows, int64_t count)
{
    const int index = (int)(rows[0].client - trial->setup.first);
    int64_t *images = NULL;
    if (rows[0].client < trial->setup.first || rows[0].client >= trial->setup.first + trial->setup.local) {
        return FAL_OK;
    }
    FAL_TRY(fal_alloc(&images, (size_t)count, sizeof *images, "query log"));
    for (int64_t i = 0; i < count; i++) {
        images[i] = rows[i].image;
    }
    fal_pool_label(&trial->now.pools[index], images, count);
    fal_free(images);
    trial->now.labelled[rows[0].client] = trial->now.pools[index].labelled_count;
    return FAL_OK;
}

fal_status fal_trial_replay(fal_trial *trial)
{
    int64_t count = trial->now.state.record.queries.count;
    fal_row_query *rows = NULL;
    fal_comm_broadcast(trial->setup.group, &count, sizeof count, 0);
    fal_status status = fal_alloc(&rows, (size_t)count, sizeof *rows, "query log");
    FAL_TRY_GOTO(fal_comm_agree(trial->setup.group, status));
    if (fal_comm_rank(trial->setup.group) == 0 && count > 0) {
        memcpy(rows, trial->now.state.record.queries.rows, (size_t)count * sizeof *rows);
    }
    fal_comm_broadcast(trial->setup.group, rows, (size_t)count * sizeof *rows, 0);
    for (int64_t first = 0; first < count && status == FAL_OK;) {
        int64_t end = first + 1;
        while (end < count && rows[end].client == rows[first].client && rows[end].al_round == rows[first].al_round) {
            end++;
        }
        status = replay_purchase(trial, rows + first, end - first);
        first = end;
    }
    FAL_TRY_GOTO(fal_comm_agree(trial->setup.group, status));
    share_labelled(trial);
done:
    fal_free(rows);
    return status;
}
