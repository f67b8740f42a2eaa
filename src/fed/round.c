/* One FL round: who takes part, local training, the exact weighted mean of the weights (algorithms.md section 3).
 *
 * Status, stop requests and values that are not finite travel in the reduction that agrees on the sum's exponents, so a
 * round costs two reductions and one for the losses. Local weights are kept until the exponents are known. */
#include "fal/fed/round.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/clock.h"
#include "fal/base/memory.h"
#include "fal/base/stop.h"
#include "round_internal.h"

int fal_fed_first_client(int clients, int size, int rank)
{
    int64_t first = 0;
    int64_t count = 0;
    fal_comm_block(clients, size, rank, &first, &count);
    return (int)first;
}

int fal_fed_client_count(int clients, int size, int rank)
{
    int64_t first = 0;
    int64_t count = 0;
    fal_comm_block(clients, size, rank, &first, &count);
    return (int)count;
}

int fal_fed_rank_of(int clients, int size, int client) { return fal_comm_block_of(clients, size, client); }

static fal_algorithm_setup setup_of(const fal_model *model, const fal_fed_settings *settings, double lr, int size,
                                    int rank)
{
    return (fal_algorithm_setup){.model = model,
                                 .settings = settings,
                                 .lr = lr,
                                 .first = fal_fed_first_client(settings->clients, size, rank),
                                 .local = fal_fed_client_count(settings->clients, size, rank)};
}

/* Everything that can fail on one rank alone. */
static fal_status fill(fal_fed *fed, const fal_train_settings *train)
{
    const size_t clients = (size_t)fed->settings.clients;
    const size_t local = (size_t)fed->local;
    const size_t slots = fed->local < fed->participants ? local : (size_t)fed->participants;
    const fal_algorithm_setup setup =
        setup_of(fed->model, &fed->settings, train->lr, fal_comm_size(fed->comm), fal_comm_rank(fed->comm));
    size_t floats = 0;
    if (fed->algorithm == NULL) {
        return fal_fail(FAL_ERR_USAGE, "--algorithm %s: unknown: use one of %s", fed->settings.algorithm,
                        FAL_ALGORITHM_NAMES);
    }
    if (__builtin_mul_overflow(slots, fal_model_size(fed->model), &floats)) {
        return fal_fail(FAL_ERR_MEMORY, "weights of a rank's clients: too many for an address: use more ranks");
    }
    FAL_TRY(fal_tensor_sum_create(fed->model, false, &fed->sum, &fed->names));
    FAL_TRY(fal_alloc(&fed->locals, floats, sizeof *fed->locals, "weights of a rank's clients"));
    FAL_TRY(fal_alloc(&fed->trained, local, sizeof *fed->trained, "FL round"));
    FAL_TRY(fal_alloc(&fed->steps, local, sizeof *fed->steps, "FL round"));
    FAL_TRY(fal_alloc(&fed->order, clients, sizeof *fed->order, "FL round"));
    FAL_TRY(fal_alloc(&fed->takes_part, clients, sizeof *fed->takes_part, "FL round"));
    FAL_TRY(fal_alloc(&fed->loss_bits, clients, sizeof *fed->loss_bits, "FL round"));
    FAL_TRY(fed->algorithm->create == NULL ? FAL_OK : fed->algorithm->create(&setup, &fed->state));
    if (fed->algorithm->change == NULL) {
        return FAL_OK;
    }
    FAL_TRY(fal_alloc(&fed->change, fal_fed_state_size(fed), sizeof *fed->change, "FL round"));
    return fal_change_sum_create(fed->model, fal_fed_state_size(fed), &fed->change_sum, &fed->change_names);
}

fal_status fal_fed_create(const fal_comm *comm, const fal_model *model, const fal_fed_settings *settings,
                          const fal_train_settings *train, fal_fed **fed)
{
    fal_fed *created = NULL;
    fal_status status = fal_alloc(&created, 1, sizeof *created, "FL round");
    if (status == FAL_OK) {
        created->comm = comm;
        created->model = model;
        created->settings = *settings;
        created->seed = train->seed;
        created->algorithm = fal_algorithm_find(settings->algorithm);
        created->first = fal_fed_first_client(settings->clients, fal_comm_size(comm), fal_comm_rank(comm));
        created->local = fal_fed_client_count(settings->clients, fal_comm_size(comm), fal_comm_rank(comm));
        created->participants = fal_algorithm_participants(settings);
        status = fill(created, train);
    }
    status = fal_comm_agree(comm, status);
    if (status != FAL_OK) {
        fal_fed_destroy(created);
        return status;
    }
    *fed = created;
    return FAL_OK;
}

