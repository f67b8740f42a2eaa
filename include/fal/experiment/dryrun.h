/* What a job would take before it starts: memory, floating-point operations, bytes, disk, time from a short
 * measurement. */
#ifndef FAL_EXPERIMENT_DRYRUN_H
#define FAL_EXPERIMENT_DRYRUN_H

#include "fal/experiment/layout.h"
#include "fal/experiment/plan.h"

/** Measure training, inference and reductions for some seconds, all ranks at once as in a real run, on the job's own
 *  images, and write the estimate as text (rank 0's; empty elsewhere). `cores` > 0: also the best layout on that many
 *  cores, one thread each, and a job array. What is assumed and left out is printed too. Collective over the world. */
fal_status fal_dryrun(const fal_comm *world, const fal_plan *plan, fal_dataset *dataset, const fal_layout *layout,
                      int cores, fal_text *text);

#endif
