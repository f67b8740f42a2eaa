/* A matrix of real numbers in a file of any program, float16, float32 or float64: rows as float32, a few MiB at a time,
 * so that a file may be larger than what is kept of it. */
#ifndef FAL_IO_MATRIX_H
#define FAL_IO_MATRIX_H

#include <stdint.h>

#include "fal/base/status.h"

typedef struct fal_matrix fal_matrix;

/** Is `where` of a form that fal_matrix_open knows: "FILE.npy" or "FILE.h5:/NAME"? */
bool fal_matrix_names(const char *where);
/** Head and checks. FAL_ERR_USAGE: another form of name. FAL_ERR_INPUT: missing, no such file or array, not of two
 * axes, not real (in HDF5: float32 or float64), or it does not hold what its shape claims. The name is kept for
 * messages. */
fal_status fal_matrix_open(const char *where, fal_matrix **matrix);
int64_t fal_matrix_rows(const fal_matrix *matrix);
int64_t fal_matrix_width(const fal_matrix *matrix);
/** values [count][width]: rows first .. first + count - 1; valid during the call, and to be changed at will. */
typedef fal_status (*fal_matrix_visitor)(void *context, float *values, int64_t first, int64_t count);
/** Show all rows to `visit`, in order. FAL_ERR_INPUT also where the file has changed since it was opened. FAL_STOPPED
 * as fal_stop_between says. */
fal_status fal_matrix_visit(fal_matrix *matrix, fal_matrix_visitor visit, void *context);
void fal_matrix_close(fal_matrix *matrix); /* NULL is fine */

#endif
