/* CRC-32 (IEEE 802.3, as in gzip, zip and PNG) and Adler-32 (zlib). */
#include "fal/io/checksum.h"

uint32_t fal_checksum_crc32(uint32_t before, const void *bytes, size_t count)
{
    /* Half a byte at a time: a table of 16 needs no making. */
    static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
                                       0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                       0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    const unsigned char *at = bytes;
    uint32_t crc = ~before;
    for (size_t i = 0; i < count; i++) {
        crc = table[(crc ^ at[i]) & 15U] ^ (crc >> 4);
        crc = table[(crc ^ (uint32_t)(at[i] >> 4)) & 15U] ^ (crc >> 4);
    }
    return ~crc;
}

uint32_t fal_checksum_adler32(uint32_t before, const void *bytes, size_t count)
{
    enum { MODULUS = 65521, PIECE = 5552 }; /* so many bytes before a sum can leave 32 bits */
    const unsigned char *at = bytes;
    uint32_t a = before & 0xffffU;
    uint32_t b = before >> 16;
    for (size_t done = 0; done < count;) {
        const size_t end = count - done < PIECE ? count : done + PIECE;
        for (; done < end; done++) {
            a += at[done];
            b += a;
        }
        a %= MODULUS;
        b %= MODULUS;
    }
    return b << 16 | a;
}
