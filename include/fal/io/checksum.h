/* The checksums inside PNG, zlib and zip. They find damage, not intent; for identity see fal/base/hash.h. */
#ifndef FAL_IO_CHECKSUM_H
#define FAL_IO_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/** Of bytes that come in pieces: begin with `before` 0, then with what the last call gave. */
uint32_t fal_checksum_crc32(uint32_t before, const void *bytes, size_t count);
/** The same, beginning with 1. */
uint32_t fal_checksum_adler32(uint32_t before, const void *bytes, size_t count);

#endif
