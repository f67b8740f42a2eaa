/* The first local-only models, those of AL round 2 on the first labels: the diagnostics of Figure 3, and the number
 * that all clients share in their queries. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/clock.h"
#include "fal/base/memory.h"
#include "trial_query_internal.h"

fal_status fal_trial_keep_first_model(fal_trial *trial, int index, const float *local)
{
    int epochs = 0;
    double accuracy = 0;
    const bool has = local != NULL && (trial->setup.settings->needs & FAL_NEED_LOCAL) != 0;
    if (!fal_trial_has_first_models(trial) || trial->now.pools[index].labelled_count == 0) {
        return FAL_OK;
    }
    if (has && local != fal_trial_first_model(trial, index)) {
        memcpy(fal_trial_first_model(trial, index), local, trial->now.state.size * sizeof(float));
    }
    if (has) {
        return FAL_OK;
    }
    const double start = fal_clock_seconds();
    FAL_TRY(fal_client_train_local_only(trial->setup.trainer, &trial->now.pools[index],
                                        (uint32_t)(trial->setup.first + index), (uint32_t)trial->now.state.al_round,
                                        NULL, fal_trial_first_model(trial, index), &epochs, &accuracy));
    trial->now.state.sections.local_only += fal_clock_seconds() - start;
    return FAL_OK;
}

/* Every client's own number, at the first query, from its freshly trained local-only model, which is kept. */
static fal_status own_numbers(fal_trial *trial, fal_client_query *queries, int64_t *bits)
{
    for (int i = 0; i < trial->setup.local; i++) {
        const float *local = NULL;
        double number = NAN;
        fal_trial_attend(trial);
        FAL_TRY(fal_trial_look(trial));
        fal_trial_show_phase(trial, i == 0, "%d clients train local-only models (%d %%)", trial->setup.clients,
                             100 * i / trial->setup.local);
        FAL_TRY(fal_trial_local_model(trial, i, &queries[i], &local));
        if (local != NULL) {
            FAL_TRY(fal_trial_keep_first_model(trial, i, local));
            queries[i].trained = true;
            const fal_query_task task = fal_trial_query_task(trial, i, local);
            FAL_TRY(fal_query_shared_number(&task, &number));
        }
        memcpy(&bits[trial->setup.first + i], &number, sizeof number);
    }
    return FAL_OK;
}

fal_status fal_trial_share_number(fal_trial *trial, fal_client_query *queries)
{
    int64_t *bits = NULL; /* of each client's number; 0 on all ranks but the client's, so that the sum is the number */
    double sum = 0;
    int used = 0;
    fal_status status = fal_alloc(&bits, (size_t)trial->setup.clients, sizeof *bits, "query");
    if (status == FAL_OK) {
        status = own_numbers(trial, queries, bits);
    }
    FAL_TRY_GOTO(fal_comm_agree(trial->setup.group, status));
    fal_comm_sum_int64(trial->setup.group, bits, (size_t)trial->setup.clients);
    for (int k = 0; k < trial->setup.clients; k++) {
        double number = 0;
        memcpy(&number, &bits[k], sizeof number);
        if (!isnan(number)) {
            sum += number;
            used++;
        }
    }
    trial->now.state.shared = used > 0 ? sum / used : NAN;
done:
    fal_free(bits);
    return status;
}

fal_status fal_trial_evaluate_first_models(fal_trial *trial)
{
    const int classes = trial->setup.dataset->classes;
    const size_t bytes = trial->now.state.size * sizeof(float);
    const double start = fal_clock_seconds();
    fal_record *record = &trial->now.state.record;
    fal_status status = FAL_OK;
    if (fal_trial_speaks(trial)) {
        status = fal_alloc(&record->first_round, (size_t)trial->setup.clients * (size_t)classes, sizeof(double),
                           "first-round accuracies");
    }
    FAL_TRY(fal_comm_agree(trial->setup.group, status));
    for (int k = 0; k < trial->setup.clients; k++) {
        fal_trial_attend(trial);
        FAL_TRY_GOTO(fal_comm_agree(trial->setup.group, fal_trial_look(trial)));
        fal_trial_show_phase(trial, k == 0, "evaluating the first local-only models (%d %%)",
                             100 * k / trial->setup.clients);
        const int owner = fal_fed_rank_of(trial->setup.clients, fal_comm_size(trial->setup.group), k);
        if (owner == fal_comm_rank(trial->setup.group)) {
            memcpy(trial->now.local_only, fal_trial_first_model(trial, k - trial->setup.first), bytes);
        }
        fal_comm_broadcast(trial->setup.group, trial->now.local_only, bytes, owner);
        const bool trained = trial->now.labelled[k] > 0; /* every client with images has first labels */
        if (trained) {
            char where[FAL_MESSAGE_MAX / 8];
            (void)snprintf(where, sizeof where, "client %d, local-only model, AL round 2, before FL round 1", k);
            trial->now.last.where = where;
            FAL_TRY_GOTO(fal_evaluate(trial->setup.group, trial->setup.trainer, trial->setup.dataset,
                                      trial->now.local_only, &trial->now.last));
            trial->now.last.where = NULL;
        }
        for (int c = 0; fal_trial_speaks(trial) && c < classes; c++) {
            record->first_round[k * classes + c] =
                trained && trial->now.last.images[c] > 0
                    ? (double)trial->now.last.correct[c] / (double)trial->now.last.images[c]
                    : NAN;
        }
    }
    trial->now.state.sections.evaluate += fal_clock_seconds() - start;
done:
    if (status != FAL_OK) { /* half of it is no result */
        fal_free(record->first_round);
        record->first_round = NULL;
    }
    return status;
}
