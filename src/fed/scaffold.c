/* SCAFFOLD, option II (Karimireddy et al., ICML 2020), with the weights averaged as in FedAvg (algorithms.md section
 * 3).
 *
 * The server keeps c, client k keeps c_k. A local step is followed by w := w - lr (c - c_k), outside the momentum: the
 * control variates hold the momentum's amplification already and would be amplified again inside. After s steps from
 * the global weights w0: c_k' = c_k - c + (w0 - w_k) / (s lr); then c := c + 1/K sum over the participants of c_k' -
 * c_k, by an exact sum of its own.
 *
 * "paper": c = c_k = 0 at first, trained parameters only, the round's lr, 1/K of all clients. "code", the LoGo authors'
 * program: c = c_k = the first global weights of the AL round, running statistics too, the lr before its decay, 1/S of
 * the participants. */
#include <string.h>

#include "algorithms_internal.h"
#include "fal/base/memory.h"

typedef struct {
    size_t count; /* floats of a control variate: the trained part, or all */
    int first;    /* this rank's clients */
    int local;
    int clients;
    bool code;
    double base_lr;
    float *server;     /* [count] c */
    float *own;        /* [local][count] c_k */
    float *correction; /* [count] c - c_k of the client in training */
} scaffold;

static void destroy(void *state)
{
    scaffold *s = state;
    if (s == NULL) {
        return;
    }
    fal_free(s->correction);
    fal_free(s->own);
    fal_free(s->server);
    fal_free(s);
}

static fal_status create(const fal_algorithm_setup *setup, void **state)
{
    scaffold *s = NULL;
    fal_status status = FAL_OK;
    FAL_TRY(fal_alloc(&s, 1, sizeof *s, "SCAFFOLD"));
    s->code = strcmp(fal_params_text(setup->settings->params, "scaffold"), "code") == 0;
    s->count = s->code ? fal_model_size(setup->model) : fal_model_trained(setup->model);
    s->first = setup->first;
    s->local = setup->local;
    s->clients = setup->settings->clients;
    s->base_lr = setup->lr;
    FAL_TRY_GOTO(fal_alloc(&s->server, s->count, sizeof(float), "SCAFFOLD's control variates"));
    FAL_TRY_GOTO(fal_alloc(&s->own, s->count * (size_t)s->local, sizeof(float), "SCAFFOLD's control variates"));
    FAL_TRY_GOTO(fal_alloc(&s->correction, s->count, sizeof(float), "SCAFFOLD's control variates"));
    *state = s;
    return FAL_OK;
done:
    destroy(s);
    return status;
}

static float *own_of(scaffold *s, int client) { return s->own + (size_t)(client - s->first) * s->count; }

static void reset(void *state)
{
    scaffold *s = state;
    memset(s->server, 0, s->count * sizeof(float));
    memset(s->own, 0, s->count * (size_t)s->local * sizeof(float));
}

static void begin(void *state, const fal_algorithm_round *round)
{
    scaffold *s = state;
    if (s->code && round->fl_round == 0) {
        memcpy(s->server, round->global, s->count * sizeof(float));
        for (int i = 0; i < s->local; i++) {
            memcpy(own_of(s, s->first + i), round->global, s->count * sizeof(float));
        }
    }
}

/* w := w - lr (c - c_k) */
static void after_step(void *state, float *w, float lr)
{
    const scaffold *s = state;
    for (size_t i = 0; i < s->count; i++) {
        w[i] -= lr * s->correction[i];
    }
}

static void extra(void *state, int client, const float *global, fal_local_extra *extra)
{
    scaffold *s = state;
    const float *own = own_of(s, client);
    (void)global;
    for (size_t i = 0; i < s->count; i++) {
        s->correction[i] = s->server[i] - own[i];
    }
    extra->state = s;
    extra->after_step = after_step;
}

/* c_k := c_k'; the local weights become c_k' - c_k. */
static void renew(scaffold *s, const float *global, float *weights, float *own, double divisor)
{
    for (size_t i = 0; i < s->count; i++) {
        const double before = own[i];
        const double after = before - (double)s->server[i] + ((double)global[i] - (double)weights[i]) / divisor;
        own[i] = (float)after;
        weights[i] = (float)(after - before);
    }
}

static void change(void *state, const fal_algorithm_round *round, int i)
{
    scaffold *s = state;
    const double divisor = (double)round->steps[i] * (s->code ? s->base_lr : round->lr);
    renew(s, round->global, round->locals + (size_t)i * round->stride, own_of(s, round->trained[i]), divisor);
}

static int64_t divisor(const void *state, const fal_algorithm_round *round)
{
    const scaffold *s = state;
    return s->code ? round->participants : s->clients;
}

static void hear(void *state, const float *mean)
{
    scaffold *s = state;
    for (size_t i = 0; i < s->count; i++) {
        s->server[i] += mean[i];
    }
}

static size_t bytes(const fal_algorithm_setup *setup)
{
    const size_t floats = fal_model_size(setup->model);
    return ((size_t)setup->local + 2) * floats * sizeof(float);
}

static int state_count(const void *state) { return 1 + ((const scaffold *)state)->local; }

static float *state_vector(void *state, int index, int *client)
{
    scaffold *s = state;
    *client = index == 0 ? -1 : s->first + index - 1;
    return index == 0 ? s->server : own_of(s, *client);
}

static size_t state_size(const void *state) { return ((const scaffold *)state)->count; }

const fal_algorithm fal_algorithm_scaffold = {.create = create,
                                              .destroy = destroy,
                                              .reset = reset,
                                              .begin = begin,
                                              .extra = extra,
                                              .change = change,
                                              .divisor = divisor,
                                              .hear = hear,
                                              .bytes = bytes,
                                              .state_count = state_count,
                                              .state_vector = state_vector,
                                              .state_size = state_size};
