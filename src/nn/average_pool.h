/* Average pooling between maps: a window without overlap, or the whole map. */
#ifndef FAL_NN_AVERAGE_POOL_H
#define FAL_NN_AVERAGE_POOL_H

#include "kernels/kernels.h"

void fal_average_pool_forward(const fal_layer *layer, int n, const fal_map *x, const fal_map *y);
/** dx of every pixel of the input; add: to what is there. */
void fal_average_pool_backward(const fal_layer *layer, int n, const fal_map *dy, const fal_map *dx, bool add);

#endif
