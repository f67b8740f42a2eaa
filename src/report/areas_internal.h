/* Areas under the learning curves of a setting: every pair over matched seeds. */
#ifndef FAL_REPORT_AREAS_INTERNAL_H
#define FAL_REPORT_AREAS_INTERNAL_H

#include "setting_internal.h"

/* A difference worth telling, in percentage points. */
#define FAL_AREA_WORTH 1.0

/** One pair; mean, t, ... are of the first's area minus the other's, in per cent. */
typedef struct {
    const char *strategy, *other;
    int rounds;
    fal_stats_test test;
    fal_stats_shift shift;
    double holm, w, wilcoxon, wilcoxon_holm;
    int64_t needed; /* 0: unknown */
} fal_area_test;

/** All pairs i < j of the setting in order. `tests` has room for them, `scratch` for twice the curves and the pairs. */
fal_status fal_area_tests(const fal_setting *setting, double *scratch, fal_area_test *tests);

#endif
