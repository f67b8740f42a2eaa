/* What leaves a site: its weights after the local training of one FL round, the number of images behind them, and what
 * the FL algorithm's server hears of (fal_format "update", formats.md section 12). Nothing of a file is trusted. */
#ifndef FAL_SITE_UPDATE_H
#define FAL_SITE_UPDATE_H

#include "fal/site/study.h"

enum { FAL_UPDATE_VERSION = 1 };
/** Weights and changes beyond this are no result of training: their squares are hardly floats any more, and whoever
 *  trains on with them comes to infinity. */
#define FAL_UPDATE_MOST 1e18F

typedef struct {
    int client;
    int64_t al_round, fl_round;           /* that it was trained for, both from 1 */
    char global[FAL_HASH_TEXT];           /* checksum of the G that it was trained from */
    int64_t images;                       /* labelled; 0: the site has none, and there are no arrays */
    char kernels[FAL_SITE_STUDY_KERNELS]; /* that trained it */
    float *params;                        /* [study->size], NULL without images */
    float *change;                        /* [study->state_size], NULL without images or state */
    char sha256[FAL_HASH_TEXT];           /* of all of it */
} fal_update;

/** Computes the checksum. */
fal_status fal_update_sum(fal_update *update, const fal_site_study *study);
/** The file, whole or not at all; after fal_update_sum. */
fal_status fal_update_write(const fal_update *update, const fal_site_study *study, const char *path);
/** Read one that goes into `study` next. The file is looked at in a child process first: not with threads running.
 *  FAL_ERR_INPUT: it is none, damaged, altered, of another study, of another round, trained from another G, or holds
 *  numbers that no training gives: negative variances, or beyond FAL_UPDATE_MOST. */
fal_status fal_update_read(const char *path, const fal_site_study *study, fal_update *update);
/** Also fine for a zeroed struct. */
void fal_update_destroy(fal_update *update);
/** First 8 bytes of a checksum as a number. */
int64_t fal_update_mark(const char *sha256);

#endif
