/* A job: the trials of a plan on groups of ranks; whichever group is free takes the next one. */
#ifndef FAL_EXPERIMENT_JOB_H
#define FAL_EXPERIMENT_JOB_H

#include "fal/comm/comm.h"
#include "fal/experiment/layout.h"
#include "fal/experiment/plan.h"
#include "fal/experiment/trial.h"

typedef struct {
    const char *command; /* for the record */
    const char *hosts;   /* likewise */
    double checkpoint_seconds;
    double max_hours;   /* from `started` on; 0: no limit */
    double started;     /* second of fal_clock_seconds at which the process began */
    int64_t stop_after; /* FL rounds of this start after which a trial stops, as on request; 0: none */
    double end_time; /* the scheduler's end of the job, in seconds since 1970; 0: none. That of world rank 0 counts */
} fal_job_options;

/** SLURM_JOB_END_TIME as `end_time`; false if it is no whole number of seconds in the year after `now`. */
bool fal_job_end_time(const char *text, double now, double *end);

typedef struct {
    fal_sections sections; /* seconds of world rank 0 */
    fal_round_costs costs; /* the same by AL rounds */
    int done, already;     /* trials of world rank 0's group: finished now; were complete before */
    int64_t rounds;        /* FL rounds that were run */
} fal_job_outcome;

/** The same trials give the same files however they are grouped. With several groups, long trials are handed out first.
 *  A failing trial ends its group's work; the other groups go on. After a stop nothing is handed out any more; when
 *  time is nearly up, trials stop by themselves. Trials
 *  that wait for labels are told, a line each; the others are run first. The worst status is returned on all ranks.
 * `dataset`: opened; images are loaded into it. Collective over the world. */
fal_status fal_job_run(const fal_comm *world, const fal_plan *plan, fal_dataset *dataset, const fal_layout *layout,
                       const fal_job_options *options, fal_job_outcome *outcome);

#endif
