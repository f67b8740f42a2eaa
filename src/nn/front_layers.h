/* The first layers of a network often have large maps and few weights: a few images at a time go through them in
 * inference, so that a map is still in the cache when the next layer reads it. */
#ifndef FAL_NN_FRONT_LAYERS_H
#define FAL_NN_FRONT_LAYERS_H

#include <stdbool.h>

#include "model_internal.h"

/** How many layers that is, from the first on, 0: none; *images_at_once: images at a time, 1 to batch. any_batch
 * [layers]: layers that bear it. Only the last of them is read by layers that follow. */
int fal_front_layers_plan(const fal_model *model, const bool *any_batch, int batch, int threads, int *images_at_once);

#endif
