/* One trial on a group of ranks: the loop over AL rounds, from the start or from a checkpoint, to complete results. */
#ifndef FAL_EXPERIMENT_TRIAL_H
#define FAL_EXPERIMENT_TRIAL_H

#include "fal/comm/comm.h"
#include "fal/experiment/plan.h"
#include "fal/experiment/timing.h"

typedef struct fal_local_images fal_local_images; /* the images that this rank holds (local_images_internal.h) */
typedef struct fal_forecast fal_forecast;         /* what was measured of the job's trials (forecast_internal.h) */
typedef struct fal_deadline fal_deadline;         /* when the job's time is up (deadline_internal.h) */

/** How to run, the same for all trials of a job. */
typedef struct {
    fal_local_images *held;    /* stays for the next trial */
    const char *command;       /* for the record */
    const char *hosts;         /* likewise */
    double checkpoint_seconds; /* longest time between checkpoints */
    int64_t stop_after;        /* FL rounds of this start after which it stops, as on request; 0: none */
    int64_t steps_before;      /* FL rounds of the group's earlier trials, for the progress display */
    int64_t *first_lock;       /* when the group took its first lock, in ns by the file system's clock; 0: not yet. A
                                  STOP file that is older is a left-over */
    fal_round_costs *costs;    /* finished AL rounds are added */
    fal_forecast *forecast;    /* likewise what FL rounds, queries, ... take */
    fal_deadline *deadline;    /* likewise what the slowest FL round and the last checkpoint took */
    void (*attend)(void *context); /* called on every rank between two FL rounds and two clients' queries; NULL: not */
    void *context;                 /* its argument */
} fal_trial_options;

typedef struct {
    fal_sections sections;
    int64_t rounds;    /* FL rounds run in this start, also if it was stopped */
    bool advanced;     /* one of them, or a query, came to its end */
    bool was_complete; /* nothing was left to do */
    bool stop_asked;   /* a stop was asked, though the trial may have come to its end */
    fal_text waiting;  /* of FAL_WAITING, on rank 0 of the group: a line that says for what, and how to go on; the
                          caller destroys it */
} fal_trial_outcome;

/** Run or go on. FAL_OK: the results file is complete. FAL_STOPPED: stopped on request, resumable. FAL_WAITING:
 *  the same until people have answered. Collective over `group`; the same status on all its ranks. */
fal_status fal_trial_run(const fal_comm *group, const fal_planned *planned, const fal_trial_options *options,
                         fal_trial_outcome *outcome);

#endif
