/* Zip (APPNOTE 6.3): local headers, central directory, end records; always in the 64-bit form, as numpy writes it, so
 * that arrays above 4 GiB need no other code. Times are those of 1980-01-01: the same members give the same bytes. */
#include "fal/io/zip_write.h"

#include <stdint.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/io/checksum.h"

enum {
    LOCAL = 30,
    LOCAL_EXTRA = 20,
    CENTRAL = 46,
    CENTRAL_EXTRA = 28,
    END_64 = 56,
    LOCATOR_64 = 20,
    END = 22,
    VERSION = 45,
    FIRST_DAY = 0x21
};
static const uint32_t elsewhere = 0xffffffffU; /* the value stands in the 64-bit record */

/** Little-endian; returns what follows. */
static unsigned char *put(unsigned char *to, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        to[i] = (unsigned char)(value >> (8 * i) & 255U);
    }
    return to + bytes;
}

static unsigned char *put_text(unsigned char *to, const char *text)
{
    const size_t length = strlen(text);
    memcpy(to, text, length);
    return to + length;
}

fal_status fal_zip_plan(fal_zip_member *members, int count, unsigned char **file, size_t *size)
{
    unsigned char *bytes = NULL;
    size_t whole = END_64 + LOCATOR_64 + END;
    FAL_ASSERT(count > 0 && count <= FAL_ZIP_MEMBERS_MAX);
    for (int i = 0; i < count; i++) {
        whole += LOCAL + LOCAL_EXTRA + CENTRAL + CENTRAL_EXTRA + 2 * strlen(members[i].name) + members[i].bytes;
    }
    FAL_TRY(fal_alloc(&bytes, whole, 1, "archive"));
    unsigned char *to = bytes;
    for (int i = 0; i < count; i++) {
        members[i].at = to + LOCAL + strlen(members[i].name) + LOCAL_EXTRA;
        to = members[i].at + members[i].bytes;
    }
    *file = bytes;
    *size = whole;
    return FAL_OK;
}

/** What local header and directory share: version, flags, method, time, checksum, sizes, lengths. */
static unsigned char *put_common(unsigned char *to, const fal_zip_member *m, uint32_t crc, int extra)
{
    to = put(to, VERSION, 2);
    to = put(to, 0, 2); /* flags */
    to = put(to, 0, 2); /* stored */
    to = put(to, 0, 2);
    to = put(to, FIRST_DAY, 2);
    to = put(to, crc, 4);
    to = put(to, elsewhere, 4);
    to = put(to, elsewhere, 4);
    to = put(to, strlen(m->name), 2);
    return put(to, (uint64_t)extra, 2);
}

static void put_local(const fal_zip_member *m, uint32_t crc)
{
    unsigned char *to = m->at - LOCAL_EXTRA - strlen(m->name) - LOCAL;
    to = put(to, 0x04034b50, 4);
    to = put_common(to, m, crc, LOCAL_EXTRA);
    to = put_text(to, m->name);
    to = put(to, 1, 2); /* 64-bit sizes */
    to = put(to, LOCAL_EXTRA - 4, 2);
    to = put(to, m->bytes, 8);
    (void)put(to, m->bytes, 8);
}

static unsigned char *put_central(unsigned char *to, const fal_zip_member *m, uint32_t crc, uint64_t offset)
{
    to = put(to, 0x02014b50, 4);
    to = put(to, VERSION, 2); /* made by */
    to = put_common(to, m, crc, CENTRAL_EXTRA);
    to = put(to, 0, 2); /* comment */
    to = put(to, 0, 2); /* disk */
    to = put(to, 0, 2);
    to = put(to, 0, 4);
    to = put(to, elsewhere, 4);
    to = put_text(to, m->name);
    to = put(to, 1, 2);
    to = put(to, CENTRAL_EXTRA - 4, 2);
    to = put(to, m->bytes, 8);
    to = put(to, m->bytes, 8);
    return put(to, offset, 8);
}

static void put_end(unsigned char *to, int count, uint64_t directory, uint64_t directory_bytes)
{
    const uint64_t end_64 = directory + directory_bytes;
    to = put(to, 0x06064b50, 4);
    to = put(to, END_64 - 12, 8);
    to = put(to, VERSION, 2);
    to = put(to, VERSION, 2);
    to = put(to, 0, 8); /* disks */
    to = put(to, (uint64_t)count, 8);
    to = put(to, (uint64_t)count, 8);
    to = put(to, directory_bytes, 8);
    to = put(to, directory, 8);
    to = put(to, 0x07064b50, 4);
    to = put(to, 0, 4);
    to = put(to, end_64, 8);
    to = put(to, 1, 4);
    to = put(to, 0x06054b50, 4);
    to = put(to, 0, 4);
    to = put(to, (uint64_t)count, 2);
    to = put(to, (uint64_t)count, 2);
    to = put(to, elsewhere, 4);
    to = put(to, elsewhere, 4);
    (void)put(to, 0, 2);
}

void fal_zip_finish(const fal_zip_member *members, int count, unsigned char *file, size_t size)
{
    unsigned char *const directory = members[count - 1].at + members[count - 1].bytes;
    unsigned char *to = directory;
    for (int i = 0; i < count; i++) {
        const fal_zip_member *m = &members[i];
        const uint32_t crc = fal_checksum_crc32(0, m->at, m->bytes);
        const unsigned char *local = m->at - LOCAL_EXTRA - strlen(m->name) - LOCAL;
        put_local(m, crc);
        to = put_central(to, m, crc, (uint64_t)(local - file));
    }
    put_end(to, count, (uint64_t)(directory - file), (uint64_t)(to - directory));
    FAL_ASSERT(to + END_64 + LOCATOR_64 + END == file + size);
}
