/* What a site keeps of a stopped trial for itself: the state vectors of its clients, where each site has its file. A
 * client's vector tells what that client alone has learnt, so that it does not go to rank 0's checkpoint. */
#ifndef FAL_EXPERIMENT_CLIENT_STATE_INTERNAL_H
#define FAL_EXPERIMENT_CLIENT_STATE_INTERNAL_H

#include "fal/results/identity.h"

/** Whose state it is, and of when: the vector is a function of these. */
typedef struct {
    const fal_trial_id *trial;
    const fal_dataset *dataset;
    int64_t client, al_round, fl_done;
} fal_site_moment;

/** vector [size]. The file that is there becomes the previous one if `keep`, i.e. if the trial's checkpoint is of its
 *  moment, else it is replaced: the previous one is then what the checkpoint needs. FAL_ERR_OUTPUT. */
fal_status fal_client_state_write(const fal_site_moment *moment, const float *vector, size_t size, bool keep);
/** Of this moment, from the file or the previous one; *previous: which. FAL_ERR_INPUT: neither is, or damaged. */
fal_status fal_client_state_read(const fal_site_moment *moment, float *vector, size_t size, bool *previous);
/** After a trial is complete: both files of clients first .. first + count - 1. */
fal_status fal_client_state_remove(const char *results, int first, int count);

#endif
