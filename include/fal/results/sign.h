/* The sign of life that a running trial writes into its lock: where it is, for who looks at a job from outside. */
#ifndef FAL_RESULTS_SIGN_H
#define FAL_RESULTS_SIGN_H

#include <stdint.h>

#include "fal/io/file.h"

typedef struct {
    char strategy[64];
    int64_t seed;
    int64_t al_round, al_rounds; /* the present one, from 1; how many there will be at most */
    int64_t fl_round, fl_rounds; /* done in it; of how many */
    double accuracy;             /* of the last AL round recorded; NaN: none yet */
    double left;                 /* seconds to the end of the trial when the sign was given; NaN: not known yet */
} fal_sign;

/** Quick and silent: a sign that cannot be written leaves the last one. */
void fal_sign_give(fal_lock *lock, const fal_sign *sign);
/** false: no sign, or not a whole one. */
bool fal_sign_read(const char *text, fal_sign *sign);

#endif
