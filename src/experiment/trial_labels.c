/* Labels come in: pools move on, and the log of the query is complete. */
#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/data/emd.h"
#include "fal/results/answers.h"
#include "trial_query_internal.h"

bool fal_trial_owns(const fal_trial *trial, int64_t client)
{
    return client >= trial->setup.first && client < trial->setup.first + trial->setup.local;
}

/* Choices of one client in one AL round: what has a label becomes labelled, for what nobody could tell it leaves the
 * pool, what nobody said anything about stays. */
static fal_status take_labels(fal_trial *trial, const fal_row_query *rows, int64_t count)
{
    fal_pool *pool = &trial->now.pools[rows[0].client - trial->setup.first];
    int64_t *images = NULL; /* with a label from the front, those that leave from the back */
    int64_t labelled = 0;
    int64_t dropped = 0;
    FAL_TRY(fal_alloc(&images, (size_t)count, sizeof *images, "query log"));
    for (int64_t i = 0; i < count; i++) {
        if (rows[i].label >= 0) {
            images[labelled++] = rows[i].image;
        } else if (rows[i].label == FAL_ANSWER_CANNOT_TELL) {
            images[count - ++dropped] = rows[i].image;
        }
        if (rows[i].label >= 0 && trial->setup.own != NULL) {
            trial->setup.own->train_labels[rows[i].image] = (int16_t)rows[i].label;
        }
    }
    fal_pool_label(pool, images, labelled);
    fal_pool_drop(pool, images + count - dropped, dropped);
    fal_free(images);
    trial->now.labelled[rows[0].client] = pool->labelled_count;
    return FAL_OK;
}

/* The same for rows of several clients and AL rounds, as far as they are this rank's. */
static fal_status take_all(fal_trial *trial, const fal_table *queries)
{
    const fal_row_query *rows = (const fal_row_query *)(const void *)queries->rows;
    const int64_t count = queries->count;
    for (int64_t first = 0, end = 0; first < count; first = end) {
        for (end = first + 1;
             end < count && rows[end].client == rows[first].client && rows[end].al_round == rows[first].al_round;) {
            end++;
        }
        if (fal_trial_owns(trial, rows[first].client)) {
            FAL_TRY(take_labels(trial, rows + first, end - first));
        }
    }
    return FAL_OK;
}

const int64_t *fal_trial_pool_counts(const fal_trial *trial)
{
    return trial->now.known != NULL ? trial->now.known : trial->setup.held->pool_counts;
}

/* Rank 0, where people label: those that the data set has, and those that came in since. */
static fal_status count_known(fal_trial *trial)
{
    const int classes = trial->setup.dataset->classes;
    const size_t count = (size_t)trial->setup.clients * (size_t)classes;
    const int16_t *stored = trial->setup.options->held->dataset->train_labels;
    const fal_table *queries = &trial->now.state.record.queries;
    if (!trial->setup.settings->people || !fal_trial_speaks(trial)) {
        return FAL_OK;
    }
    if (trial->now.known == NULL) {
        FAL_TRY(fal_alloc(&trial->now.known, count, sizeof *trial->now.known, "class counts"));
    }
    memcpy(trial->now.known, trial->setup.held->pool_counts, count * sizeof *trial->now.known);
    for (int64_t i = 0; i < queries->count; i++) {
        const fal_row_query *row = fal_table_row(queries, i);
        trial->now.known[row->client * classes + (row->label >= 0 ? row->label : 0)] +=
            row->label >= 0 && stored[row->image] < 0;
    }
    return FAL_OK;
}

/* Every rank knows its own clients' numbers: the others' become known by a sum. Collective. */
static void share_labelled(fal_trial *trial)
{
    for (int k = 0; k < trial->setup.clients; k++) {
        if (!fal_trial_owns(trial, k)) {
            trial->now.labelled[k] = 0;
        }
    }
    fal_comm_sum_int64(trial->setup.group, trial->now.labelled, (size_t)trial->setup.clients);
    if (trial->setup.settings->people) {
        trial->now.dropped = 0;
        for (int i = 0; i < trial->setup.local; i++) {
            trial->now.dropped += trial->now.pools[i].dropped_count;
        }
        fal_comm_sum_int64(trial->setup.group, &trial->now.dropped, 1);
    }
}

/* bought [2][classes] out: of this query, of all labels of the client. */
static void count_classes(const fal_trial *trial, const fal_pool *pool, int64_t queried, int64_t *bought)
{
    const int classes = trial->setup.dataset->classes;
    memset(bought, 0, 2 * (size_t)classes * sizeof *bought);
    for (int64_t i = 0; i < pool->labelled_count; i++) {
        const int label = trial->setup.dataset->train_labels[pool->labelled[i]];
        bought[classes + label]++;
        bought[label] += i >= pool->labelled_count - queried;
    }
}

