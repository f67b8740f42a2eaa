/* An FL round in two halves gives the bits of fal_fed_round, for every algorithm; who did not train has no weight. */
#include "support.h"

#include <math.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/fed/apart.h"
#include "small_fed.h"

enum { ROUNDS = 3, AL_ROUND = 2 };

static fal_comm *world; /* of one rank */

/* All of one run: who trains is everybody that has labels. */
typedef struct {
    small_fed small;
    fal_trainer *trainer;
    fal_params *options;
    fal_fed_settings settings;
    fal_apart *server;
    fal_apart *clients[SMALL_CLIENTS];
    size_t size, state_size;
    float *global, *sent[SMALL_CLIENTS], *change[SMALL_CLIENTS];
} setup;

static void setup_create(setup *s, const char *algorithm, const char *scaffold, double participation)
{
    memset(s, 0, sizeof *s);
    assert_ok(small_fed_create(&s->small, 8, 0, SMALL_TEST));
    assert_ok(fal_trainer_create(s->small.model, &s->small.dataset, &s->small.train, FAL_KERNELS_FAST, &s->trainer));
    assert_ok(small_fed_options("scaffold", scaffold, &s->options));
    s->settings = (fal_fed_settings){.clients = SMALL_CLIENTS, .participation = participation, .params = s->options};
    (void)strcpy(s->settings.algorithm, algorithm);
    assert_ok(fal_apart_create(s->small.model, &s->settings, &s->small.train, -1, &s->server));
    s->size = fal_model_size(s->small.model);
    s->state_size = fal_apart_state_size(s->server);
    assert_ok(small_fed_params(&s->small, &s->global));
    for (int k = 0; k < SMALL_CLIENTS; k++) {
        assert_ok(fal_apart_create(s->small.model, &s->settings, &s->small.train, k, &s->clients[k]));
        assert_ok(fal_alloc(&s->sent[k], s->size, sizeof(float), "test"));
        assert_ok(fal_alloc(&s->change[k], s->state_size, sizeof(float), "test"));
    }
}

static void setup_destroy(setup *s)
{
    for (int k = 0; k < SMALL_CLIENTS; k++) {
        fal_apart_destroy(s->clients[k]);
        fal_free(s->sent[k]);
        fal_free(s->change[k]);
    }
    fal_apart_destroy(s->server);
    fal_free(s->global);
    fal_params_destroy(s->options);
    fal_trainer_destroy(s->trainer);
    small_fed_destroy(&s->small);
}

static void one_round(setup *s, uint32_t fl_round, double lr)
{
    uint8_t takes_part[SMALL_CLIENTS];
    fal_apart_update updates[SMALL_CLIENTS];
    fal_apart_round round = {.al_round = AL_ROUND, .fl_round = fl_round, .lr = lr, .global = s->global};
    int count = 0;
    assert_ok(fal_apart_draw(&s->settings, s->small.train.seed, AL_ROUND, fl_round, takes_part));
    for (int k = 0; k < SMALL_CLIENTS; k++) {
        if (!takes_part[k]) {
            continue;
        }
        round.participants++;
        updates[count] = (fal_apart_update){k, s->small.labelled[k], s->sent[k], s->change[k]};
        if (s->small.labelled[k] > 0) {
            if (s->state_size > 0) {
                memcpy(fal_apart_server(s->clients[k]), fal_apart_server(s->server), s->state_size * sizeof(float));
            }
            assert_ok(fal_apart_train(s->clients[k], s->trainer, &s->small.pools[k], &round, s->sent[k], s->change[k]));
        }
        count++;
    }
    assert_ok(fal_apart_merge(s->server, updates, count, &round, s->global));
}

static void compare(const char *algorithm, const char *scaffold, double participation)
{
    setup s;
    fal_fed *fed = NULL;
    float *joined = NULL;
    setup_create(&s, algorithm, scaffold, participation);
    assert_ok(fal_fed_create(world, s.small.model, &s.settings, &s.small.train, &fed));
    fal_fed_reset(fed);
    assert_ok(small_fed_params(&s.small, &joined));
    for (uint32_t t = 0; t < ROUNDS; t++) {
        const double lr = t == ROUNDS - 1 ? 0.001 : 0.01;
        fal_fed_outcome outcome = {0};
        assert_ok(fal_fed_round(fed, s.trainer, s.small.pools, s.small.labelled, AL_ROUND, t, lr, joined, &outcome));
        one_round(&s, t, lr);
        assert_memory_equal(joined, s.global, s.size * sizeof(float));
    }
    for (int i = 0; i < fal_fed_state_count(fed); i++) {
        int client = -1;
        const float *state = fal_fed_state(fed, i, &client);
        const float *own = client < 0 ? fal_apart_server(s.server) : fal_apart_own(s.clients[client]);
        if (client < 0 || s.small.labelled[client] > 0) { /* who never trained was never told a round's weights */
            assert_memory_equal(state, own, s.state_size * sizeof(float));
        }
    }
    fal_fed_destroy(fed);
    fal_free(joined);
    setup_destroy(&s);
}

static void fedavg_and_fedprox_are_those_of_a_job(void **state)
{
    (void)state;
    compare("fedavg", "paper", 1);
    compare("fedprox", "paper", 0.6);
}

static void scaffold_is_that_of_a_job_with_its_control_variates(void **state)
{
    (void)state;
    compare("scaffold", "paper", 0.6);
    compare("scaffold", "code", 1);
}

static void without_any_label_the_weights_stay(void **state)
{
    (void)state;
    setup s;
    float *before = NULL;
    setup_create(&s, "scaffold", "paper", 1);
    assert_ok(small_fed_params(&s.small, &before));
    const fal_apart_update nobody[2] = {{.client = 1}, {.client = 4}};
    const fal_apart_round round = {.al_round = 1, .lr = 0.01, .global = s.global, .participants = 2};
    assert_ok(fal_apart_merge(s.server, nobody, 2, &round, s.global));
    assert_memory_equal(before, s.global, s.size * sizeof(float));
    fal_free(before);
    setup_destroy(&s);
}

static void what_is_not_finite_names_its_client(void **state)
{
    (void)state;
    setup s;
    setup_create(&s, "fedavg", "paper", 1);
    memcpy(s.sent[3], s.global, s.size * sizeof(float));
    s.sent[3][0] = INFINITY;
    const fal_apart_update updates[2] = {{2, 5, s.global, NULL}, {3, 5, s.sent[3], NULL}};
    const fal_apart_round round = {.al_round = 4, .fl_round = 6, .lr = 0.01, .global = s.global, .participants = 2};
    assert_fails(fal_apart_merge(s.server, updates, 2, &round, s.sent[0]), FAL_ERR_NUMERIC,
                 "client 3, AL round 4, FL round 7: ");
    setup_destroy(&s);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fedavg_and_fedprox_are_those_of_a_job),
        cmocka_unit_test(scaffold_is_that_of_a_job_with_its_control_variates),
        cmocka_unit_test(without_any_label_the_weights_stay),
        cmocka_unit_test(what_is_not_finite_names_its_client),
    };
    if (fal_comm_start(&argc, &argv, &world) != FAL_OK) {
        return 1;
    }
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    fal_comm_end(world);
    return failed;
}
