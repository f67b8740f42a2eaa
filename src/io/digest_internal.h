/* Shared by digest.c (items and their order) and digest_items.c (what an attribute, array or column contributes). */
#ifndef FAL_IO_DIGEST_INTERNAL_H
#define FAL_IO_DIGEST_INTERNAL_H

#include "fal/base/hash.h"

#include "h5_internal.h"

enum { FAL_DIGEST_ITEMS_MAX = 1 << 20 };

typedef struct {
    fal_h5 *file;
    char format[32]; /* fal_format of the file */
    char **lines;    /* "name\ttype\t[dims]\tsha256\n" */
    int count;
    int64_t room;
    int groups; /* visited */
} fal_digest_items;

fal_status fal_digest_add(fal_digest_items *items, const char *name, const char *type, int rank, const int64_t *dims,
                          const char sha256[65]);
/** The scientific attributes of a group. */
fal_status fal_digest_add_attributes(fal_digest_items *items, const char *group);
/** An array as one item, a table as one per column; columns *_seconds and *_bytes are left out. */
fal_status fal_digest_add_array(fal_digest_items *items, const char *path);

#endif