/* The row of a client, once its labels are in. */
static void complete_row(const fal_trial *trial, int64_t labelled_before, int64_t *bought, fal_row_client *row)
{
    const int classes = trial->setup.dataset->classes;
    const fal_pool *pool = &trial->now.pools[row->client - trial->setup.first];
    row->pool = pool->unlabelled_count;
    row->labelled = pool->labelled_count;
    row->queried = pool->labelled_count - labelled_before;
    count_classes(trial, pool, row->queried, bought);
    row->emd_query = fal_emd(bought, classes);
    row->emd_labelled = fal_emd(bought + classes, classes);
}

/* This rank's clients, one after the other; failures are agreed by the caller. */
static fal_status take_and_complete(fal_trial *trial, fal_table *clients, const fal_table *queries)
{
    int64_t *bought = NULL;
    int64_t *before = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&bought, 2 * (size_t)trial->setup.dataset->classes, sizeof *bought, "class counts"));
    FAL_TRY_GOTO(fal_alloc(&before, (size_t)trial->setup.local, sizeof *before, "class counts"));
    for (int i = 0; i < trial->setup.local; i++) {
        before[i] = trial->now.pools[i].labelled_count;
    }
    FAL_TRY_GOTO(take_all(trial, queries));
    for (int64_t i = 0; i < clients->count; i++) {
        fal_row_client *row = fal_table_row(clients, i);
        complete_row(trial, before[row->client - trial->setup.first], bought, row);
    }
done:
    fal_free(bought);
    fal_free(before);
    return status;
}

fal_status fal_trial_gather_rows(const fal_trial *trial, const fal_table *rows, fal_table *to)
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
    return fal_comm_agree(trial->setup.group, status);
}

fal_status fal_trial_spread_rows(const fal_trial *trial, fal_table *table)
{
    int64_t count = table->count;
    void *first = NULL;
    fal_status status = FAL_OK;
    fal_comm_broadcast(trial->setup.group, &count, sizeof count, 0);
    if (!fal_trial_speaks(trial)) {
        status = fal_table_extend(table, count, &first);
    }
    FAL_TRY(fal_comm_agree(trial->setup.group, status));
    if (count > 0) {
        fal_comm_broadcast(trial->setup.group, table->rows, (size_t)count * table->kind->row_size, 0);
    }
    return FAL_OK;
}

/* What is in the log for good: choices with a label, and those that nobody could tell. */
static fal_status add_answered(const fal_table *queries, fal_table *to)
{
    for (int64_t i = 0; i < queries->count; i++) {
        const fal_row_query *row = fal_table_row(queries, i);
        if (row->label != FAL_ANSWER_NONE) {
            FAL_TRY(fal_table_add(to, row));
        }
    }
    return FAL_OK;
}

fal_status fal_trial_buy(fal_trial *trial, fal_table *clients, const fal_table *queries)
{
    fal_record *record = &trial->now.state.record;
    fal_table answered;
    fal_table_init(&answered, queries->kind);
    fal_status status = take_and_complete(trial, clients, queries);
    if (status == FAL_OK) {
        status = add_answered(queries, &answered);
    }
    FAL_TRY_GOTO(fal_comm_agree(trial->setup.group, status));
    FAL_TRY_GOTO(fal_trial_gather_rows(trial, clients, &record->clients));
    FAL_TRY_GOTO(fal_trial_gather_rows(trial, &answered, &record->queries));
    FAL_TRY_GOTO(fal_comm_agree(trial->setup.group, count_known(trial)));
    share_labelled(trial);
done:
    fal_table_destroy(&answered);
    return status;
}

/* Of a checkpoint, which rank 0 found to be of this trial (fal_checkpoint_check): are the images their clients'? */
static fal_status check_owners(const fal_trial *trial, const fal_table *queries)
{
    for (int64_t i = 0; i < queries->count; i++) {
        const fal_row_query *row = fal_table_row(queries, i);
        if (trial->setup.held->client_of[row->image] != row->client) {
            return fal_fail(FAL_ERR_INPUT,
                            "%s: /queries row %lld of its checkpoint: image %lld is not one of client %lld: remove the "
                            ".ckpt files to start this trial anew",
                            trial->setup.planned->id.path, (long long)i, (long long)row->image, (long long)row->client);
        }
    }
    return FAL_OK;
}

fal_status fal_trial_replay(fal_trial *trial)
{
    fal_table spread;
    fal_table *rows = fal_trial_speaks(trial) ? &trial->now.state.record.queries : &spread;
    fal_table_init(&spread, &fal_queries_kind);
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_trial_spread_rows(trial, rows));
    status = check_owners(trial, rows);
    if (status == FAL_OK) {
        status = take_all(trial, rows);
    }
    if (status == FAL_OK) {
        status = count_known(trial);
    }
    FAL_TRY_GOTO(fal_comm_agree(trial->setup.group, status));
    share_labelled(trial);
done:
    fal_table_destroy(&spread);
    return status;
}
