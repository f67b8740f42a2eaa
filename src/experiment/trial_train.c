/* The training phase of an AL round: FL rounds with evaluation, checkpoints by the clock, and the stop between them. */
#include <math.h>

#include "fal/base/clock.h"
#include "fal/base/stop.h"
#include "trial_internal.h"

static void add_fl_row(fal_trial *trial, double lr, double accuracy, double seconds, fal_status *status)
{
    const fal_row_fl_round row = {.al_round = trial->now.state.al_round,
                                  .fl_round = trial->now.state.fl_done,
                                  .learning_rate = lr,
                                  .train_loss = trial->now.train_loss,
                                  .test_accuracy = accuracy,
                                  .seconds = seconds};
    if (fal_trial_speaks(trial)) {
        *status = fal_table_add(&trial->now.state.record.fl_rounds, &row);
    }
}

/* One FL round and, near the end of the AL round, its evaluation. *stop: the group's stop requests. */
static fal_status one_round(fal_trial *trial, int64_t *stop)
{
    const int t = (int)trial->now.state.fl_done;
    const int rounds = trial->setup.settings->fl_rounds;
    const double lr = fal_fed_learning_rate(&trial->setup.settings->train, t, rounds);
    const double start = fal_clock_seconds();
    const int64_t asked = fal_stop_requests() + (fal_trial_speaks(trial) && fal_trial_stop_file_is_there(trial));
    fal_fed_outcome outcome = {.client_loss = trial->now.client_loss};
    FAL_TRY(fal_fed_round(trial->setup.fed, trial->setup.trainer, trial->now.pools, trial->now.labelled,
                          (uint32_t)trial->now.state.al_round, (uint32_t)t, lr, asked, trial->now.state.params,
                          &outcome));
    trial->now.state.sections.train += outcome.train_seconds;
    trial->now.state.sections.communicate += outcome.communicate_seconds;
    trial->now.train_loss = outcome.train_loss;
    trial->now.state.fl_done = t + 1;
    trial->clocks.rounds_run++;
    double accuracy = NAN;
    double evaluate = 0;
    if (t >= rounds - trial->setup.settings->evaluate) {
        const double before = fal_clock_seconds();
        fal_evaluation *last = &trial->now.last;
        last->confusion = t == rounds - 1 ? trial->now.confusion : NULL;
        FAL_TRY(fal_evaluate(trial->setup.group, trial->setup.trainer, trial->setup.dataset, trial->now.state.params,
                             last));
        last->confusion = NULL;
        evaluate = fal_clock_seconds() - before;
        trial->now.state.sections.evaluate += evaluate;
        accuracy = last->accuracy;
    }
    fal_status status = FAL_OK;
    const double seconds = fal_clock_seconds() - start;
    add_fl_row(trial, lr, accuracy, seconds, &status);
    fal_trial_show_fl_round(trial, accuracy, seconds, outcome.train_seconds, evaluate);
    *stop = outcome.stop_requests;
    return fal_comm_agree(trial->setup.group, status);
}

/* Rank 0's clock decides for all, since gathering the state takes part of every rank. Collective. */
static bool checkpoint_is_due(const fal_trial *trial)
{
    int due = fal_clock_seconds() - trial->clocks.last_checkpoint >= trial->setup.options->checkpoint_seconds;
    fal_comm_broadcast(trial->setup.group, &due, sizeof due, 0);
    return due != 0;
}

fal_status fal_trial_train(fal_trial *trial)
{
    fal_trial_show_phase(trial, true, "%d FL rounds of training",
                         trial->setup.settings->fl_rounds - (int)trial->now.state.fl_done);
    while (trial->now.state.fl_done < trial->setup.settings->fl_rounds) {
        int64_t stop = 0;
        fal_trial_attend(trial);
        FAL_TRY(one_round(trial, &stop));
        trial->now.stopping = trial->now.stopping || stop > 0;
        if (trial->now.state.fl_done == trial->setup.settings->fl_rounds) {
            break; /* the AL round is recorded and saved in any case */
        }
        if (trial->now.stopping) {
            return FAL_OK;
        }
        if (checkpoint_is_due(trial)) {
            FAL_TRY(fal_trial_save(trial, NULL));
        }
    }
    return FAL_OK;
}
