/* The two halves of an FL round whose clients share no machine: a client's training, and the exact mean of what clients
 * sent (round.c does both over ranks). */
#include "fal/fed/apart.h"

#include <stdio.h>
#include <string.h>

#include "algorithms_internal.h"
#include "fal/base/memory.h"

struct fal_apart {
    const fal_model *model;
    fal_fed_settings settings;
    const fal_algorithm *algorithm;
    void *state; /* the algorithm's */
    int client;  /* -1: none is here */
    fal_exact_sum *sum, *change_sum;
    const char **names, **change_names; /* of their blocks */
    float *scratch;                     /* [size] */
};

static fal_status fill(fal_apart *apart, const fal_train_settings *train)
{
    const fal_algorithm_setup setup = {.model = apart->model,
                                       .settings = &apart->settings,
                                       .lr = train->lr,
                                       .first = apart->client < 0 ? 0 : apart->client,
                                       .local = apart->client < 0 ? 0 : 1};
    if (apart->algorithm == NULL) {
        return fal_fail(FAL_ERR_USAGE, "--algorithm %s: unknown: use one of %s", apart->settings.algorithm,
                        FAL_ALGORITHM_NAMES);
    }
    FAL_TRY(fal_alloc(&apart->scratch, fal_model_size(apart->model), sizeof *apart->scratch, "FL round"));
    FAL_TRY(fal_tensor_sum_create(apart->model, false, &apart->sum, &apart->names));
    FAL_TRY(apart->algorithm->create == NULL ? FAL_OK : apart->algorithm->create(&setup, &apart->state));
    if (apart->algorithm->reset != NULL) {
        apart->algorithm->reset(apart->state);
    }
    return apart->algorithm->change == NULL ? FAL_OK
                                            : fal_change_sum_create(apart->model, fal_apart_state_size(apart),
                                                                    &apart->change_sum, &apart->change_names);
}

fal_status fal_apart_create(const fal_model *model, const fal_fed_settings *settings, const fal_train_settings *train,
                            int client, fal_apart **apart)
{
    fal_apart *created = NULL;
    FAL_TRY(fal_alloc(&created, 1, sizeof *created, "FL round"));
    created->model = model;
    created->settings = *settings;
    created->client = client;
    created->algorithm = fal_algorithm_find(settings->algorithm);
    const fal_status status = fill(created, train);
    if (status != FAL_OK) {
        fal_apart_destroy(created);
        return status;
    }
    *apart = created;
    return FAL_OK;
}

void fal_apart_destroy(fal_apart *apart)
{
    if (apart == NULL) {
        return;
    }
    if (apart->algorithm != NULL && apart->algorithm->destroy != NULL) {
        apart->algorithm->destroy(apart->state);
    }
    fal_exact_sum_destroy(apart->change_sum);
    fal_exact_sum_destroy(apart->sum);
    fal_free((void *)apart->change_names);
    fal_free((void *)apart->names);
    fal_free(apart->scratch);
    fal_free(apart);
}

size_t fal_apart_state_size(const fal_apart *apart)
{
    return apart->algorithm->state_size == NULL ? 0 : apart->algorithm->state_size(apart->state);
}

static float *vector_of(fal_apart *apart, int client)
{
    const int count = apart->algorithm->state_count == NULL ? 0 : apart->algorithm->state_count(apart->state);
    for (int i = 0; i < count; i++) {
        int owner = -1;
        float *vector = apart->algorithm->state_vector(apart->state, i, &owner);
        if (owner == client) {
            return vector;
        }
    }
    return NULL;
}

float *fal_apart_server(fal_apart *apart) { return vector_of(apart, -1); }

float *fal_apart_own(fal_apart *apart) { return apart->client < 0 ? NULL : vector_of(apart, apart->client); }

fal_status fal_apart_draw(const fal_fed_settings *settings, uint64_t seed, uint32_t al_round, uint32_t fl_round,
                          uint8_t *takes_part)
{
    int64_t *order = NULL;
    FAL_TRY(fal_alloc(&order, (size_t)settings->clients, sizeof *order, "FL round"));
    fal_algorithm_draw(settings, seed, al_round, fl_round, order, takes_part);
    fal_free(order);
    return FAL_OK;
}

