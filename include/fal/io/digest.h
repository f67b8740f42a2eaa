/* The scientific digest of a file (formats.md section 7): equal exactly where two files' science agrees bit for bit. */
#ifndef FAL_IO_DIGEST_H
#define FAL_IO_DIGEST_H

#include "fal/base/status.h"

/** SHA-256 over names, types, shapes and bytes of everything scientific in name order: root attributes that identify
 *  (dataset..., strategy, seed), /parameters, tables (without columns *_seconds, *_bytes), arrays, the model; without
 *  /run. NaN made canonical. For datasets, models and results alike. */
fal_status fal_digest_file(const char *path, char text[65]);
/** Name of the first item that differs, "" if none does. */
fal_status fal_digest_compare(const char *a, const char *b, char *item, int item_size);

#endif
