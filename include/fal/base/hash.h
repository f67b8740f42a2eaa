/* SHA-256 (libcrypto) over bytes that come in pieces. */
#ifndef FAL_BASE_HASH_H
#define FAL_BASE_HASH_H

#include <stddef.h>

#include "fal/base/status.h"

enum { FAL_HASH_BYTES = 32, FAL_HASH_TEXT = 65 /* 64 hexadecimal digits and the end */ };

typedef struct fal_hash fal_hash;

fal_status fal_hash_create(fal_hash **hash);
void fal_hash_add(fal_hash *hash, const void *bytes, size_t count);
/** Lower-case hexadecimal; the hash starts anew afterwards. */
void fal_hash_finish(fal_hash *hash, char text[FAL_HASH_TEXT]);
/** The same as bytes. */
void fal_hash_finish_bytes(fal_hash *hash, unsigned char bytes[FAL_HASH_BYTES]);
void fal_hash_destroy(fal_hash *hash);
/** All in one. */
fal_status fal_hash_bytes(const void *bytes, size_t count, char text[FAL_HASH_TEXT]);

#endif
