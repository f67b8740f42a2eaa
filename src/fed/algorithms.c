/* From the name of an FL algorithm to its row, and what a round does with any of them. */
#include <math.h>
#include <string.h>

#include "algorithms_internal.h"
#include "fal/base/random.h"

const fal_algorithm *fal_algorithm_find(const char *name)
{
#define ROW(id) {#id, &fal_algorithm_##id},
    static const struct {
        const char *name;
        const fal_algorithm *algorithm;
    } all[FAL_ALGORITHMS] = {FAL_ALGORITHM_LIST(ROW)};
#undef ROW
    for (int i = 0; i < FAL_ALGORITHMS; i++) {
        if (strcmp(all[i].name, name) == 0) {
            return all[i].algorithm;
        }
    }
    return NULL;
}

/* The small addition as in fal_fed_learning_rate. */
int fal_algorithm_participants(const fal_fed_settings *settings)
{
    const int count = (int)floor(settings->participation * settings->clients + 1e-9);
    return count < 1 ? 1 : count > settings->clients ? settings->clients : count;
}

void fal_algorithm_draw(const fal_fed_settings *settings, uint64_t seed, uint32_t al_round, uint32_t fl_round,
                        int64_t *order, uint8_t *takes_part)
{
    const int clients = settings->clients;
    const int participants = fal_algorithm_participants(settings);
    const fal_rng rng = {.seed = seed, .purpose = FAL_RNG_PARTICIPATION, .al_round = al_round, .fl_round = fl_round};
    memset(takes_part, participants == clients, (size_t)clients);
    if (participants < clients) {
        for (int client = 0; client < clients; client++) {
            order[client] = client;
        }
        fal_rng_shuffle(&rng, order, clients);
        for (int i = 0; i < participants; i++) {
            takes_part[order[i]] = 1;
        }
    }
}

fal_status fal_algorithm_train(const fal_algorithm *algorithm, void *state, fal_trainer *trainer, const fal_pool *pool,
                               int client, uint32_t al_round, const fal_algorithm_round *round, float *params,
                               fal_local_outcome *outcome)
{
    fal_local_extra extra = {0};
    memcpy(params, round->global, round->stride * sizeof *params);
    if (algorithm->extra != NULL) {
        algorithm->extra(state, client, round->global, &extra);
    }
    return fal_client_train(trainer, pool, (uint32_t)client, al_round, round->fl_round, round->lr, &extra, params,
                            outcome);
}
