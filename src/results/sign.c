/* The sign of life in a lock file: one line of words, the last of which is "." so that half a line is none. */
#include "fal/results/sign.h"

#include <math.h>
#include <stdio.h>

#include "fal/base/text.h"

void fal_sign_give(fal_lock *lock, const fal_sign *sign)
{
    char text[FAL_LOCK_SIGN];
    (void)snprintf(text, sizeof text,
                   "%s seed %lld AL round %lld of %lld FL round %lld of %lld accuracy %.4f left %.1f .", sign->strategy,
                   (long long)sign->seed, (long long)sign->al_round, (long long)sign->al_rounds,
                   (long long)sign->fl_round, (long long)sign->fl_rounds, sign->accuracy, sign->left);
    fal_lock_sign(lock, text);
}

bool fal_sign_read(const char *text, fal_sign *sign)
{
    fal_sign read = {0};
    long long seed = 0;
    long long place[4] = {0};
    char end = '\0';
    const int words =
        sscanf(text, "%63s seed %lld AL round %lld of %lld FL round %lld of %lld accuracy %lf left %lf %c",
               read.strategy, &seed, &place[0], &place[1], &place[2], &place[3], &read.accuracy, &read.left, &end);
    if (words != 9 || end != '.' || !fal_text_is_printable(read.strategy)) {
        return false;
    }
    read.seed = seed;
    read.al_round = place[0];
    read.al_rounds = place[1];
    read.fl_round = place[2];
    read.fl_rounds = place[3];
    *sign = read;
    return true;
}
