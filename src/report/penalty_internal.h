/* Winning rates summed over settings. */
#ifndef FAL_REPORT_PENALTY_INTERNAL_H
#define FAL_REPORT_PENALTY_INTERNAL_H

#include "setting_internal.h"

typedef struct {
    int settings;             /* that are summed */
    const char **names;       /* [n] strategies that all of these have */
    int n;                    /* below 2: nothing to sum */
    double *penalty;          /* [n][n] */
    double *last_row;         /* [n] */
    const fal_setting **kept; /* [settings] */
} fal_penalty;

/** Do all pairs of the setting have a winning rate, and are there any? */
bool fal_penalty_counts(const fal_comparison *comparison);
/** Over those of all[0 .. count-1] that count; `use` [count] further restricts them (NULL: all). */
fal_status fal_penalty_create(const fal_comparison *all, int count, const bool *use, fal_penalty *sum);
void fal_penalty_destroy(fal_penalty *sum);

#endif
