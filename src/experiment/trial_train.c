/* The training phase of an AL round: FL rounds with evaluation, checkpoints by the clock, and the stop between them. */
#include <math.h>
#include <stdio.h>
#include <time.h>

#include <sys/stat.h>

#include "fal/base/clock.h"
#include "fal/base/log.h"
#include "fal/base/stop.h"
#include "trial_internal.h"

/* A STOP file this much newer than a file made just now was not made just now. */
enum { FUTURE_SECONDS = 60 };

static int64_t nanoseconds_of(const struct stat *about)
{
    return (int64_t)about->st_mtim.tv_sec * 1000000000 + about->st_mtim.tv_nsec;
}

static bool find_stop_file(const fal_trial *trial, char path[FAL_PATH_MAX + 16], struct stat *stop)
{
    (void)snprintf(path, FAL_PATH_MAX + 16, "%s/STOP", fal_params_text(trial->planned->id.params, "output"));
    return stat(path, stop) == 0;
}

/* A file named STOP in the output folder asks all its jobs to stop; one that is older than the job is a left-over. */
static bool stop_file_is_there(const fal_trial *trial)
{
    char path[FAL_PATH_MAX + 16];
    struct stat stop;
    const bool asked = find_stop_file(trial, path, &stop) && nanoseconds_of(&stop) >= *trial->options->first_lock;
    if (asked) {
        fal_stop_note_file(path);
    }
    return asked;
}

static void time_text(time_t seconds, char text[FAL_CLOCK_TEXT])
{
    struct tm parts;
    text[0] = '\0';
    if (gmtime_r(&seconds, &parts) != NULL) {
        (void)strftime(text, FAL_CLOCK_TEXT, "%Y-%m-%dT%H:%M:%SZ", &parts);
    }
}

fal_status fal_trial_check_stop_file(const fal_trial *trial)
{
    char path[FAL_PATH_MAX + 16];
    char lock_path[FAL_PATH_MAX + 16];
    char then[FAL_CLOCK_TEXT];
    char now[FAL_CLOCK_TEXT];
    struct stat stop;
    struct stat lock;
    (void)snprintf(lock_path, sizeof lock_path, "%s.lock", trial->planned->id.path);
    if (!fal_trial_speaks(trial) || !find_stop_file(trial, path, &stop) || stat(lock_path, &lock) != 0 ||
        stop.st_mtim.tv_sec <= lock.st_mtim.tv_sec + FUTURE_SECONDS) {
        return FAL_OK;
    }
    time_text(stop.st_mtim.tv_sec, then);
    time_text(lock.st_mtim.tv_sec, now);
    return fal_fail(FAL_ERR_USAGE,
                    "%.600s: is dated in the future (%s, now is %s), and a STOP file that is newer than a job's start "
                    "stops it: no job could run here until then: remove it",
                    path, then, now);
}

static void add_fl_row(fal_trial *trial, double lr, double accuracy, double seconds, fal_status *status)
{
    const fal_row_fl_round row = {.al_round = trial->state.al_round,
                                  .fl_round = trial->state.fl_done,
                                  .learning_rate = lr,
                                  .train_loss = trial->train_loss,
                                  .test_accuracy = accuracy,
                                  .seconds = seconds};
    if (fal_trial_speaks(trial)) {
        *status = fal_table_add(&trial->state.record.fl_rounds, &row);
    }
}

static void show_progress(const fal_trial *trial, double accuracy)
{
    const int64_t done =
        trial->options->steps_before + (trial->state.al_round - 1) * trial->settings.fl_rounds + trial->state.fl_done;
    char shown[32] = "";
    if (!isnan(accuracy)) {
        (void)snprintf(shown, sizeof shown, ", accuracy %.1f %%", 100 * accuracy);
    }
    fal_progress_step(done, "%s seed %lld: AL round %lld, FL round %lld/%d, loss %.3f%s", trial->planned->id.strategy,
                      (long long)trial->planned->id.seed, (long long)trial->state.al_round,
                      (long long)trial->state.fl_done, trial->settings.fl_rounds, trial->train_loss, shown);
}

/* One FL round and, near the end of the AL round, its evaluation. *stop: the group's stop requests. */
static fal_status one_round(fal_trial *trial, int64_t *stop)
{
    const int t = (int)trial->state.fl_done;
    const int rounds = trial->settings.fl_rounds;
    const double lr = fal_fed_learning_rate(&trial->settings.train, t, rounds);
    const double start = fal_clock_seconds();
    const int64_t asked = fal_stop_requests() + (fal_trial_speaks(trial) && stop_file_is_there(trial));
    fal_fed_outcome outcome = {.client_loss = trial->client_loss};
    FAL_TRY(fal_fed_round(trial->fed, trial->trainer, trial->pools, trial->labelled, (uint32_t)trial->state.al_round,
                          (uint32_t)t, lr, asked, trial->state.params, &outcome));
    trial->state.sections.train += outcome.train_seconds;
    trial->state.sections.communicate += outcome.communicate_seconds;
    trial->train_loss = outcome.train_loss;
    trial->state.fl_done = t + 1;
    trial->rounds_run++;
    double accuracy = NAN;
    if (t >= rounds - trial->settings.evaluate) {
        const double before = fal_clock_seconds();
        FAL_TRY(fal_evaluate(trial->group, trial->trainer, trial->dataset, trial->state.params, &trial->last));
        trial->state.sections.evaluate += fal_clock_seconds() - before;
        accuracy = trial->last.accuracy;
    }
    fal_status status = FAL_OK;
    add_fl_row(trial, lr, accuracy, fal_clock_seconds() - start, &status);
    show_progress(trial, accuracy);
    *stop = outcome.stop_requests;
    return fal_comm_agree(trial->group, status);
}

/* Rank 0's clock decides for all, since gathering the state takes part of every rank. Collective. */
static bool checkpoint_is_due(const fal_trial *trial)
{
    int due = fal_clock_seconds() - trial->last_checkpoint >= trial->options->checkpoint_seconds;
    fal_comm_broadcast(trial->group, &due, sizeof due, 0);
    return due != 0;
}

fal_status fal_trial_train(fal_trial *trial)
{
    while (trial->state.fl_done < trial->settings.fl_rounds) {
        int64_t stop = 0;
        fal_trial_attend(trial);
        FAL_TRY(one_round(trial, &stop));
        trial->stopping = trial->stopping || stop > 0;
        if (trial->state.fl_done == trial->settings.fl_rounds) {
            break; /* the AL round is recorded and saved in any case */
        }
        if (trial->stopping) {
            return FAL_OK;
        }
        if (checkpoint_is_due(trial)) {
            FAL_TRY(fal_trial_save(trial, NULL));
        }
    }
    return FAL_OK;
}