static fal_algorithm_round round_of(const fal_apart *apart, const fal_apart_round *round)
{
    return (fal_algorithm_round){.global = round->global,
                                 .lr = round->lr,
                                 .fl_round = round->fl_round,
                                 .participants = round->participants,
                                 .stride = fal_model_size(apart->model)};
}

static void begin(fal_apart *apart, const fal_algorithm_round *round)
{
    if (apart->algorithm->begin != NULL) {
        apart->algorithm->begin(apart->state, round);
    }
}

enum { WHERE = 64 };
static void say_where(const fal_apart_round *round, char where[WHERE])
{
    (void)snprintf(where, WHERE, "AL round %u, FL round %u", round->al_round, round->fl_round + 1);
}

/* Is one client's vector finite? */
static fal_status check(fal_exact_sum *sum, const float *values, int client, const char *const *names,
                        const char *where)
{
    size_t count = 0;
    fal_exact_sum_begin(sum);
    fal_exact_sum_scan(sum, values, client);
    (void)fal_exact_sum_limits(sum, &count);
    return fal_exact_sum_check(sum, names, where);
}

fal_status fal_apart_train(fal_apart *apart, fal_trainer *trainer, const fal_pool *pool, const fal_apart_round *round,
                           float *params, float *change)
{
    char where[WHERE];
    fal_local_outcome outcome;
    fal_algorithm_round here = round_of(apart, round);
    FAL_ASSERT(apart->client >= 0 && pool->labelled_count > 0);
    say_where(round, where);
    begin(apart, &here);
    FAL_TRY(fal_algorithm_train(apart->algorithm, apart->state, trainer, pool, apart->client, round->al_round, &here,
                                params, &outcome));
    FAL_TRY(check(apart->sum, params, apart->client, apart->names, where));
    if (apart->algorithm->change == NULL) {
        return FAL_OK;
    }
    memcpy(apart->scratch, params, here.stride * sizeof *params);
    here.trained = &apart->client;
    here.trained_count = 1;
    here.locals = apart->scratch;
    here.steps = &outcome.steps;
    apart->algorithm->change(apart->state, &here, 0);
    memcpy(change, apart->scratch, fal_apart_state_size(apart) * sizeof *change);
    return check(apart->change_sum, change, apart->client, apart->change_names, where);
}

/* The exact mean of one vector of each client that has images; weights by these, or all alike. */
static fal_status mean_of(fal_exact_sum *sum, const fal_apart_update *updates, int count, bool of_changes,
                          int64_t total, const char *const *names, const char *where, float *mean)
{
    size_t numbers = 0;
    fal_exact_sum_begin(sum);
    for (int i = 0; i < count; i++) {
        if (updates[i].images > 0) {
            fal_exact_sum_scan(sum, of_changes ? updates[i].change : updates[i].params, updates[i].client);
        }
    }
    (void)fal_exact_sum_limits(sum, &numbers);
    FAL_TRY(fal_exact_sum_check(sum, names, where));
    for (int i = 0; i < count; i++) {
        if (updates[i].images > 0) {
            fal_exact_sum_add(sum, of_changes ? updates[i].change : updates[i].params,
                              of_changes ? 1 : updates[i].images, total);
        }
    }
    fal_exact_sum_read(sum, mean);
    return FAL_OK;
}

fal_status fal_apart_merge(fal_apart *apart, const fal_apart_update *updates, int count, const fal_apart_round *round,
                           float *params)
{
    char where[WHERE];
    const fal_algorithm_round here = round_of(apart, round);
    int64_t total = 0;
    say_where(round, where);
    for (int i = 0; i < count; i++) {
        total += updates[i].images;
    }
    begin(apart, &here);
    if (total == 0) {
        memmove(params, round->global, here.stride * sizeof *params);
        return FAL_OK;
    }
    if (apart->algorithm->change != NULL) {
        FAL_TRY(mean_of(apart->change_sum, updates, count, true, apart->algorithm->divisor(apart->state, &here),
                        apart->change_names, where, apart->scratch));
        apart->algorithm->hear(apart->state, apart->scratch);
    }
    return mean_of(apart->sum, updates, count, false, total, apart->names, where, params);
}
