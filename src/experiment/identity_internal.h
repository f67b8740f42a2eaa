/* What decides a trial's result: written into results and checkpoints, and compared where such a file is met again. */
#ifndef FAL_EXPERIMENT_IDENTITY_INTERNAL_H
#define FAL_EXPERIMENT_IDENTITY_INTERNAL_H

#include "fal/base/hash.h"
#include "fal/experiment/identity.h"
#include "fal/experiment/plan.h"

/** Everything: parameters and digests of the files that they name in /parameters, the data set as root attributes. */
fal_status fal_identity_put(fal_h5 *file, const fal_planned *trial, const fal_dataset *dataset);
/** The first thing in which the file differs, fit for "of another ...", "" if in nothing. *unsaid: the file is of a
 *  version that did not yet state mean, std, class names or sites, so these were not compared. */
fal_status fal_identity_compare(fal_h5 *file, const fal_planned *trial, const fal_dataset *dataset, char *differs,
                                size_t size, bool *unsaid);
/** Of /train/site, int32 little-endian; "" without sites. */
fal_status fal_identity_site_sha256(const fal_dataset *dataset, char sha256[FAL_HASH_TEXT]);

/** What is said, once, of a file with *unsaid; its name follows. */
#define FAL_IDENTITY_UNSAID                                                                                            \
    "%s: an earlier version wrote this and did not state all of mean, std, class names and sites of its data: what "   \
    "is "                                                                                                              \
    "missing was not compared"

#endif
