/* Shared by details.c (arrays and tables) and details_texts.c (names and attributes). */
#ifndef FAL_RESULTS_DETAILS_INTERNAL_H
#define FAL_RESULTS_DETAILS_INTERNAL_H

#include "fal/io/h5.h"
#include "fal/results/details.h"

/** Once `classes` is known: names as the file states them, else numbers. */
fal_status fal_details_read_class_names(fal_h5 *file, fal_details *details);
/** Attributes of a group as texts, its description left out; none if the file lacks the group. */
fal_status fal_details_read_attributes(fal_h5 *file, const char *group, fal_detail **list, int *count);

#endif
