/* Zip archives in memory, members stored as they are: what numpy.load reads as .npz, of any size. */
#ifndef FAL_IO_ZIP_WRITE_H
#define FAL_IO_ZIP_WRITE_H

#include <stddef.h>

#include "fal/base/status.h"

typedef struct {
    const char *name;
    size_t bytes;
    unsigned char *at; /* out: where the member's bytes belong */
} fal_zip_member;

enum { FAL_ZIP_MEMBERS_MAX = 64 };

/** Room for an archive of these members: *file (fal_free) has *size bytes. Then the caller writes each member's bytes
 * to where they belong, and fal_zip_finish adds what stands around them. */
fal_status fal_zip_plan(fal_zip_member *members, int count, unsigned char **file, size_t *size);
void fal_zip_finish(const fal_zip_member *members, int count, unsigned char *file, size_t size);

#endif
