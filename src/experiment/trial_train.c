/* The training phase of an AL round: FL rounds with evaluation, checkpoints by the clock, and the stop between them. */
#include <math.h>
#include <stdio.h>

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

/* One FL round and, near the end of the AL round, its evaluation. */
static fal_status one_round(fal_trial *trial)
{
    const int t = (int)trial->now.state.fl_done;
    const int rounds = trial->setup.settings->fl_rounds;
    const double lr = fal_fed_learning_rate(&trial->setup.settings->train, t, rounds);
    const double start = fal_clock_seconds();
    fal_fed_outcome outcome = {.client_loss = trial->now.client_loss};
    const fal_status trained =
        fal_fed_round(trial->setup.fed, trial->setup.trainer, trial->now.pools, trial->now.labelled,
                      (uint32_t)trial->now.state.al_round, (uint32_t)t, lr, trial->now.state.params, &outcome);
    if (trained == FAL_STOPPED) { /* as if it had not begun */
        trial->now.stopping = true;
        return FAL_OK;
    }
    FAL_TRY(trained);
    trial->now.stopping = trial->now.stopping || outcome.stop_requests > 0;
    trial->now.state.sections.train += outcome.train_seconds;
    trial->now.state.sections.communicate += outcome.communicate_seconds;
    trial->now.train_loss = outcome.train_loss;
    trial->now.state.fl_done = t + 1;
    double accuracy = NAN;
    double evaluate = 0;
    if (t >= rounds - trial->setup.settings->evaluate) {
        const double before = fal_clock_seconds();
        fal_evaluation *last = &trial->now.last;
        char where[FAL_MESSAGE_MAX / 8];
        (void)snprintf(where, sizeof where, "global model, AL round %lld, FL round %d",
                       (long long)trial->now.state.al_round, t + 1);
        last->where = where;
        last->confusion = t == rounds - 1 ? trial->now.confusion : NULL;
        const fal_status evaluated =
            fal_evaluate(trial->setup.group, trial->setup.trainer, trial->setup.dataset, trial->now.state.params, last);
        last->confusion = NULL;
        last->where = NULL;
        FAL_TRY(evaluated);
        if (t == rounds - 1) { /* the model that is recorded and asks */
            FAL_TRY(fal_trainer_check_loss(trial->setup.trainer, where, true, last->loss, trial->now.state.params));
        }
        evaluate = fal_clock_seconds() - before;
        trial->now.state.sections.evaluate += evaluate;
        accuracy = last->accuracy;
    }
    trial->clocks.rounds_run++;
    trial->clocks.advanced = true;
    fal_status status = FAL_OK;
    const double seconds = fal_clock_seconds() - start;
    add_fl_row(trial, lr, accuracy, seconds, &status);
    fal_trial_show_fl_round(trial, accuracy, seconds, outcome.train_seconds, evaluate);
    return fal_comm_agree(trial->setup.group, status);
}

fal_status fal_trial_train(fal_trial *trial)
{
    fal_trial_show_phase(trial, true, "%d FL rounds of training",
                         trial->setup.settings->fl_rounds - (int)trial->now.state.fl_done);
    for (int64_t begun = trial->now.state.fl_done; trial->now.state.fl_done < trial->setup.settings->fl_rounds;) {
        const fal_trial_decision decided = fal_trial_decide(trial, fal_trial_expect_fl_round(trial));
        trial->now.stopping = trial->now.stopping || decided.stop;
        if (trial->now.stopping) {
            return FAL_OK; /* after the last FL round the AL round is recorded and saved in any case */
        }
        if (decided.save && trial->now.state.fl_done > begun) {
            FAL_TRY(fal_trial_save(trial, NULL));
        }
        fal_trial_attend(trial);
        FAL_TRY(one_round(trial));
    }
    return FAL_OK;
}