void fal_fed_destroy(fal_fed *fed)
{
    if (fed == NULL) {
        return;
    }
    if (fed->algorithm != NULL && fed->algorithm->destroy != NULL) {
        fed->algorithm->destroy(fed->state);
    }
    fal_free(fed->change);
    fal_free((void *)fed->change_names);
    fal_exact_sum_destroy(fed->change_sum);
    fal_free(fed->loss_bits);
    fal_free(fed->takes_part);
    fal_free(fed->order);
    fal_free(fed->steps);
    fal_free(fed->trained);
    fal_free(fed->locals);
    fal_exact_sum_destroy(fed->sum);
    fal_free((void *)fed->names);
    fal_free(fed);
}

void fal_fed_reset(fal_fed *fed)
{
    if (fed->algorithm->reset != NULL) {
        fed->algorithm->reset(fed->state);
    }
}

size_t fal_fed_bytes(const fal_model *model, const fal_fed_settings *settings, int size)
{
    const size_t floats = fal_model_size(model);
    const size_t local = (size_t)fal_fed_client_count(settings->clients, size, 0);
    const size_t participants = (size_t)fal_algorithm_participants(settings);
    const fal_algorithm *algorithm = fal_algorithm_find(settings->algorithm);
    size_t bytes = floats * sizeof(int64_t); /* the sum */
    bytes += (local < participants ? local : participants) * floats * sizeof(float);
    if (algorithm != NULL && algorithm->bytes != NULL) {
        const fal_algorithm_setup setup = setup_of(model, settings, 0, size, 0);
        bytes += algorithm->bytes(&setup);
    }
    if (algorithm != NULL && algorithm->change != NULL) {
        bytes += floats * (sizeof(int64_t) + sizeof(float)); /* their sum and mean */
    }
    return bytes;
}

/* The same on every rank. */
static void draw_participants(fal_fed *fed, uint32_t al_round, uint32_t fl_round)
{
    if (fed->given_participants != NULL) {
        memcpy(fed->takes_part, fed->given_participants, (size_t)fed->settings.clients);
        return;
    }
    fal_algorithm_draw(&fed->settings, fed->seed, al_round, fl_round, fed->order, fed->takes_part);
}

/* Local training of this rank's participants, until one fails or is given up. */
static fal_status train_clients(fal_fed *fed, fal_trainer *trainer, const fal_pool *pools, const int64_t *labelled,
                                uint32_t al_round, fal_algorithm_round *round)
{
    for (int client = fed->first; client < fed->first + fed->local; client++) {
        fal_local_outcome outcome;
        if (!fed->takes_part[client] || labelled[client] == 0) {
            continue;
        }
        const fal_pool *pool = &pools[client - fed->first];
        float *params = round->locals + (size_t)round->trained_count * round->stride;
        FAL_ASSERT(pool->labelled_count == labelled[client]);
        FAL_TRY(
            fal_algorithm_train(fed->algorithm, fed->state, trainer, pool, client, al_round, round, params, &outcome));
        fal_exact_sum_scan(fed->sum, params, client);
        memcpy(&fed->loss_bits[client], &outcome.loss, sizeof outcome.loss);
        fed->trained[round->trained_count] = client;
        fed->steps[round->trained_count] = outcome.steps;
        round->trained_count++;
    }
    return FAL_OK;
}

/* Bits of the losses: only the client's own rank has any, so their sum over ranks is the loss itself on all of them. */
static void gather_losses(fal_fed *fed, const int64_t *labelled, int64_t total, fal_fed_outcome *outcome)
{
    double sum = 0;
    fal_comm_sum_int64(fed->comm, fed->loss_bits, (size_t)fed->settings.clients);
    for (int client = 0; client < fed->settings.clients; client++) {
        double loss = NAN;
        if (fed->takes_part[client] && labelled[client] > 0) {
            memcpy(&loss, &fed->loss_bits[client], sizeof loss);
            sum += loss * (double)labelled[client];
        }
        if (outcome->client_loss != NULL) {
            outcome->client_loss[client] = loss;
        }
    }
    outcome->train_loss = total == 0 ? NAN : sum / (double)total;
}

