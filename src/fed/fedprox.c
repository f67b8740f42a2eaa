/* FedProx (Li et al., MLSys 2020): the local loss gains mu/2 |w - w_global|^2 over the trained parameters (BN's affine
 * ones included, running statistics not). */
#include "algorithms_internal.h"
#include "fal/base/memory.h"

enum { LANES = 8 }; /* of the penalty's sum: part of its order of additions */

typedef struct {
    double mu;
    const float *anchor; /* the round's global weights */
} fedprox;

/* gradient := gradient + mu (w - anchor); returns mu / 2 |w - anchor|^2, summed in double in a fixed order. */
static double add_to_gradient(void *state, float *gradient, const float *w, size_t count)
{
    const fedprox *prox = state;
    const float *anchor = prox->anchor;
    const float factor = (float)prox->mu;
    double lane[LANES] = {0};
    double sum = 0;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        for (size_t j = 0; j < LANES; j++) {
            const float distance = w[i + j] - anchor[i + j];
            gradient[i + j] += factor * distance;
            lane[j] += (double)distance * (double)distance;
        }
    }
    for (; i < count; i++) {
        const float distance = w[i] - anchor[i];
        gradient[i] += factor * distance;
        sum += (double)distance * (double)distance;
    }
    for (size_t j = 0; j < LANES; j++) {
        sum += lane[j];
    }
    return prox->mu / 2 * sum;
}

static fal_status create(const fal_algorithm_setup *setup, void **state)
{
    fedprox *prox = NULL;
    FAL_TRY(fal_alloc(&prox, 1, sizeof *prox, "FedProx"));
    prox->mu = fal_params_real(setup->settings->params, "fedprox_mu");
    *state = prox;
    return FAL_OK;
}

static void extra(void *state, int client, const float *global, fal_local_extra *extra)
{
    fedprox *prox = state;
    (void)client;
    prox->anchor = global;
    extra->state = prox;
    extra->add_to_gradient = prox->mu > 0 ? add_to_gradient : NULL;
}

const fal_algorithm fal_algorithm_fedprox = {.create = create, .destroy = fal_free, .extra = extra};
