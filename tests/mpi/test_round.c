/* FL rounds give the same bits for every number of ranks and threads: each algorithm over all ranks against the same on
 * one rank alone, and one digest for the runner to compare over numbers of ranks. */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fal/base/hash.h"
#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/base/stop.h"
#include "fal/fed/evaluate.h"
#include "fal/fed/round.h"
#include "mpi_support.h"
#include "small_fed.h"

enum { ROUNDS = 2, FLOATS_MAX = 131072 };

/* With 64 channels the convolutions take the kernels of the real network. */
static const struct {
    int width;
    fal_fed_settings settings;
    const char *parameter, *value; /* of the algorithm; NULL: none is set */
} algorithms[] = {
    {8, {.algorithm = "fedavg", .clients = SMALL_CLIENTS, .participation = 1}, NULL, NULL},
    {8, {.algorithm = "fedavg", .clients = SMALL_CLIENTS, .participation = 0.5}, NULL, NULL},
    {8, {.algorithm = "fedprox", .clients = SMALL_CLIENTS, .participation = 1}, "fedprox_mu", "0.1"},
    {8, {.algorithm = "scaffold", .clients = SMALL_CLIENTS, .participation = 0.6}, "scaffold", "code"},
    {64, {.algorithm = "scaffold", .clients = SMALL_CLIENTS, .participation = 0.6}, NULL, NULL},
    {64, {.algorithm = "fedavg", .clients = SMALL_CLIENTS, .participation = 1}, NULL, NULL},
};
enum { ALGORITHMS = sizeof algorithms / sizeof algorithms[0] };

typedef struct {
    float params[FLOATS_MAX];
    double losses[ROUNDS][SMALL_CLIENTS];
    double train_loss[ROUNDS];
    double accuracy, test_loss;
    int64_t correct[SMALL_CLASSES], images[SMALL_CLASSES];
    int64_t confusion[SMALL_CLASSES][SMALL_CLASSES];
} result;

static void run(const fal_comm *comm, int which, result *out)
{
    fal_fed_settings settings = algorithms[which].settings;
    fal_params *options = NULL;
    const int size = fal_comm_size(comm);
    const int rank = fal_comm_rank(comm);
    const fal_pool *pools = NULL;
    int64_t first = 0;
    int64_t count = 0;
    small_fed small;
    fal_trainer *trainer = NULL;
    fal_fed *fed = NULL;
    float *params = NULL;
    fal_evaluate_share(SMALL_TEST, size, rank, &first, &count);
    CHECK(small_fed_options(algorithms[which].parameter, algorithms[which].value, &options) == FAL_OK);
    settings.params = options;
    CHECK(small_fed_create(&small, algorithms[which].width, first, count) == FAL_OK);
    CHECK(small_fed_params(&small, &params) == FAL_OK);
    CHECK(fal_trainer_create(small.model, &small.dataset, &small.train, FAL_KERNELS_FAST, &trainer) == FAL_OK);
    CHECK(fal_fed_create(comm, small.model, &settings, &small.train, &fed) == FAL_OK);
    pools = small.pools + fal_fed_first_client(SMALL_CLIENTS, size, rank);
    memset(out, 0, sizeof *out);
    fal_fed_reset(fed);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        fal_fed_outcome outcome = {.client_loss = out->losses[round]};
        CHECK(fal_fed_round(fed, trainer, pools, small.labelled, 1, round, 0.01, params, &outcome) == FAL_OK);
        CHECK(outcome.stop_requests == 0);
        out->train_loss[round] = outcome.train_loss;
    }
    fal_evaluation evaluation = {.correct = out->correct, .images = out->images, .confusion = out->confusion[0]};
    CHECK(fal_evaluate(comm, trainer, &small.dataset, params, &evaluation) == FAL_OK);
    for (int c = 0; c < SMALL_CLASSES; c++) {
        int64_t images = 0;
        for (int predicted = 0; predicted < SMALL_CLASSES; predicted++) {
            images += out->confusion[c][predicted];
        }
        CHECK(images == out->images[c] && out->confusion[c][c] == out->correct[c]);
    }
    out->accuracy = evaluation.accuracy;
    out->test_loss = evaluation.loss;
    CHECK(fal_model_size(small.model) <= FLOATS_MAX);
    memcpy(out->params, params, fal_model_size(small.model) * sizeof *params);
    fal_fed_destroy(fed);
    fal_params_destroy(options);
    fal_trainer_destroy(trainer);
    fal_free(params);
    small_fed_destroy(&small);
}

