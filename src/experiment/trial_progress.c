/* What people see of a trial at work: its place, the time left, and the sign of life in its lock. Rank 0 of the group
 * measures and signs; that of world rank 0's group is shown. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "fal/base/clock.h"
#include "fal/base/progress.h"
#include "fal/base/text.h"
#include "fal/results/sign.h"
#include "trial_internal.h"

static const double SIGN_SECONDS = 10; /* between two signs of life */

fal_status fal_trial_display_init(fal_trial *trial)
{
    return fal_trial_speaks(trial) ? fal_shape_make(trial->setup.planned, trial->setup.dataset, &trial->display.shape)
                                   : FAL_OK;
}

static double price(const fal_trial *trial, const fal_load *load)
{
    return fal_forecast_seconds(trial->setup.options->forecast, trial->setup.settings->strategy, load);
}

/* One of the AL round's FL rounds after which so many of `evaluated` are still to come, all of them from `left` on. */
static fal_load load_of_fl_rounds(const fal_trial *trial, double left, double evaluated)
{
    const fal_load *round = &trial->display.round;
    const double all = trial->setup.settings->fl_rounds;
    const double evaluations = fmin(trial->setup.settings->evaluate, all);
    return (fal_load){.fl_rounds = left,
                      .train = round->train * left / all,
                      .evaluation = round->evaluation * fmin(evaluated, evaluations) / evaluations};
}

double fal_trial_expect_fl_round(const fal_trial *trial)
{
    const fal_settings *settings = trial->setup.settings;
    const bool evaluated = trial->now.state.fl_done >= settings->fl_rounds - settings->evaluate;
    if (!fal_trial_speaks(trial)) {
        return NAN;
    }
    const fal_load load = load_of_fl_rounds(trial, 1, evaluated);
    return fmax(trial->clocks.slowest + (evaluated ? trial->clocks.slowest_evaluation : 0), price(trial, &load));
}

double fal_trial_expect_query(const fal_trial *trial)
{
    if (!fal_trial_speaks(trial)) {
        return NAN;
    }
    const fal_load round = fal_shape_round(&trial->display.shape, trial->now.state.al_round + 1);
    const fal_load query = {.queries = round.queries, .query = round.query};
    return price(trial, &query) + trial->clocks.slowest;
}

/* Seconds to the end of this trial; NaN: not known yet. */
static double trial_left(const fal_trial *trial)
{
    const double fl_left = trial->setup.settings->fl_rounds - (double)trial->now.state.fl_done;
    fal_load load = load_of_fl_rounds(trial, fl_left, fl_left);
    load.al_rounds = 1;
    fal_load_add(&load, &trial->display.after, 1);
    double left = price(trial, &load);
    if (trial->display.querying) {
        const fal_load query = {.queries = trial->display.round.queries, .query = trial->display.round.query};
        left += fmax(0, price(trial, &query) - (fal_clock_seconds() - trial->display.query_began));
    }
    return left;
}

/* Tell the display how long the job still takes. */
static void show_left(const fal_trial *trial)
{
    fal_progress_left(trial_left(trial) + fal_forecast_waiting(trial->setup.options->forecast));
}

static int64_t steps_done(const fal_trial *trial)
{
    return trial->setup.options->steps_before + (trial->now.state.al_round - 1) * trial->setup.settings->fl_rounds +
           trial->now.state.fl_done;
}

/* Of the last AL round recorded. */
static double last_accuracy(const fal_trial *trial)
{
    const fal_table *rounds = &trial->now.state.record.rounds;
    return rounds->count > 0 ? ((const fal_row_round *)fal_table_row(rounds, rounds->count - 1))->test_accuracy : NAN;
}

/* A sign that cannot be written is no reason to end a trial. */
static void sign(fal_trial *trial, bool always)
{
    const double now = fal_clock_seconds();
    if (!always && now - trial->display.signed_at < SIGN_SECONDS) {
        return;
    }
    fal_sign about = {.seed = trial->setup.planned->id.seed,
                      .al_round = trial->now.state.al_round,
                      .al_rounds = trial->display.shape.al_rounds,
                      .fl_round = trial->now.state.fl_done,
                      .fl_rounds = trial->setup.settings->fl_rounds,
                      .accuracy = last_accuracy(trial),
                      .left = trial_left(trial)};
    (void)fal_text_copy(about.strategy, sizeof about.strategy, trial->setup.planned->id.strategy);
    fal_sign_give(trial->setup.lock, &about);
    trial->display.signed_at = now;
}

