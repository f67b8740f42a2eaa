/* How images become a site of a study: they must be what the study says. */
#ifndef FAL_SITE_JOIN_H
#define FAL_SITE_JOIN_H

#include "fal/site/site.h"

/** A data set file as parts (fal_dataset_parts_destroy): all of its images, looked at in a child process first (not
 * with threads running). FAL_ERR_INPUT: it cannot be read, or holds the images of several sites. */
fal_status fal_site_read_dataset(const char *source, fal_dataset_parts *parts);
/** Write NAME.h5 and NAME.site.h5 for client `client` of the study; parts get the study's constants, and the site's
 * name. source: for messages. FAL_ERR_INPUT: other classes or another order of them, another shape, another number of
 * images than the study says. FAL_ERR_USAGE: NAME.site.h5 is there already, or a NAME.h5 with other content. */
fal_status fal_site_join(const char *path, const fal_site_study *study, int client, const char *source,
                         fal_dataset_parts *parts);

#endif
