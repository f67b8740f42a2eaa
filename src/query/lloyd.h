/* Lloyd's iterations from one start after another, with room that is taken once. */
#ifndef FAL_QUERY_LLOYD_H
#define FAL_QUERY_LLOYD_H

#include "kmeans_internal.h"

typedef struct fal_lloyd fal_lloyd;

/** Keeps `points`; where their Gram matrix is there, it is used, and every start must come from points. */
fal_status fal_lloyd_create(const fal_kmeans_points *points, fal_lloyd **lloyd);
void fal_lloyd_destroy(fal_lloyd *lloyd);
/** From the points seed [k] as centres, or without them from the centres given [k][d], to labels and centres that no
 *  longer change. result, created for these points, is replaced if this has less inertia. Same result for any number of
 *  threads. */
fal_status fal_lloyd_run(fal_lloyd *lloyd, const int64_t *seed, const float *given, fal_kmeans *result);

#endif
