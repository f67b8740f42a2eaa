/* Whether training had come to an end, from the losses that a results file holds. */
#include "fal/report/convergence.h"

#include <math.h>
#include <stddef.h>

#include "fal/base/memory.h"

/* A window is a tenth of the FL rounds, so that both lie behind the default milestone of the learning rate, 0.75. */
enum { PART = 10 };

void fal_convergence_of_clients(const double *loss, int64_t count, fal_convergence *to)
{
    to->clients = 0;
    to->above = 0;
    for (int64_t k = 0; k < count; k++) {
        to->clients += !isnan(loss[k]);
        to->above += loss[k] > FAL_CONVERGENCE_LOSS;
    }
    to->share = to->clients > 0 ? (double)to->above / to->clients : NAN;
}

static double mean_of(const double *values, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
        sum += values[i];
    }
    return sum / (double)count;
}

void fal_convergence_of_rounds(const double *loss, int64_t count, fal_convergence *to)
{
    const int64_t window = count / PART > 0 ? count / PART : 1;
    to->window = 0;
    to->before = to->after = to->fall = NAN;
    to->falls = false;
    if (count < 2 * window) {
        return;
    }
    const double before = mean_of(loss + count - 2 * window, window);
    const double after = mean_of(loss + count - window, window);
    if (isnan(before) || isnan(after)) {
        return;
    }
    to->window = (int)window;
    to->before = before;
    to->after = after;
    to->fall = before > 0 ? 1 - after / before : 0;
    to->falls = to->fall > FAL_CONVERGENCE_FALL && after > FAL_CONVERGENCE_DONE;
}

fal_status fal_convergence_find(const fal_details *details, fal_convergence *to)
{
    const int64_t last = details->al_rounds;
    const int64_t clients = details->client_rows != NULL && last > 0 ? details->clients : 0;
    const int64_t rows = details->fl_rows != NULL ? details->fl_count : 0;
    double *loss = NULL;
    int64_t rounds = 0;
    FAL_TRY(fal_alloc(&loss, (size_t)(clients > rows ? clients : rows), sizeof *loss, "losses"));
    for (int64_t k = 0; k < clients; k++) {
        loss[k] = details->client_rows[(last - 1) * clients + k].train_loss;
    }
    fal_convergence_of_clients(loss, clients, to);
    for (int64_t i = 0; i < rows; i++) {
        if (details->fl_rows[i].al_round == last) {
            loss[rounds++] = details->fl_rows[i].train_loss;
        }
    }
    fal_convergence_of_rounds(loss, rounds, to);
    fal_free(loss);
    return FAL_OK;
}
