/* PNG files written without libpng: read back by libpng they are the same pixels; checksums as published. */
#include "support.h"

#include <string.h>

#include "fal/base/memory.h"
#include "fal/io/checksum.h"
#include "fal/io/picture.h"
#include "fal/io/png_write.h"

static void checksums_are_the_published_ones(void **state)
{
    (void)state;
    const char *text = "123456789"; /* CRC catalogue; RFC 1950's sample program */
    assert_int_equal(fal_checksum_crc32(0, text, 9), 0xcbf43926U);
    assert_int_equal(fal_checksum_adler32(1, text, 9), 0x091e01deU);
    assert_int_equal(fal_checksum_crc32(fal_checksum_crc32(0, text, 4), text + 4, 5), 0xcbf43926U);
    assert_int_equal(fal_checksum_adler32(fal_checksum_adler32(1, text, 4), text + 4, 5), 0x091e01deU);
    assert_int_equal(fal_checksum_crc32(0, text, 0), 0);
    unsigned char *bytes = NULL;
    assert_ok(fal_alloc(&bytes, 1000000, 1, "test"));
    memset(bytes, 255, 1000000);
    assert_int_equal(fal_checksum_adler32(1, bytes, 1000000), 0x3843e1beU); /* zlib.adler32(b"\xff" * 1000000) */
    fal_free(bytes);
}

typedef fal_status (*encoder)(const uint8_t *pixels, int h, int w, int c, unsigned char **bytes, size_t *count);

static void check_with(encoder encode, bool smooth, int h, int w, int c)
{
    uint8_t *pixels = NULL;
    unsigned char *bytes = NULL;
    size_t count = 0;
    fal_picture picture;
    const size_t values = (size_t)h * (size_t)w * (size_t)c;
    uint32_t draw = 7;
    assert_ok(fal_alloc(&pixels, values, 1, "test"));
    for (size_t i = 0; i < values; i++) {
        draw = draw * 1664525U + 1013904223U;
        pixels[i] = (uint8_t)(smooth ? i / 7 + (draw >> 30) : draw >> 24);
    }
    assert_ok(encode(pixels, h, w, c, &bytes, &count));
    assert_ok(fal_picture_decode("written.png", bytes, count, &picture));
    assert_int_equal(picture.h, h);
    assert_int_equal(picture.w, w);
    assert_int_equal(picture.c, c);
    assert_memory_equal(picture.pixels, pixels, values);
    fal_picture_destroy(&picture);
    fal_free(bytes);
    fal_free(pixels);
}

/* Random bytes, and some that follow from their neighbours, so that all filters are used. */
static void check(int h, int w, int c)
{
    check_with(fal_png_encode, false, h, w, c);
    check_with(fal_png_pack, false, h, w, c);
    check_with(fal_png_pack, true, h, w, c);
}

static void what_is_packed_is_small(void **state)
{
    (void)state;
    enum { SIDE = 200 };
    uint8_t *pixels = NULL;
    unsigned char *bytes = NULL;
    size_t count = 0;
    assert_ok(fal_alloc(&pixels, SIDE * SIDE * 3, 1, "test"));
    for (size_t i = 0; i < SIDE * SIDE * 3; i++) {
        pixels[i] = (uint8_t)(i / 3 % SIDE + i / 3 / SIDE + 40 * (i % 3)); /* slopes: noise without filters */
    }
    assert_ok(fal_png_pack(pixels, SIDE, SIDE, 3, &bytes, &count));
    assert_memory_equal(bytes, "\x89PNG\r\n\x1a\n", 8);
    assert_true(count < SIDE * SIDE * 3 / 50);
    fal_free(bytes);
    fal_free(pixels);
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    if (!fal_picture_has_png()) {
        print_message("skipped: built without libpng\n");
        skip();
    }
    check(1, 1, 1);
    check(1, 1, 3);
    check(28, 28, 1);
    check(32, 32, 3);
    check(5, 300, 3);
    /* Around the 65,535 bytes of a block, rows being one byte longer than their pixels; then several blocks. */
    check(151, 433, 1);
    check(257, 254, 1);
    check(256, 255, 1);
    check(257, 509, 1);
    check(200, 401, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(checksums_are_the_published_ones),
                                       cmocka_unit_test(what_is_written_reads_back),
                                       cmocka_unit_test(what_is_packed_is_small)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
