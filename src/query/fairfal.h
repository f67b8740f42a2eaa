/* FairFAL's intermediate results, for its strategy and its tests. */
#ifndef FAL_QUERY_FAIRFAL_H
#define FAL_QUERY_FAIRFAL_H

#include "query_internal.h"

typedef struct {
    double distance; /* between both models' mean class shares */
    double ratio;    /* this client's own: smallest to largest mean share of a seen class under G */
    double blend;
    bool global_uncertainty, global_gradients; /* which model serves as what */
    double *uncertainty;                       /* [n] H(p) / ln classes */
    double *prototype;                         /* [classes][d]; rows of unseen classes are zero */
    bool *seen;                                /* [classes] */
    int32_t *pseudo;                           /* [n] class of the nearest prototype */
    int64_t *quota;                            /* [classes] */
} fal_fairfal;

/** Everything up to the quotas of b images; shared: the mean of all clients' ratios (NaN: this client's own). */
fal_status fal_fairfal_create(const fal_query_input *input, int64_t b, double shared, fal_fairfal *fair);
void fal_fairfal_destroy(fal_fairfal *fair);
/** ratio of labelled images alone: logits_lab [m][classes] of G. NaN without labelled images. */
double fal_fairfal_ratio(const float *logits_lab, const int32_t *labels, int64_t m, int classes);

#endif
