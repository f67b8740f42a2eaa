/* The images that a rank holds, and how all images are dealt: kept from one trial to the next while both deal alike. */
#ifndef FAL_EXPERIMENT_LOCAL_IMAGES_INTERNAL_H
#define FAL_EXPERIMENT_LOCAL_IMAGES_INTERNAL_H

#include "fal/comm/comm.h"
#include "fal/experiment/settings.h"

typedef struct fal_local_images {
    fal_dataset *dataset; /* the job's, opened; loaded are this rank's rows */
    int32_t *client_of;   /* [n_train] */
    int64_t *pool_counts; /* [clients][classes] */
    int64_t images;       /* of all clients together */
    int first, local;     /* this rank's clients: first .. first + local - 1 */
    /* Of the images held, where a trial so far read embeddings; else z is NULL. */
    fal_embeddings embeddings;
    /* what that was made for */
    bool filled;
    fal_partition_settings partition;
    double rho;
    int clients;
} fal_local_images;

/** Start with {.dataset = ...}. Deals the images by these settings and reads this rank's, unless that is what it holds
 *  already. `group` must be the same for the whole life of a images. Not collective. */
fal_status fal_local_images_fill(fal_local_images *images, const fal_settings *settings, const fal_comm *group);
/** Then: read the embeddings of these images, unless they are held already. sha256: of all values in the file, as it
 * was when the job started; FAL_ERR_INPUT if it has changed. Not collective. */
fal_status fal_local_images_embed(fal_local_images *images, const char *where, const char *sha256);
void fal_local_images_destroy(fal_local_images *images); /* not the dataset */

#endif
