/* The decision at the start of a trial: already complete, go on, start, or refuse. Rank 0 of the group looks at the
 * files in one order, complete results, then the checkpoint, then the previous one; all ranks get the same answer or
 * error. */
#ifndef FAL_EXPERIMENT_RESUME_INTERNAL_H
#define FAL_EXPERIMENT_RESUME_INTERNAL_H

#include "checkpoint_internal.h"
#include "fal/comm/comm.h"

/** *complete: nothing is left to do. Needs the lock, but nothing else of the trial. FAL_ERR_USAGE: results of other
 *  parameters or another dataset under this name. Collective. */
fal_status fal_resume_is_complete(const fal_comm *group, const fal_trial_id *trial, const fal_dataset *dataset,
                                  bool *complete);
/** *found: rank 0's checkpoint (prepared as for fal_checkpoint_read) is filled. A damaged one gives way to the previous
 *  one; both damaged: FAL_ERR_INPUT. Other parameters or dataset: FAL_ERR_USAGE. Collective. */
fal_status fal_resume_look_for_checkpoint(const fal_comm *group, const fal_trial_id *trial, const fal_dataset *dataset,
                                          fal_checkpoint *checkpoint, bool *found);
/** Reads what the two above would read, for a child process that does it first (fal/io/look.h); what they would refuse
 *  is passed over. checkpoint: as above, for the caller to destroy. Not collective. */
void fal_resume_look(const fal_trial_id *trial, const fal_dataset *dataset, fal_checkpoint *checkpoint);

#endif
