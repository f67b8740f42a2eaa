/* NumPy's .npy files: one array with its type and shape. Little-endian, C order, the types of fal_h5_type. */
#ifndef FAL_IO_NPY_H
#define FAL_IO_NPY_H

#include "fal/io/h5.h"

/** Shape, allocation (fal_free) and values of a file of at most `limit` bytes. FAL_ERR_INPUT if it is anything else
 * than one whole array of a type and order that we take, with at most four axes. No object arrays: nothing is
 * unpickled. */
fal_status fal_npy_read(const char *path, size_t limit, fal_h5_shape *shape, void *values);
/** Replaces `path` as a whole. */
fal_status fal_npy_write(const char *path, const fal_h5_shape *shape, const void *values);

#endif