static void who_trained_is_as_set(const fal_fed_settings *settings, const result *r)
{
    small_fed small;
    CHECK(small_fed_create(&small, 8, 0, 0) == FAL_OK);
    for (int round = 0; round < ROUNDS; round++) {
        int trained = 0;
        for (int client = 0; client < SMALL_CLIENTS; client++) {
            trained += !isnan(r->losses[round][client]);
            CHECK(small.labelled[client] > 0 || isnan(r->losses[round][client]));
        }
        const int expected = (int)floor(settings->participation * SMALL_CLIENTS);
        /* The client without labels may be among the participants. */
        CHECK(trained == expected || trained == expected - 1);
        CHECK(isfinite(r->train_loss[round]));
    }
    small_fed_destroy(&small);
}

/* A learning rate that blows the weights up: every rank gets the message that one rank alone would get. */
static void failures_keep_the_weights_and_name_the_lowest_client(const fal_comm *comm, char message[FAL_MESSAGE_MAX])
{
    small_fed small;
    fal_trainer *trainer = NULL;
    fal_fed *fed = NULL;
    float *params = NULL;
    fal_fed_outcome outcome = {0};
    CHECK(small_fed_create(&small, 8, 0, 0) == FAL_OK);
    CHECK(small_fed_params(&small, &params) == FAL_OK);
    CHECK(fal_trainer_create(small.model, &small.dataset, &small.train, FAL_KERNELS_FAST, &trainer) == FAL_OK);
    CHECK(fal_fed_create(comm, small.model, &algorithms[0].settings, &small.train, &fed) == FAL_OK);
    const fal_pool *pools = small.pools + fal_fed_first_client(SMALL_CLIENTS, fal_comm_size(comm), fal_comm_rank(comm));
    fal_status_clear();
    CHECK(fal_fed_round(fed, trainer, pools, small.labelled, 4, 6, 1e38, params, &outcome) == FAL_ERR_NUMERIC);
    (void)snprintf(message, FAL_MESSAGE_MAX, "%s", fal_status_message());
    CHECK(strstr(message, "client 0, AL round 4, FL round 7: ") == message);
    fal_status_clear();
    /* Nobody has labels: the weights stay. */
    static const int64_t none[SMALL_CLIENTS];
    float *before = NULL;
    CHECK(small_fed_params(&small, &before) == FAL_OK);
    CHECK(memcmp(params, before, fal_model_size(small.model) * sizeof *params) == 0); /* the failure kept them */
    CHECK(fal_fed_round(fed, trainer, pools, none, 1, 0, 0.01, params, &outcome) == FAL_OK);
    CHECK(memcmp(params, before, fal_model_size(small.model) * sizeof *params) == 0);
    CHECK(isnan(outcome.train_loss));
    fal_free(before);
    fal_fed_destroy(fed);
    fed = NULL;
    /* An unknown algorithm is refused on all ranks. */
    fal_fed_settings unknown = algorithms[0].settings;
    (void)snprintf(unknown.algorithm, sizeof unknown.algorithm, "fedfoo");
    CHECK(fal_fed_create(comm, small.model, &unknown, &small.train, &fed) == FAL_ERR_USAGE);
    fal_status_clear();
    fal_trainer_destroy(trainer);
    fal_free(params);
    small_fed_destroy(&small);
}

/* Requests of one rank travel to all; a second one gives up its training, and the round with it. Last: this process
 * stays impatient. */
