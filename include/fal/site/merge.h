/* The coordinator's part of an FL round: what the sites sent becomes the next G. */
#ifndef FAL_SITE_MERGE_H
#define FAL_SITE_MERGE_H

#include "fal/site/update.h"

typedef struct {
    bool partial;       /* go on without the sites that are missing */
    bool mixed_kernels; /* sites may have trained with different instruction sets: last bits are nobody's then */
} fal_merge_options;

/** Read the files and merge them into `study`, which comes to its next FL round; `missing` (an empty text) names the
 *  sites that were drawn and have no file. FAL_WAITING: some are missing, without `partial`; FAL_ERR_INPUT: a file
 *  that does not belong, two of one site, other kernels. `study` is as it was then. */
fal_status fal_site_study_merge(fal_site_study *study, const char *const *files, int count,
                                const fal_merge_options *options, fal_text *missing);

#endif
