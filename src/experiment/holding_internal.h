/* The images that a rank holds, and how all images are dealt: kept from one trial to the next while both deal alike. */
#ifndef FAL_EXPERIMENT_HOLDING_INTERNAL_H
#define FAL_EXPERIMENT_HOLDING_INTERNAL_H

#include "fal/comm/comm.h"
#include "fal/experiment/settings.h"

typedef struct fal_holding {
    fal_dataset *dataset; /* the job's, opened; loaded are this rank's rows */
    int32_t *client_of;   /* [n_train] */
    int64_t *pool_counts; /* [clients][classes] */
    int64_t images;       /* of all clients together */
    int first, local;     /* this rank's clients: first .. first + local - 1 */
    /* what that was made for */
    bool filled;
    fal_partition_settings partition;
    double rho;
    int clients;
} fal_holding;

/** Start with {.dataset = ...}. Deals the images by these settings and reads this rank's, unless that is what it holds
 *  already. `group` must be the same for the whole life of a holding. Not collective. */
fal_status fal_holding_fill(fal_holding *holding, const fal_settings *settings, const fal_comm *group);
void fal_holding_destroy(fal_holding *holding); /* not the dataset */

#endif
