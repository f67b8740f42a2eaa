/* PNG: signature, IHDR, one IDAT, IEND. The zlib stream in IDAT consists of stored blocks of up to 65,535 bytes; each
 * row begins with the filter 0 (none). */
#include "fal/io/png_write.h"

#include <string.h>

#include "fal/base/memory.h"
#include "fal/io/checksum.h"

enum { BLOCK = 65535, BLOCK_HEAD = 5, ZLIB_HEAD = 2, ADLER = 4, CHUNK_FRAME = 12, IHDR = 13, SIGNATURE = 8 };

typedef struct {
    unsigned char *to;
    size_t left;     /* bytes of rows that are still to come */
    size_t in_block; /* room in the block that is open */
    uint32_t adler;
} deflater;

static void put_be32(unsigned char *to, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        to[i] = (unsigned char)(value >> (24 - 8 * i));
    }
}

/** Into stored blocks; the last one says so. */
static void store(deflater *d, const unsigned char *bytes, size_t count)
{
    d->adler = fal_checksum_adler32(d->adler, bytes, count);
    while (count > 0) {
        if (d->in_block == 0) {
            d->in_block = d->left < BLOCK ? d->left : BLOCK;
            *d->to++ = d->in_block == d->left;
            *d->to++ = (unsigned char)(d->in_block & 255U);
            *d->to++ = (unsigned char)(d->in_block >> 8);
            *d->to++ = (unsigned char)(~d->in_block & 255U);
            *d->to++ = (unsigned char)(~d->in_block >> 8 & 255U);
        }
        const size_t here = count < d->in_block ? count : d->in_block;
        memcpy(d->to, bytes, here);
        d->to += here;
        bytes += here;
        count -= here;
        d->in_block -= here;
        d->left -= here;
    }
}

/** Length before and checksum after what stands at chunk + 8; returns the end. */
static unsigned char *close_chunk(unsigned char *chunk, const char *kind, size_t length)
{
    put_be32(chunk, (uint32_t)length);
    memcpy(chunk + 4, kind, 4);
    put_be32(chunk + 8 + length, fal_checksum_crc32(0, chunk + 4, length + 4));
    return chunk + length + CHUNK_FRAME;
}

fal_status fal_png_encode(const uint8_t *pixels, int h, int w, int c, unsigned char **bytes, size_t *count)
{
    FAL_ASSERT(h >= 1 && w >= 1 && (c == 1 || c == 3) && (uint64_t)h * (uint64_t)w * (uint64_t)c < 1U << 30);
    const size_t row = (size_t)w * (size_t)c;
    const size_t raw = ((size_t)row + 1) * (size_t)h;
    const size_t data = ZLIB_HEAD + (raw + BLOCK - 1) / BLOCK * BLOCK_HEAD + raw + ADLER;
    const size_t whole = SIGNATURE + CHUNK_FRAME + IHDR + CHUNK_FRAME + data + CHUNK_FRAME;
    unsigned char *file = NULL;
    FAL_TRY(fal_alloc(&file, whole, 1, "PNG file"));
    memcpy(file, "\x89PNG\r\n\x1a\n", SIGNATURE);
    unsigned char *chunk = file + SIGNATURE;
    put_be32(chunk + 8, (uint32_t)w);
    put_be32(chunk + 12, (uint32_t)h);
    chunk[16] = 8; /* bits */
    chunk[17] = c == 1 ? 0 : 2;
    chunk = close_chunk(chunk, "IHDR", IHDR);
    deflater d = {.to = chunk + 8, .left = raw, .adler = 1};
    *d.to++ = 0x78;
    *d.to++ = 0x01;
    for (int y = 0; y < h; y++) {
        static const unsigned char no_filter = 0;
        store(&d, &no_filter, 1);
        store(&d, pixels + (size_t)y * row, row);
    }
    put_be32(d.to, d.adler);
    chunk = close_chunk(chunk, "IDAT", data);
    chunk = close_chunk(chunk, "IEND", 0);
    FAL_ASSERT(chunk == file + whole);
    *bytes = file;
    *count = whole;
    return FAL_OK;
}
