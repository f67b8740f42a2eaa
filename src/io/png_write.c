/* PNG: signature, IHDR, one IDAT, IEND. Not compressed, the zlib stream in IDAT consists of stored blocks of up to
 * 65,535 bytes, and each row begins with the filter 0 (none). Compressed, each row has the filter whose bytes, taken as
 * signed, have the smallest sum of sizes, as the PNG specification recommends. */
#include "fal/io/png_write.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "fal/base/memory.h"
#include "fal/io/checksum.h"

enum {
    BLOCK = 65535,
    BLOCK_HEAD = 5,
    ZLIB_HEAD = 2,
    ADLER = 4,
    CHUNK_FRAME = 12,
    IHDR = 13,
    SIGNATURE = 8,
    FILTERS = 5
};

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

/** Signature and IHDR; returns the next chunk. */
static unsigned char *open_file(unsigned char *file, int h, int w, int c)
{
    memcpy(file, "\x89PNG\r\n\x1a\n", SIGNATURE);
    unsigned char *chunk = file + SIGNATURE;
    put_be32(chunk + 8, (uint32_t)w);
    put_be32(chunk + 12, (uint32_t)h);
    chunk[16] = 8; /* bits */
    chunk[17] = c == 1 ? 0 : 2;
    return close_chunk(chunk, "IHDR", IHDR);
}

static bool can_be(int h, int w, int c)
{
    return h >= 1 && w >= 1 && (c == 1 || c == 3) && (uint64_t)h * (uint64_t)w * (uint64_t)c < 1U << 30;
}

fal_status fal_png_encode(const uint8_t *pixels, int h, int w, int c, unsigned char **bytes, size_t *count)
{
    FAL_ASSERT(can_be(h, w, c));
    const size_t row = (size_t)w * (size_t)c;
    const size_t raw = ((size_t)row + 1) * (size_t)h;
    const size_t data = ZLIB_HEAD + (raw + BLOCK - 1) / BLOCK * BLOCK_HEAD + raw + ADLER;
    const size_t whole = SIGNATURE + CHUNK_FRAME + IHDR + CHUNK_FRAME + data + CHUNK_FRAME;
    unsigned char *file = NULL;
    FAL_TRY(fal_alloc(&file, whole, 1, "PNG file"));
    unsigned char *chunk = open_file(file, h, w, c);
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

/** The neighbour that is nearest to left + above - corner. */
static int paeth(int left, int above, int corner)
{
    const int by_left = abs(above - corner);
    const int by_above = abs(left - corner);
    const int by_corner = abs(left + above - 2 * corner);
    return by_left <= by_above && by_left <= by_corner ? left : by_above <= by_corner ? above : corner;
}

/** One row as filter 0..4 makes it, without the number of the filter; `above` is NULL for the first row. Returns the
 * sum of sizes. */
static uint64_t apply_filter(int filter, const uint8_t *row, const uint8_t *above, size_t count, size_t pixel,
                             unsigned char *to)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        const int left = i >= pixel ? row[i - pixel] : 0;
        const int up = above != NULL ? above[i] : 0;
        const int corner = i >= pixel && above != NULL ? above[i - pixel] : 0;
        const int guess[FILTERS] = {0, left, up, (left + up) / 2, paeth(left, up, corner)};
        to[i] = (unsigned char)((row[i] - guess[filter]) & 255);
        sum += to[i] < 128 ? to[i] : 256U - to[i];
    }
    return sum;
}

static void filter_rows(const uint8_t *pixels, int h, size_t row, size_t pixel, unsigned char *to)
{
    for (int y = 0; y < h; y++, to += row + 1) {
        const uint8_t *from = pixels + (size_t)y * row;
        const uint8_t *above = y > 0 ? from - row : NULL;
        uint64_t least = UINT64_MAX;
        for (int filter = 0; filter < FILTERS; filter++) {
            const uint64_t sum = apply_filter(filter, from, above, row, pixel, to + 1);
            if (sum < least) {
                least = sum;
                to[0] = (unsigned char)filter;
            }
        }
        (void)apply_filter(to[0], from, above, row, pixel, to + 1);
    }
}

fal_status fal_png_pack(const uint8_t *pixels, int h, int w, int c, unsigned char **bytes, size_t *count)
{
    FAL_ASSERT(can_be(h, w, c));
    const size_t row = (size_t)w * (size_t)c;
    const size_t raw = (row + 1) * (size_t)h;
    uLongf data = compressBound((uLong)raw);
    unsigned char *filtered = NULL;
    unsigned char *file = NULL;
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&filtered, raw, 1, "PNG file"));
    FAL_TRY_GOTO(fal_alloc(&file, SIGNATURE + CHUNK_FRAME + IHDR + CHUNK_FRAME + data + CHUNK_FRAME, 1, "PNG file"));
    filter_rows(pixels, h, row, (size_t)c, filtered);
    unsigned char *chunk = open_file(file, h, w, c);
    if (compress2(chunk + 8, &data, filtered, (uLong)raw, Z_BEST_COMPRESSION) != Z_OK) {
        status = fal_fail(FAL_ERR_MEMORY, "PNG file: zlib has no memory");
        goto done;
    }
    chunk = close_chunk(chunk, "IDAT", data);
    chunk = close_chunk(chunk, "IEND", 0);
    *bytes = file;
    *count = (size_t)(chunk - file);
    file = NULL;
done:
    fal_free(file);
    fal_free(filtered);
    return status;
}
