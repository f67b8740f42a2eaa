/* The scientific digest of a file (formats.md section 7): equal exactly where two files' science agrees bit for bit. */
#ifndef FAL_IO_DIGEST_H
#define FAL_IO_DIGEST_H

#include "fal/base/status.h"

/** SHA-256 over names, types, shapes and bytes of everything scientific in name order: root attributes that identify
 *  (dataset..., strategy, seed), /parameters, tables (without columns *_seconds, *_bytes), arrays, the model; without
 *  /run. NaN made canonical. For datasets, models and results alike. */
fal_status fal_digest_file(const char *path, char text[65]);
/** The same over a part of the file: the items that `item` names, "/model" with all below it, "/queries" with its
 *  columns, "/parameters@alpha". FAL_ERR_INPUT: the file has none of that name. */
fal_status fal_digest_item(const char *path, const char *item, char text[65]);
/** Name of the first item that differs, "" if none does. */
fal_status fal_digest_compare(const char *a, const char *b, char *item, int item_size);

#endif
