/* How a trial is saved: the checkpoint with the algorithm's state of all ranks, and the results file. */
#include <math.h>
#include <string.h>

#include "fal/base/clock.h"
#include "fal/base/memory.h"
#include "fal/results/write.h"
#include "client_state_internal.h"
#include "trial_internal.h"

/* Has the trial state of clients that stays at their sites? At the border of an AL round the algorithm starts again. */
static bool has_client_states(const fal_trial *trial)
{
    const int64_t done = trial->now.state.fl_done;
    return trial->setup.settings->apart && trial->now.state.vector_size > 0 && done > 0 &&
           done < trial->setup.settings->fl_rounds;
}

static fal_site_moment moment_of(const fal_trial *trial, int client)
{
    return (fal_site_moment){.trial = &trial->setup.planned->id,
                             .dataset = trial->setup.dataset,
                             .client = client,
                             .al_round = trial->now.state.al_round,
                             .fl_done = trial->now.state.fl_done};
}

static fal_status write_client_states(fal_trial *trial)
{
    for (int i = 0; has_client_states(trial) && i < fal_fed_state_count(trial->setup.fed); i++) {
        int client = -1;
        const float *vector = fal_fed_state(trial->setup.fed, i, &client);
        if (client >= 0) {
            const fal_site_moment moment = moment_of(trial, client);
            bool *kept = &trial->now.kept[client - trial->setup.first];
            FAL_TRY(fal_client_state_write(&moment, vector, trial->now.state.vector_size, *kept));
            *kept = false; /* until the checkpoint is there */
        }
    }
    return FAL_OK;
}

static fal_status read_client_states(fal_trial *trial)
{
    for (int i = 0; has_client_states(trial) && i < fal_fed_state_count(trial->setup.fed); i++) {
        int client = -1;
        bool previous = false;
        float *vector = fal_fed_state(trial->setup.fed, i, &client);
        if (client >= 0) {
            const fal_site_moment moment = moment_of(trial, client);
            FAL_TRY(fal_client_state_read(&moment, vector, trial->now.state.vector_size, &previous));
            trial->now.kept[client - trial->setup.first] = !previous;
        }
    }
    return FAL_OK;
}

fal_status fal_trial_bring_client_states(fal_trial *trial)
{
    return fal_comm_agree(trial->setup.group, read_client_states(trial));
}

/* The algorithm's state of all ranks in client order on rank 0, the server's vector once; where sites keep their
 * clients' state, that alone. Collective. */
static fal_status gather_state(fal_trial *trial)
{
    const int own = fal_fed_state_count(trial->setup.fed);
    const size_t bytes = trial->now.state.vector_size * sizeof(float);
    unsigned char *packed = NULL;
    void *all = NULL;
    size_t *sizes = NULL;
    int64_t anywhere = own;
    fal_status status = FAL_OK;
    anywhere = fal_comm_max(trial->setup.group, anywhere);
    if (anywhere == 0) {
        return FAL_OK;
    }
    /* Each record: the client's number (8 bytes), then the vector. */
    status = fal_alloc(&packed, (size_t)own, 8 + bytes, "algorithm state");
    if (status == FAL_OK) {
        status = fal_alloc(&sizes, (size_t)fal_comm_size(trial->setup.group), sizeof *sizes, "algorithm state");
    }
    size_t used = 0;
    for (int i = 0; status == FAL_OK && i < own; i++) {
        int client = -1;
        const float *vector = fal_fed_state(trial->setup.fed, i, &client);
        if (client >= 0 ? !trial->setup.settings->apart : fal_trial_speaks(trial)) {
            const int64_t number = client;
            memcpy(packed + used, &number, 8);
            memcpy(packed + used + 8, vector, bytes);
            used += 8 + bytes;
        }
    }
    FAL_TRY_GOTO(fal_comm_agree(trial->setup.group, status));
    FAL_TRY_GOTO(fal_comm_gather(trial->setup.group, packed, used, &all, sizes));
    if (fal_trial_speaks(trial)) {
        size_t total = 0;
        for (int i = 0; i < fal_comm_size(trial->setup.group); i++) {
            total += sizes[i];
        }
        const size_t vectors = total / (8 + bytes);
        fal_free(trial->now.state.vector);
        fal_free(trial->now.state.vector_client);
        trial->now.state.vector = NULL;
        trial->now.state.vector_client = NULL;
        status = fal_alloc(&trial->now.state.vector, vectors, bytes, "algorithm state");
        if (status == FAL_OK) {
            status = fal_alloc(&trial->now.state.vector_client, vectors, sizeof(int32_t), "algorithm state");
        }
        for (size_t i = 0; status == FAL_OK && i < vectors; i++) {
            int64_t number = 0;
            memcpy(&number, (unsigned char *)all + i * (8 + bytes), 8);
            trial->now.state.vector_client[i] = (int32_t)number;
            memcpy(trial->now.state.vector + i * trial->now.state.vector_size,
                   (unsigned char *)all + i * (8 + bytes) + 8, bytes);
        }
        trial->now.state.vectors = (int)vectors;
    }
    status = fal_comm_agree(trial->setup.group, status);
done:
    fal_free(packed);
    fal_free(all);
    fal_free(sizes);
    return status;
}

