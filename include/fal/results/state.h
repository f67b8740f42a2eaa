/* Where the trials of an output folder are, from their files alone: results, checkpoints, locks. For looking at a sweep
 * while it runs; nothing is locked, changed or believed. */
#ifndef FAL_RESULTS_STATE_H
#define FAL_RESULTS_STATE_H

#include <stdint.h>

#include "fal/base/status.h"

typedef enum {
    FAL_STATE_NOT_BEGUN,
    FAL_STATE_RUNNING,
    FAL_STATE_NO_SIGN, /* its host is another one, no lock is seen from here, and its last sign of life is old */
    FAL_STATE_STOPPED,
    FAL_STATE_WAITING, /* for people's answers */
    FAL_STATE_KILLED,  /* or ended by an error: begun, not complete, and no process works on it */
    FAL_STATE_COMPLETE,
    FAL_STATE_DAMAGED,
    FAL_STATES
} fal_state_word;

typedef struct {
    char file[256]; /* name of the results file, without its folder */
    char setting[256];
    char strategy[64]; /* "?" where no file says */
    int64_t seed;      /* -1: likewise */
    fal_state_word word;
    char reason[512];            /* of FAL_STATE_DAMAGED; of FAL_STATE_WAITING how many answers are missing */
    int64_t al_round, al_rounds; /* the present one, or where it would go on; how many there will be; 0: not known */
    int64_t fl_round, fl_rounds; /* done in it; of how many */
    double accuracy;             /* share, of the last AL round recorded; NaN: none yet */
    char host[128];              /* "" where no file says */
    double silent;               /* seconds since the last sign of life; NaN: never began */
    double left;                 /* seconds that it will still take, once it is at work; NaN: not known */
} fal_trial_state;

/** Set what a name tells, and nothing else. path: of the results file, be it there or not. */
void fal_state_init(const char *path, fal_trial_state *state);
/** Fill in what the files tell; setting, strategy and seed stay where these say nothing. now: unix seconds. What cannot
 *  be read is FAL_STATE_DAMAGED, with the reason; this never fails. */
void fal_state_read(const char *path, int64_t now, fal_trial_state *state);

/** The trials of a folder, by name, or of one results file: what has files at all. Files of other kinds are passed
 *  over. *states: fal_free. FAL_ERR_INPUT: the folder cannot be read; FAL_ERR_USAGE: more than 100,000. */
fal_status fal_state_list(const char *path, int64_t now, fal_trial_state **states, int *count);

const char *fal_state_text(fal_state_word word);

#endif
