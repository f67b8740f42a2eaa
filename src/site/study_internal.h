/* What study*.c share. */
#ifndef FAL_SITE_STUDY_INTERNAL_H
#define FAL_SITE_STUDY_INTERNAL_H

#include "fal/site/study.h"

/** A study without anything. */
fal_status fal_site_study_create(fal_site_study **study);
/** Once all that is fixed is there: what follows from it, and room for the rest. where: for messages. FAL_ERR_USAGE:
 *  parameters that cannot be served with sites apart. */
fal_status fal_site_study_settle(fal_site_study *study, const char *where);
/** Start weights and state of AL round study->al_round. init_model: the file for init file; NULL: as in `params`. */
fal_status fal_site_study_begin(fal_site_study *study, const char *init_model);
/** Checksum of all but itself. */
fal_status fal_site_study_sum(const fal_site_study *study, char sha256[FAL_HASH_TEXT]);

#endif
