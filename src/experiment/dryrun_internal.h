/* What a dry run measures: the real code on some of the job's own images, for a few seconds. */
#ifndef FAL_EXPERIMENT_DRYRUN_INTERNAL_H
#define FAL_EXPERIMENT_DRYRUN_INTERNAL_H

#include "fal/experiment/layout.h"
#include "fal/experiment/plan.h"

enum { FAL_SPEEDS_MAX = 8 };

/** Of one rank with its threads, while all ranks are busy, for one network architecture. */
typedef struct {
    char architecture[32];
    double train, infer;     /* images per second */
    double local_only_share; /* of their epochs that local-only models took; the assumption where not measured */
    bool local_only_measured;
    double reduce; /* seconds for the sums of an FL round over the group */
} fal_speeds;

/** One entry per architecture of the plan, the first eight; world rank 0's numbers count. Loads images into `dataset`.
 *  Collective over the world. */
fal_status fal_dryrun_measure(const fal_comm *world, const fal_plan *plan, fal_dataset *dataset,
                              const fal_layout *layout, fal_speeds speeds[FAL_SPEEDS_MAX], int *count);

#endif