/* What the algorithm's server hears of, if anything. The local weights are in their sum. */
static fal_status sum_changes(fal_fed *fed, const fal_algorithm_round *round, const char *where)
{
    int64_t stop = 0;
    if (fed->algorithm->change == NULL) {
        return FAL_OK;
    }
    fal_exact_sum_begin(fed->change_sum);
    for (int i = 0; i < round->trained_count; i++) {
        fed->algorithm->change(fed->state, round, i);
        fal_exact_sum_scan(fed->change_sum, round->locals + (size_t)i * round->stride, round->trained[i]);
    }
    FAL_TRY(fal_exact_sum_agree(fed->change_sum, fed->comm, FAL_OK, &stop, fed->change_names, where));
    const int64_t divisor = fed->algorithm->divisor(fed->state, round);
    for (int i = 0; i < round->trained_count; i++) {
        fal_exact_sum_add(fed->change_sum, round->locals + (size_t)i * round->stride, 1, divisor);
    }
    fal_exact_sum_finish(fed->change_sum, fed->comm, fed->change);
    fed->algorithm->hear(fed->state, fed->change);
    return FAL_OK;
}

static fal_status aggregate(fal_fed *fed, const int64_t *labelled, int64_t total, const fal_algorithm_round *round,
                            const char *where, float *params)
{
    for (int i = 0; i < round->trained_count; i++) {
        fal_exact_sum_add(fed->sum, round->locals + (size_t)i * round->stride, labelled[round->trained[i]], total);
    }
    FAL_TRY(sum_changes(fed, round, where));
    fal_exact_sum_finish(fed->sum, fed->comm, params);
    return FAL_OK;
}

fal_status fal_fed_round(fal_fed *fed, fal_trainer *trainer, const fal_pool *pools, const int64_t *labelled,
                         uint32_t al_round, uint32_t fl_round, double lr, float *params, fal_fed_outcome *outcome)
{
    char where[64];
    const double started = fal_clock_seconds();
    int64_t total = 0;
    (void)snprintf(where, sizeof where, "AL round %u, FL round %u", al_round, fl_round + 1);
    fal_algorithm_round round = {.global = params,
                                 .lr = lr,
                                 .fl_round = fl_round,
                                 .trained = fed->trained,
                                 .locals = fed->locals,
                                 .stride = fal_model_size(fed->model),
                                 .steps = fed->steps};
    draw_participants(fed, al_round, fl_round);
    memset(fed->loss_bits, 0, (size_t)fed->settings.clients * sizeof *fed->loss_bits);
    for (int client = 0; client < fed->settings.clients; client++) {
        round.participants += fed->takes_part[client];
        total += fed->takes_part[client] ? labelled[client] : 0;
    }
    if (fed->algorithm->begin != NULL) {
        fed->algorithm->begin(fed->state, &round);
    }
    fal_exact_sum_begin(fed->sum);
    const fal_status status = train_clients(fed, trainer, pools, labelled, al_round, &round);
    outcome->train_seconds = fal_clock_seconds() - started;
    outcome->stop_requests = fal_stop_requests();
    FAL_TRY(fal_exact_sum_agree(fed->sum, fed->comm, status, &outcome->stop_requests, fed->names, where));
    if (total > 0) {
        FAL_TRY(aggregate(fed, labelled, total, &round, where, params));
    }
    gather_losses(fed, labelled, total, outcome);
    outcome->communicate_seconds = fal_clock_seconds() - started - outcome->train_seconds;
    return FAL_OK;
}

int fal_fed_state_count(const fal_fed *fed)
{
    return fed->algorithm->state_count == NULL ? 0 : fed->algorithm->state_count(fed->state);
}

size_t fal_fed_state_size(const fal_fed *fed)
{
    return fed->algorithm->state_size == NULL ? 0 : fed->algorithm->state_size(fed->state);
}

float *fal_fed_state(fal_fed *fed, int index, int *client)
{
    FAL_ASSERT(index >= 0 && index < fal_fed_state_count(fed));
    return fed->algorithm->state_vector(fed->state, index, client);
}
