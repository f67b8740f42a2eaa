/* Shared by identity*.c: sites that have a file each. */
#ifndef FAL_RESULTS_IDENTITY_INTERNAL_H
#define FAL_RESULTS_IDENTITY_INTERNAL_H

#include "fal/data/dataset.h"
#include "fal/io/h5.h"

/** identity_site_names, identity_site_data; nothing of a data set in one file. */
fal_status fal_identity_put_sites(fal_h5 *file, const fal_dataset *dataset);
/** differs [size] is "", or gets the first site that differs; which of its arrays is the matter of its own people. */
fal_status fal_identity_compare_sites(fal_h5 *file, const fal_dataset *dataset, char *differs, size_t size);

#endif
