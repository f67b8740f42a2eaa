/* What a job would take before it starts: memory, floating-point operations, bytes, disk, time from a short
 * measurement. */
#ifndef FAL_EXPERIMENT_DRYRUN_H
#define FAL_EXPERIMENT_DRYRUN_H

#include "fal/experiment/layout.h"
#include "fal/experiment/plan.h"

/** Where the job shall run. */
typedef struct {
    int cores;    /* of a cluster; 0: not looked for */
    double hours; /* time limit of a partition; 0: none */
} fal_target;

/** Measure training, inference and reductions for some seconds, all ranks at once as in a real run, on the job's own
 *  images, and write the estimate as text (rank 0's; empty elsewhere). `target` with cores: also the best layout on
 * that many cores; with hours: lines for sbatch that a partition with that limit accepts, and how often a trial has to
 * be started, else a job array. What is assumed and left out is printed too. FAL_ERR_USAGE for hours below a minute.
 *  Collective over the world. */
fal_status fal_dryrun(const fal_comm *world, const fal_plan *plan, fal_dataset *dataset, const fal_layout *layout,
                      const fal_target *target, fal_text *text);

#endif
