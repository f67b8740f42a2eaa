/* fedclip: FedAvg with local gradients of at most --fedclip-norm (Pascanu et al., ICML 2013). docs/adding.md makes it
 * an FL algorithm of the programs: this file in src/fed, a line in the list of include/fal/fed/algorithms.h, and the
 * row of its parameter in src/experiment/parameters.c. */
#include <math.h>

#include "algorithms_internal.h"
#include "fal/base/memory.h"

typedef struct {
    double most; /* norm of a gradient */
} fedclip;

/* Scales the gradient of the trained parameters; the sum is in double and in one order, whatever the machine. */
static double clip(void *state, float *gradient, const float *w, size_t count)
{
    const double most = ((const fedclip *)state)->most;
    double sum = 0.0;
    (void)w;
    for (size_t i = 0; i < count; i++) {
        sum += (double)gradient[i] * (double)gradient[i];
    }
    const double norm = sqrt(sum);
    for (size_t i = 0; norm > most && i < count; i++) {
        gradient[i] *= (float)(most / norm);
    }
    return 0.0; /* the loss gains nothing */
}

static fal_status create(const fal_algorithm_setup *setup, void **state)
{
    fedclip *made = NULL;
    FAL_TRY(fal_alloc(&made, 1, sizeof *made, "fedclip"));
    made->most = fal_params_real(setup->settings->params, "fedclip_norm");
    *state = made;
    return FAL_OK;
}

static void extra(void *state, int client, const float *global, fal_local_extra *extra)
{
    (void)client;
    (void)global;
    extra->state = state;
    extra->add_to_gradient = clip;
}

const fal_algorithm fal_algorithm_fedclip = {.create = create, .destroy = fal_free, .extra = extra};
