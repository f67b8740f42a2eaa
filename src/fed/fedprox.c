/* FedProx (Li et al., MLSys 2020): the local loss gains mu/2 |w - w_global|^2 over the trained parameters (BN's affine
 * ones included, running statistics not). */
#include <string.h>

#include "algorithms_internal.h"
#include "fal/base/memory.h"

enum { LANES = 8 }; /* of the penalty's sum: part of its order of additions */

double fal_fedprox_add(float *gradient, const float *w, const float *anchor, size_t count, double mu)
{
    const float factor = (float)mu;
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
    return mu / 2 * sum;
}

static fal_status create(const fal_algorithm_setup *setup, void **state)
{
    double *mu = NULL;
    FAL_TRY(fal_alloc(&mu, 1, sizeof *mu, "FedProx"));
    *mu = setup->settings->fedprox_mu;
    *state = mu;
    return FAL_OK;
}

static void extra(void *state, int client, const float *global, fal_local_extra *extra)
{
    (void)client;
    extra->mu = *(const double *)state;
    extra->anchor = extra->mu > 0 ? global : NULL;
}

const fal_algorithm fal_algorithm_fedprox = {.name = "fedprox", .create = create, .destroy = fal_free, .extra = extra};
