/* Strategies ranked over settings by mean area under the learning curve. */
#ifndef FAL_REPORT_RANKING_INTERNAL_H
#define FAL_REPORT_RANKING_INTERNAL_H

#include "setting_internal.h"

typedef struct {
    const fal_setting **settings; /* [settings_kept] */
    int kept;
    const char **names; /* [n] strategies that all of them have, best first */
    double *rank;       /* [n] mean ranks */
    int n;
    double chi2, p, critical;
    double *pair_p; /* [n (n - 1) / 2] of the pairs i < j in order */
    double *holm;
} fal_ranking;

/** Without two settings that have areas of the same two strategies nothing is ranked. Settings stay the caller's. */
fal_status fal_ranking_create(const fal_setting *settings, int count, fal_ranking *ranked);
bool fal_ranking_is_there(const fal_ranking *all);
void fal_ranking_destroy(fal_ranking *all);

#endif
