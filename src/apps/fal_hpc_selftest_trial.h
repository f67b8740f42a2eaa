/* The small data set and the small trial of --selftest. */
#ifndef FAL_APPS_FAL_HPC_SELFTEST_TRIAL_H
#define FAL_APPS_FAL_HPC_SELFTEST_TRIAL_H

#include <stdint.h>

#include "fal/base/hash.h"
#include "fal/comm/comm.h"
#include "fal/results/names.h"

/** Where --selftest has its files, which is not the same disk on every node. */
typedef struct {
    char folder[FAL_PATH_MAX]; /* the same name on all ranks; "": none yet */
    char data[FAL_PATH_MAX];   /* the data set in it */
    bool made;                 /* by this rank, which removes it */
} fal_selftest_place;

/** A folder under TMPDIR with the data set; on nodes that do not see rank 0's one of their own. FAL_ERR_OUTPUT.
 *  Collective. */
fal_status fal_selftest_place_make(const fal_comm *world, fal_selftest_place *place);
/** After all ranks are done with it. Not collective. */
void fal_selftest_place_remove(const fal_selftest_place *place);

/** Is the data set what was written? Its digest. Not collective. */
fal_status fal_selftest_read_data(const char *path, bool *equal, char digest[FAL_HASH_TEXT]);

typedef struct {
    const char *output; /* folder of its results, in the place's */
    const char *strategy, *kernels, *threads;
    int64_t stop_after; /* FL rounds; 0: to the end */
} fal_selftest_trial;

/** The trial on the ranks of `group`, in silence, and on its rank 0 the results' digest. A trial that stops at
 *  `stop_after` is FAL_OK, the digest "". Collective over the group. */
fal_status fal_selftest_trial_run(const fal_comm *group, const fal_selftest_place *place,
                                  const fal_selftest_trial *trial, char digest[FAL_HASH_TEXT]);

#endif
