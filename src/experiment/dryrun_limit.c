/* A job under a partition's time limit. A start ends in time by itself (deadline.c) and the next one goes on, so what a
 * start can do is the limit less what it takes to begin, to stop in time, and the FL round that does not fit any more.
 */
#include "dryrun_limit_internal.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "fal/base/clock.h"

static const double SAFETY = 1.5;  /* the estimate may be wrong by half */
static const double BEGIN = 30;    /* seconds: launcher, reading and hashing images */
static const double STOP = 60;     /* a checkpoint, and deadline.c's largest margin */
static const double SLACK = 1.25;  /* of an FL round, as deadline.c has it */
static const double MINUTE = 60;   /* what SLURM counts in */
static const double QUARTER = 900; /* what people ask for */

double fal_limit_quarters(double seconds) { return ceil(fmin(SAFETY * seconds, 1e9) / QUARTER) * QUARTER; }

void fal_limit_time(double seconds, char text[FAL_SLURM_TIME])
{
    const long minutes = (long)(seconds / MINUTE);
    (void)snprintf(text, FAL_SLURM_TIME, "%ld:%02ld:00", minutes / 60, minutes % 60);
}

void fal_limit_script(const char *name, char path[FAL_LIMIT_SCRIPT])
{
    const char *folder = getenv("FAL_HPC_JOBS");
    (void)snprintf(path, FAL_LIMIT_SCRIPT, "%s/%s", folder != NULL && folder[0] != '\0' ? folder : "jobs", name);
}

double fal_limit_memory(const fal_piece *piece) { return ceil(1.3 * piece->mebibytes / piece->threads / 64) * 64; }

/* Whole minutes; hours that are not exact in binary keep their last one. */
static double limit_of(double hours) { return floor(60 * hours + 1e-6) * MINUTE; }

fal_status fal_limit_check(double hours)
{
    return hours == 0 || limit_of(hours) >= MINUTE
               ? FAL_OK
               : fal_fail(FAL_ERR_USAGE, "--plan-hours %g: is less than a minute, which SLURM counts in", hours);
}

int fal_limit_starts(const fal_piece *piece, double hours, double *seconds)
{
    const double limit = limit_of(hours);
    const double around = BEGIN + STOP + SLACK * piece->round;
    const double usable = limit - around;
    *seconds = limit;
    if (usable < piece->round) {
        return 0;
    }
    if (SAFETY * piece->seconds <= usable) {
        *seconds = fmin(limit, ceil((SAFETY * piece->seconds + around) / QUARTER) * QUARTER);
        return 1;
    }
    return (int)fmin(ceil(SAFETY * piece->seconds / usable), INT_MAX);
}

/* How often it is started, and the line for it with what stands before and behind the options that all have. */
static void add_line(const fal_piece *piece, double hours, const char *array, const char *script, fal_text *text)
{
    char work[FAL_CLOCK_TEXT];
    char all[FAL_CLOCK_TEXT];
    char limit[FAL_SLURM_TIME];
    double seconds = 0;
    const int starts = fal_limit_starts(piece, hours, &seconds);
    fal_clock_duration_text(piece->seconds, work);
    fal_clock_duration_text(piece->all, all);
    fal_limit_time(seconds, limit);
    if (starts == 0) {
        fal_text_add(text,
                     "  too short   an FL round takes up to %.0f s: more cores per rank (--cpus-per-task), or a longer "
                     "limit\n",
                     piece->round);
        return;
    }
    if (starts == 1) {
        fal_text_add(text, "  starts      1 for %s of work and half as much again\n", work);
    } else {
        fal_text_add(text, "  starts      up to %d for %s of work and half as much again: queued again %d time%s\n",
                     starts, work, starts - 1, starts == 2 ? "" : "s");
    }
    fal_text_add(text, "  time        about %s in all, and what the queue takes\n", all);
    fal_text_add(text, "              sbatch %s--ntasks=%d --cpus-per-task=%d --mem-per-cpu=%.0fM --time=%s %s\n",
                 array, piece->ranks, piece->threads, fal_limit_memory(piece), limit, script);
}

void fal_limit_describe(const fal_piece *task, int tasks, int at_once, const fal_piece *whole, int ranks_per_trial,
                        double hours, const char *output, fal_text *text)
{
    char limit[FAL_SLURM_TIME];
    char array[64] = "";
    char script[FAL_LIMIT_SCRIPT];
    char words[FAL_LIMIT_SCRIPT + 64];
    fal_limit_time(limit_of(hours), limit);
    fal_text_add(text, "\nUnder a limit of %s, as a job per trial\n", limit);
    fal_text_add(text, "  layout      %d job%s", tasks, tasks == 1 ? "" : "s");
    if (at_once < tasks) {
        fal_text_add(text, ", %d at a time,", at_once);
    }
    fal_text_add(text, " of %d rank%s x %d thread%s\n", task->ranks, task->ranks == 1 ? "" : "s", task->threads,
                 task->threads == 1 ? "" : "s");
    if (tasks > 1 && at_once < tasks) {
        (void)snprintf(array, sizeof array, "--array=0-%d%%%d ", tasks - 1, at_once);
    } else if (tasks > 1) {
        (void)snprintf(array, sizeof array, "--array=0-%d ", tasks - 1);
    }
    fal_limit_script(tasks > 1 ? "array.sbatch" : "single.sbatch", script);
    (void)snprintf(words, sizeof words, "%s ...", script);
    add_line(task, hours, array, words, text);
    if (whole != NULL) {
        fal_text_add(text, "\nUnder a limit of %s, as one job\n", limit);
        fal_text_add(text, "  layout      %d ranks x %d thread%s, %d a trial\n", whole->ranks, whole->threads,
                     whole->threads == 1 ? "" : "s", ranks_per_trial);
        fal_limit_script("single.sbatch", script);
        (void)snprintf(words, sizeof words, "%s ... --ranks-per-trial %d", script, ranks_per_trial);
        add_line(whole, hours, "", words, text);
    }
    fal_limit_script("report.sbatch", script);
    fal_text_add(text, "\nWhen they are done\n              sbatch --dependency=afterany:JOB %s %s\n", script, output);
}
