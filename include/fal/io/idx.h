/* IDX: the format of MNIST and its relatives (two zero bytes, type, number of axes, big-endian sizes, values). */
#ifndef FAL_IO_IDX_H
#define FAL_IO_IDX_H

#include <stddef.h>
#include <stdint.h>

#include "fal/base/status.h"

typedef struct {
    int rank; /* 1: labels, 3: images */
    int64_t dims[3];
    const uint8_t *values; /* inside the bytes that were parsed */
} fal_idx;

/** Do the bytes start as an IDX file of unsigned bytes? */
bool fal_idx_is(const unsigned char *bytes, size_t count);
/** Unsigned bytes with one or three axes whose sizes make exactly the number of bytes that are there. `name` is for the
 *  message. FAL_ERR_INPUT otherwise. */
fal_status fal_idx_parse(const char *name, const unsigned char *bytes, size_t count, fal_idx *idx);

#endif
