/* What site*.c share. */
#ifndef FAL_SITE_SITE_INTERNAL_H
#define FAL_SITE_SITE_INTERNAL_H

#include "fal/site/site.h"

/** An empty state. */
void fal_site_state_init(fal_site_state *state);
void fal_site_state_destroy(fal_site_state *state);
/** The state's file, with the identity of the data set that it is about. */
fal_status fal_site_state_write(const fal_site_state *state, const fal_dataset *dataset, const char *path);
/** FAL_ERR_INPUT: damaged, not of this data set, or what it holds can't be. */
fal_status fal_site_state_read(const char *path, const fal_dataset *dataset, fal_site_state *state);

#endif
