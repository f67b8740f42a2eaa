/* The one decision at the start of a trial: start, go on, already complete, or refuse. */
#ifndef FAL_EXPERIMENT_START_INTERNAL_H
#define FAL_EXPERIMENT_START_INTERNAL_H

#include "checkpoint_internal.h"
#include "fal/comm/comm.h"

typedef enum { FAL_START_FRESH, FAL_START_RESUME, FAL_START_COMPLETE } fal_start;

/** Rank 0 of the group looks at the results file and the two checkpoints; all ranks get the same answer or the same
 * error. On FAL_START_RESUME rank 0's checkpoint (prepared as for fal_checkpoint_read) is filled. Collective. Refused
 * (FAL_ERR_USAGE): results of other parameters or another dataset under this name. A damaged checkpoint gives way to
 * the previous one; if both are damaged: FAL_ERR_INPUT. */
fal_status fal_start_decide(const fal_comm *group, const fal_planned *trial, const fal_dataset *dataset,
                            fal_checkpoint *checkpoint, fal_start *start);

#endif
