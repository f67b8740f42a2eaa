/* What a job would take before it starts: memory, floating-point operations, bytes, disk, time from a short
 * measurement. */
#ifndef FAL_EXPERIMENT_DRYRUN_H
#define FAL_EXPERIMENT_DRYRUN_H

#include "fal/experiment/layout.h"
#include "fal/experiment/plan.h"

/** Measure this machine's training and inference for a second, all ranks at once as in a real run, and write the
 * estimate as text (rank 0's; empty elsewhere). `cores` > 0: also what the same job takes on that many cores, one rank
 * each. Assumptions are printed with the figures. Collective over the world. */
fal_status fal_dryrun(const fal_comm *world, const fal_plan *plan, const fal_dataset *dataset, const fal_layout *layout,
                      int cores, fal_text *text);

#endif
