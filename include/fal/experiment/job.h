/* A job: the trials of a plan on groups of ranks, one after another in each group. */
#ifndef FAL_EXPERIMENT_JOB_H
#define FAL_EXPERIMENT_JOB_H

#include "fal/comm/comm.h"
#include "fal/experiment/layout.h"
#include "fal/experiment/plan.h"
#include "fal/experiment/trial.h"

typedef struct {
    const char *dataset; /* path */
    const char *command; /* for the record */
    const char *hosts;   /* likewise */
    double checkpoint_seconds;
} fal_job_options;

typedef struct {
    fal_sections sections; /* seconds of world rank 0 */
    int done, already;     /* trials of world rank 0's group: finished now; were complete before */
    int64_t steps;         /* FL rounds of world rank 0's group, planned */
    int64_t rounds;        /* FL rounds that were run */
} fal_job_outcome;

/** Trial i goes to group i mod groups: the same trials give the same files however they are grouped. A failing trial
 * ends its group's list; the other groups go on. The worst status is returned on all ranks. Collective over the world.
 */
fal_status fal_job_run(const fal_comm *world, const fal_plan *plan, const fal_dataset *dataset,
                       const fal_layout *layout, const fal_job_options *options, fal_job_outcome *outcome);

/** The table of the job's end: where the time went. */
fal_status fal_job_timing(const fal_job_outcome *outcome, fal_text *text);

#endif
