/* What all ranks must have been given alike, compared with rank 0's view before anything depends on it. */
#ifndef FAL_EXPERIMENT_AGREE_H
#define FAL_EXPERIMENT_AGREE_H

#include "fal/comm/comm.h"
#include "fal/experiment/plan.h"

/** Parameters (but threads), program version, `request` (what the command asks for), and everything that identifies the
 *  data set but the pixels themselves. A rank that differs: FAL_ERR_USAGE or FAL_ERR_INPUT on all, with a message that
 *  names it and rank 0. Nothing before this may depend on parameters and be collective. Collective over the world. */
fal_status fal_agree_start(const fal_comm *world, const fal_params *params, const fal_dataset *dataset,
                           const char *request);
/** Contents of the files that parameters name, once fal_plan_read_files was called. Collective over the world. */
fal_status fal_agree_files(const fal_comm *world, const fal_plan *plan);
/** Rank 0 reads all images once and checks them (fal_dataset_mark_images); the others get the marks, so that whatever
 *  they read from their own path is compared with what rank 0 saw. Where each site has its file, every rank does so for
 * its own files. Collective over the world. */
fal_status fal_agree_images(const fal_comm *world, fal_dataset *dataset);

#endif
