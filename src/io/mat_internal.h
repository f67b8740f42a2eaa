/* Shared by mat.c and the two files for version 5, with and without matio. */
#ifndef FAL_IO_MAT_INTERNAL_H
#define FAL_IO_MAT_INTERNAL_H

#include "fal/io/mat.h"

/** Version 5: is the file whole, from its first element to its last? At most `limit` unpacked bytes. FAL_ERR_INPUT;
 *  FAL_ERR_USAGE without matio. */
fal_status fal_mat5_check(const char *path, size_t limit);
/** Version 5, of a file that was checked: values of class uint8 (bytes) or of any numeric class (numbers); the other
 *  pointer is NULL. */
fal_status fal_mat5_read(const char *path, const char *name, size_t limit, fal_mat_shape *shape, uint8_t **bytes,
                         double **numbers);

#endif
