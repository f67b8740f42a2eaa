/* When a trial stops: by signals, which fal_stop_between counts; by a file named STOP in the output folder, which asks
 * all its jobs (one that is older than the job is a left-over); when time is nearly up; or after as many FL rounds as
 * its job was to run. */
#include <math.h>
#include <stdio.h>
#include <time.h>

#include <sys/stat.h>

#include "fal/base/clock.h"
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
    (void)snprintf(path, FAL_PATH_MAX + 16, "%s/" FAL_STOP_FILE,
                   fal_params_text(trial->setup.planned->id.params, "output"));
    return stat(path, stop) == 0;
}

static bool stop_file_is_there(const fal_trial *trial)
{
    char path[FAL_PATH_MAX + 16];
    struct stat stop;
    const bool asked = find_stop_file(trial, path, &stop) && nanoseconds_of(&stop) >= *trial->setup.options->first_lock;
    if (asked) {
        char reason[sizeof path + 16];
        (void)snprintf(reason, sizeof reason, "the file %s", path);
        fal_stop_note(reason);
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

fal_status fal_trial_look(const fal_trial *trial)
{
    /* Of sites apart only rank 0 has the output folder. */
    const bool sees = fal_trial_speaks(trial) || !trial->setup.settings->apart;
    return sees && stop_file_is_there(trial) ? FAL_STOPPED : fal_stop_between();
}

fal_trial_decision fal_trial_decide(const fal_trial *trial, double seconds)
{
    const fal_deadline *deadline = trial->setup.options->deadline;
    const fal_now now = fal_deadline_now();
    struct {
        fal_trial_decision decided;
        double left;
    } all = {0};
    if (fal_trial_speaks(trial)) {
        const int64_t most = trial->setup.options->stop_after;
        all.decided.stop = fal_trial_look(trial) != FAL_OK || (most > 0 && trial->clocks.rounds_run >= most) ||
                           !fal_deadline_fits(deadline, isnan(seconds) ? 0 : seconds, &now);
        all.decided.save = now.clock - trial->clocks.last_checkpoint >= trial->setup.options->checkpoint_seconds;
        all.left = fal_deadline_work_left(deadline, &now);
    }
    fal_comm_broadcast(trial->setup.group, &all, sizeof all, 0);
    fal_stop_set_end(now.clock + all.left);
    return all.decided;
}

fal_status fal_trial_check_stop_file(const fal_trial *trial)
{
    char path[FAL_PATH_MAX + 16];
    char lock_path[FAL_PATH_MAX];
    char then[FAL_CLOCK_TEXT];
    char now[FAL_CLOCK_TEXT];
    struct stat stop;
    struct stat lock;
    FAL_TRY(fal_name_lock(trial->setup.planned->id.path, lock_path));
    if (!fal_trial_speaks(trial) || !find_stop_file(trial, path, &stop) || stat(lock_path, &lock) != 0 ||
        nanoseconds_of(&lock) != *trial->setup.options->first_lock || /* made while the job ran: a request */
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