fal_status fal_trial_remove_checkpoint(const fal_trial *trial)
{
    const char *results = trial->setup.planned->id.path;
    const int clients = trial->setup.settings->clients;
    const int size = fal_comm_size(trial->setup.group);
    const int rank = fal_comm_rank(trial->setup.group);
    FAL_TRY(fal_trial_speaks(trial) ? fal_checkpoint_remove(results) : FAL_OK);
    return trial->setup.settings->apart ? fal_client_state_remove(results, fal_fed_first_client(clients, size, rank),
                                                                  fal_fed_client_count(clients, size, rank))
                                        : FAL_OK;
}

static fal_status write_results(fal_trial *trial, const char *word)
{
    const fal_results results = {.trial = &trial->setup.planned->id,
                                 .dataset = trial->setup.dataset,
                                 .model = trial->setup.model,
                                 .params = trial->now.state.params,
                                 .record = &trial->now.state.record,
                                 .shared = trial->now.state.shared,
                                 .pool_counts = fal_trial_pool_counts(trial),
                                 .client_of = trial->setup.held->client_of,
                                 .run = &trial->setup.run};
    return fal_results_write(&results, word);
}

fal_status fal_trial_save(fal_trial *trial, const char *results_status)
{
    const double start = fal_clock_seconds();
    const bool complete = results_status != NULL && strcmp(results_status, "complete") == 0;
    fal_status status = FAL_OK;
    if (!complete) {
        fal_trial_count_bytes(trial);
        FAL_TRY(fal_comm_agree(trial->setup.group, write_client_states(trial)));
        FAL_TRY(gather_state(trial));
    }
    fal_trial_mark_time(trial);
    if (fal_trial_speaks(trial)) {
        if (results_status != NULL) {
            status = write_results(trial, results_status);
        }
        if (status == FAL_OK && !complete) {
            status = fal_checkpoint_write(&trial->now.state, &trial->setup.planned->id, trial->setup.dataset);
        }
    }
    FAL_TRY(fal_comm_agree(trial->setup.group, status)); /* before anybody gives up what a new start would need */
    status = complete ? fal_trial_remove_checkpoint(trial) : FAL_OK;
    trial->clocks.last_checkpoint = fal_clock_seconds();
    trial->now.state.sections.io += trial->clocks.last_checkpoint - start;
    trial->setup.options->deadline->checkpoint =
        fmax(trial->setup.options->deadline->checkpoint, trial->clocks.last_checkpoint - start);
    FAL_TRY(fal_comm_agree(trial->setup.group, status));
    for (int i = 0; has_client_states(trial) && i < trial->setup.local; i++) {
        trial->now.kept[i] = true;
    }
    return FAL_OK;
}
