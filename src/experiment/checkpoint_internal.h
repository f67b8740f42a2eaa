/* The checkpoint of a trial: where it is, the weights, the FL algorithm's state, the tables so far, under one SHA-256.
 * Labelled sets are in /queries, in order; there is no random state. Rank 0 of the group only. */
#ifndef FAL_EXPERIMENT_CHECKPOINT_INTERNAL_H
#define FAL_EXPERIMENT_CHECKPOINT_INTERNAL_H

#include "fal/experiment/timing.h"
#include "fal/results/identity.h"
#include "fal/results/record.h"

/* 2: without /confusion; 3: without /waiting, and what is written where nobody is asked. */
enum { FAL_CHECKPOINT_VERSION = 4, FAL_CHECKPOINT_VERSION_NOT_WAITING = 3 };

typedef struct {
    int64_t al_round; /* current AL round, from 1 */
    int64_t fl_done;  /* FL rounds done in it; all of them: the AL round is recorded, the next query comes. Rows in
                         record.asking: its query waits for labels, no FL round is done */
    size_t size;      /* floats of a parameter block */
    float *params;    /* [size] */
    /* State vectors of the FL algorithm in client order, each of `vector_size` floats; client -1 is the server's. */
    int vectors;
    size_t vector_size;
    int32_t *vector_client; /* [vectors] */
    float *vector;          /* [vectors][vector_size] */
    double shared;          /* the number that all clients share in a query (fairfal); NaN until it is known */
    fal_sections sections;  /* seconds in the current AL round */
    int64_t sent_bytes;     /* in the current AL round */
    char kernels[128];      /* of the group's ranks */
    fal_record record;
} fal_checkpoint;

void fal_checkpoint_destroy(fal_checkpoint *checkpoint);
/** The present one becomes the previous one, then the new one is put in place atomically. */
fal_status fal_checkpoint_write(const fal_checkpoint *checkpoint, const fal_trial_id *trial,
                                const fal_dataset *dataset);
/** checkpoint: size, vector_size, kernels, record's clients and classes are set (what this trial must have), the rest
 * zero;
 * filled on success. FAL_ERR_INPUT: damaged, or not of this program; FAL_ERR_USAGE: other parameters or dataset. */
fal_status fal_checkpoint_read(const char *path, const fal_trial_id *trial, const fal_dataset *dataset,
                               fal_checkpoint *checkpoint);
/** Can a trial of these parameters and data have come to this? Not looked at: whose the images are. FAL_ERR_INPUT. */
fal_status fal_checkpoint_check(const char *path, const fal_trial_id *trial, const fal_dataset *dataset,
                                const fal_checkpoint *checkpoint);
/** After a trial is complete. */
fal_status fal_checkpoint_remove(const char *results);

#endif
