/* MATLAB's .mat files: numeric arrays of version 5 (-v6, -v7; through matio) and 7.3 (HDF5). */
#ifndef FAL_IO_MAT_H
#define FAL_IO_MAT_H

#include <stddef.h>
#include <stdint.h>

#include "fal/base/status.h"

/** Sizes of an array in MATLAB's order: the first one runs fastest in memory. */
typedef struct {
    int rank;
    int64_t dims[4];
} fal_mat_shape;

typedef struct fal_mat fal_mat;

/** Look at the whole file. Nothing in it may unpack to more than `limit` bytes. FAL_ERR_INPUT if it is damaged anywhere
 * or of another kind; FAL_ERR_USAGE for version 5 without matio. */
fal_status fal_mat_open(const char *path, size_t limit, fal_mat **file);
void fal_mat_close(fal_mat *file);

/** The array `name` of class uint8 with up to four axes; values: fal_free. FAL_ERR_INPUT if it is missing or of another
 *  kind. */
fal_status fal_mat_read_bytes(fal_mat *file, const char *name, fal_mat_shape *shape, uint8_t **values);
/** The same for real numbers of any numeric class. */
fal_status fal_mat_read_numbers(fal_mat *file, const char *name, fal_mat_shape *shape, double **values);
/** Was the program built with matio? */
bool fal_mat_available(void);

#endif