void fal_trial_show_al_round(fal_trial *trial)
{
    if (fal_trial_speaks(trial)) {
        trial->display.round = fal_shape_round(&trial->display.shape, trial->now.state.al_round);
        trial->display.after = fal_shape_after(&trial->display.shape, trial->now.state.al_round);
        sign(trial, true);
    }
}

void fal_trial_show_phase(fal_trial *trial, bool begins, const char *format, ...)
{
    char what[96];
    va_list arguments;
    if (!fal_trial_speaks(trial)) {
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    show_left(trial);
    fal_progress_phase(begins, "%s seed %lld: AL round %lld: %s", trial->setup.planned->id.strategy,
                       (long long)trial->setup.planned->id.seed, (long long)trial->now.state.al_round, what);
    sign(trial, false);
}

void fal_trial_show_query(fal_trial *trial, bool begins)
{
    const double now = fal_clock_seconds();
    if (!fal_trial_speaks(trial) || trial->now.state.al_round == 1) {
        return;
    }
    if (begins) {
        trial->display.query_began = now;
    } else if (trial->display.querying) { /* a question that a checkpoint brought took this start no time */
        const fal_load query = {.queries = trial->display.round.queries, .query = trial->display.round.query};
        fal_forecast_query(trial->setup.options->forecast, trial->setup.settings->strategy, &query,
                           now - trial->display.query_began);
    }
    trial->display.querying = begins;
}

void fal_trial_show_fl_round(fal_trial *trial, double accuracy, double seconds, double train, double evaluate)
{
    char shown[32] = "";
    if (!fal_trial_speaks(trial)) {
        return;
    }
    fal_deadline *deadline = trial->setup.options->deadline;
    trial->clocks.slowest = fmax(trial->clocks.slowest, seconds - evaluate);
    trial->clocks.slowest_evaluation = fmax(trial->clocks.slowest_evaluation, evaluate);
    deadline->slowest = fmax(deadline->slowest, seconds);
    const fal_load load = load_of_fl_rounds(trial, 1, !isnan(accuracy));
    fal_forecast_fl_round(trial->setup.options->forecast, &load, seconds, train, evaluate);
    if (!isnan(accuracy)) {
        (void)snprintf(shown, sizeof shown, ", accuracy %.1f %%", 100 * accuracy);
    }
    show_left(trial);
    fal_progress_step(steps_done(trial), "%s seed %lld: AL round %lld, FL round %lld/%d, loss %.3f%s",
                      trial->setup.planned->id.strategy, (long long)trial->setup.planned->id.seed,
                      (long long)trial->now.state.al_round, (long long)trial->now.state.fl_done,
                      trial->setup.settings->fl_rounds, trial->now.train_loss, shown);
    sign(trial, false);
}

void fal_trial_show_recorded(fal_trial *trial, int64_t labelled)
{
    char took[FAL_CLOCK_TEXT];
    if (!fal_trial_speaks(trial)) {
        return;
    }
    fal_clock_duration_text(trial->now.state.sections.total, took);
    show_left(trial);
    fal_progress_milestone(steps_done(trial),
                           "%s seed %lld: AL round %lld/%lld, %lld labels, accuracy %.1f %%, loss %.3f, took %s",
                           trial->setup.planned->id.strategy, (long long)trial->setup.planned->id.seed,
                           (long long)trial->now.state.al_round, (long long)trial->display.shape.al_rounds,
                           (long long)labelled, 100 * trial->now.accuracy, trial->now.train_loss, took);
}

void fal_trial_show_saved(const fal_trial *trial, double seconds)
{
    if (fal_trial_speaks(trial)) {
        fal_forecast_al_round(trial->setup.options->forecast, seconds);
    }
}