static void stops_travel_and_the_second_gives_the_round_up(const fal_comm *comm, int which)
{
    small_fed small;
    fal_trainer *trainer = NULL;
    fal_fed *fed = NULL;
    float *params = NULL;
    float *before = NULL;
    float *state = NULL;
    fal_params *options = NULL;
    fal_fed_settings settings = algorithms[which].settings;
    fal_fed_outcome outcome = {0};
    const struct timespec moment = {.tv_nsec = 150000000}; /* signals that come together are one request */
    CHECK(small_fed_options(algorithms[which].parameter, algorithms[which].value, &options) == FAL_OK);
    settings.participation = 1; /* rank 0 trains */
    settings.params = options;
    CHECK(small_fed_create(&small, 8, 0, 0) == FAL_OK);
    CHECK(small_fed_params(&small, &params) == FAL_OK);
    CHECK(small_fed_params(&small, &before) == FAL_OK);
    CHECK(fal_trainer_create(small.model, &small.dataset, &small.train, FAL_KERNELS_FAST, &trainer) == FAL_OK);
    CHECK(fal_fed_create(comm, small.model, &settings, &small.train, &fed) == FAL_OK);
    const fal_pool *pools = small.pools + fal_fed_first_client(SMALL_CLIENTS, fal_comm_size(comm), fal_comm_rank(comm));
    fal_fed_reset(fed);
    fal_stop_install();
    if (fal_comm_rank(comm) == fal_comm_size(comm) - 1) {
        (void)raise(SIGUSR1);
    }
    CHECK(fal_fed_round(fed, trainer, pools, small.labelled, 1, 0, 0.01, params, &outcome) == FAL_OK);
    CHECK(outcome.stop_requests == 1);
    memcpy(before, params, fal_model_size(small.model) * sizeof *params);
    int owner = 0;
    const size_t bytes = fal_fed_state_size(fed) * sizeof *state;
    CHECK(fal_alloc(&state, bytes, 1, "test") == FAL_OK);
    memcpy(state, fal_fed_state(fed, 0, &owner), bytes); /* the server's */
    if (fal_comm_rank(comm) == 0) {                      /* which has client 0 */
        for (int64_t i = fal_stop_requests(); i < 2; i++) {
            (void)nanosleep(&moment, NULL);
            (void)raise(SIGUSR1);
        }
    }
    CHECK(fal_fed_round(fed, trainer, pools, small.labelled, 1, 1, 0.01, params, &outcome) == FAL_STOPPED);
    CHECK(fal_status_message()[0] == '\0');
    CHECK(memcmp(params, before, fal_model_size(small.model) * sizeof *params) == 0);
    CHECK(memcmp(state, fal_fed_state(fed, 0, &owner), bytes) == 0);
    fal_fed_destroy(fed);
    fal_trainer_destroy(trainer);
    fal_params_destroy(options);
    fal_free(state);
    fal_free(before);
    fal_free(params);
    small_fed_destroy(&small);
}

int main(int argc, char **argv)
{
    static result together;
    static result alone;
    static result other_threads;
    char message[2][FAL_MESSAGE_MAX];
    char digest[FAL_HASH_TEXT];
    fal_hash *hash = NULL;
    fal_comm *world = check_start(&argc, &argv);
    fal_comm *self = NULL;
    if (world == NULL) {
        return 1;
    }
    CHECK(fal_comm_split(world, fal_comm_rank(world), &self) == FAL_OK);
    CHECK(fal_hash_create(&hash) == FAL_OK);
    for (int i = 0; i < ALGORITHMS; i++) {
        fal_parallel_set_threads(1);
        run(world, i, &together);
        run(self, i, &alone);
        fal_parallel_set_threads(2);
        run(world, i, &other_threads);
        CHECK(memcmp(&together, &alone, sizeof alone) == 0);
        CHECK(memcmp(&together, &other_threads, sizeof alone) == 0);
        who_trained_is_as_set(&algorithms[i].settings, &together);
        fal_hash_add(hash, &together, sizeof together);
    }
    failures_keep_the_weights_and_name_the_lowest_client(world, message[0]);
    failures_keep_the_weights_and_name_the_lowest_client(self, message[1]);
    CHECK(strcmp(message[0], message[1]) == 0);
    stops_travel_and_the_second_gives_the_round_up(world, 3);
    fal_hash_finish(hash, digest);
    if (fal_comm_rank(world) == 0) {
        (void)printf("digest %s\n", digest);
    }
    fal_hash_destroy(hash);
    fal_comm_destroy(self);
    return check_end(world);
}
