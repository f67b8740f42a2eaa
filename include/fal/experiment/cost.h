/* What trials take, counted from their settings. */
#ifndef FAL_EXPERIMENT_COST_H
#define FAL_EXPERIMENT_COST_H

#include "fal/experiment/plan.h"

/** Memory that a rank of a group of `size` ranks takes for a trial at most, in bytes, beside the program itself (before
 *  its first trial: fal_memory_resident). Of rank 0, which has most clients and writes the results. */
fal_status fal_trial_bytes(const fal_planned *planned, const fal_dataset *dataset, int size, size_t *bytes);
/** Bytes of a complete results file, about. */
fal_status fal_trial_disk(const fal_planned *planned, const fal_dataset *dataset, double *bytes);

#endif
