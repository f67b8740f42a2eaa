/* Parts of feal that can be looked at one by one. */
#ifndef FAL_QUERY_FEAL_H
#define FAL_QUERY_FEAL_H

#include "query_internal.h"

/** Expected entropy u of the Dirichlet distribution that logits stand for; its own entropy h before scaling. */
double fal_feal_aleatoric(const float *logits, int classes);
double fal_feal_entropy(const float *logits, int classes);
/** score [n] = scaled h_G (u_G + u_L). */
void fal_feal_scores(const fal_query_input *input, double *score);

#endif
