/* PNG and JPEG files of every kind give the pixels that were computed elsewhere (tests/fixtures/gen_pictures.py); what
 * is damaged, too large or of another format is refused with its name. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/io/checksum.h"
#include "fal/io/file.h"
#include "fal/io/npy.h"
#include "fal/io/picture.h"

enum { JPEG_TOLERANCE = 1 }; /* versions of the library may round differently */

static bool is_jpeg(const char *name) { return strstr(name, ".jpg") != NULL; }

static bool can_decode(const char *name) { return is_jpeg(name) ? fal_picture_has_jpeg() : fal_picture_has_png(); }

static void need_libraries(void)
{
    if (!fal_picture_has_png() || !fal_picture_has_jpeg()) {
        print_message("skipped: built without libpng or libturbojpeg\n");
        skip();
    }
}

static void load(const char *name, unsigned char **bytes, size_t *count)
{
    char path[64];
    char *chars = NULL;
    (void)snprintf(path, sizeof path, "pictures/%s", name);
    assert_ok(fal_file_read(fal_test_fixture(path), 1 << 20, &chars, count));
    *bytes = (unsigned char *)chars;
}

/* ---- what decodes ---------------------------------------------------------------------------------------------- */

static void compare(const char *name, int h, int w, int c, const uint8_t *expected, const char *flags)
{
    unsigned char *bytes = NULL;
    size_t count = 0;
    fal_picture picture;
    load(name, &bytes, &count);
    assert_ok(fal_picture_decode(name, bytes, count, &picture));
    print_message("%s\n", name);
    assert_int_equal(picture.h, h);
    assert_int_equal(picture.w, w);
    assert_int_equal(picture.c, c);
    int measured_h = 0;
    int measured_w = 0;
    assert_ok(fal_picture_measure(name, bytes, count, &measured_h, &measured_w));
    assert_int_equal(measured_h, h);
    assert_int_equal(measured_w, w);
    for (int i = 0; i < h * w * c; i++) {
        const int difference = abs(picture.pixels[i] - expected[i]);
        assert_in_range(difference, 0, is_jpeg(name) ? JPEG_TOLERANCE : 0);
    }
    assert_int_equal(picture.was_16_bit, strstr(flags, "16bit") != NULL);
    assert_int_equal(picture.was_transparent, strstr(flags, "transparent") != NULL);
    assert_int_equal(picture.was_turned, strstr(flags, "turned") != NULL);
    fal_picture_destroy(&picture);
    fal_free(bytes);
}

static void every_kind_gives_the_pixels_of_the_fixture(void **state)
{
    (void)state;
    uint8_t *pixels = NULL;
    fal_h5_shape shape;
    char name[64];
    char flags[64];
    int h = 0;
    int w = 0;
    int c = 0;
    int offset = 0;
    int seen = 0;
    need_libraries();
    assert_ok(fal_npy_read(fal_test_fixture("pictures/pixels.npy"), 1 << 20, &shape, &pixels));
    FILE *list = fopen(fal_test_fixture("pictures/list.txt"), "r");
    assert_non_null(list);
    while (fscanf(list, "%63s %d %d %d %d %63s", name, &h, &w, &c, &offset, flags) == 6) {
        compare(name, h, w, c, pixels + offset, flags);
        seen++;
    }
    (void)fclose(list);
    assert_int_equal(seen, 34);
    fal_free(pixels);
}

static void files_are_read_by_their_content_not_their_name(void **state)
{
    (void)state;
    fal_picture picture;
    unsigned char *bytes = NULL;
    size_t count = 0;
    need_libraries();
    load("grey.jpg", &bytes, &count);
    const char *path = fal_test_temporary("jpeg_called.png");
    assert_ok(fal_file_replace(path, bytes, count));
    assert_ok(fal_picture_read(path, &picture));
    assert_int_equal(picture.w, 30);
    fal_picture_destroy(&picture);
    fal_free(bytes);
}

/* ---- what is refused ------------------------------------------------------------------------------------------- */

static void assert_refused(const char *name, const unsigned char *bytes, size_t count, const char *message)
{
    fal_picture picture;
    fal_status_clear();
    assert_int_equal(fal_picture_decode(name, bytes, count, &picture), FAL_ERR_INPUT);
    fal_test_message_has(name);
    fal_test_message_has(message);
    assert_null(picture.pixels);
    fal_status_clear();
}

static void a_file_cut_short_anywhere_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"rgb8.png",   "interlaced_rgba16.png", "palette_alpha.png", "grey.jpg",
                                        "rgb420.jpg", "progressive.jpg",       "turned6.jpg"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        unsigned char *bytes = NULL;
        size_t count = 0;
        if (!can_decode(names[i])) {
            continue;
        }
        load(names[i], &bytes, &count);
        for (size_t cut = 0; cut < count; cut++) {
            unsigned char *exact = malloc(cut + 1); /* its end is where a sanitizer looks */
            assert_non_null(exact);
            unsigned char *copy = realloc(exact, cut > 0 ? cut : 1);
            memcpy(copy, bytes, cut);
            assert_refused(names[i], copy, cut, "");
            free(copy);
        }
        fal_free(bytes);
    }
}

/** Any answer will do, but there must be one; what decodes has its limits. */
static void flipped_bytes_do_no_harm(void **state)
{
    (void)state;
    static const char *const names[] = {"rgb16.png", "interlaced.png", "palette.png", "turned6.png",
                                        "grey.jpg",  "rgb420.jpg",     "turned8.jpg", "progressive.jpg"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        unsigned char *bytes = NULL;
        size_t count = 0;
        load(names[i], &bytes, &count);
        for (size_t at = 0; at < count; at++) {
            const unsigned char kept = bytes[at];
            fal_picture picture;
            for (int flip = 1; flip < 256; flip = 3 * flip + 1) {
                bytes[at] = (unsigned char)(kept ^ flip);
                int h = 0;
                int w = 0;
                (void)fal_picture_measure(names[i], bytes, count, &h, &w);
                fal_status_clear();
                if (fal_picture_decode(names[i], bytes, count, &picture) == FAL_OK) {
                    assert_non_null(picture.pixels);
                    assert_true((size_t)picture.h * (size_t)picture.w * (size_t)picture.c <= FAL_PICTURE_PIXELS_MAX);
                } else {
                    fal_test_message_has(names[i]);
                }
                fal_picture_destroy(&picture);
            }
            bytes[at] = kept;
        }
        fal_free(bytes);
    }
    fal_status_clear();
}

static void what_is_no_single_picture_of_greys_or_rgb_says_so(void **state)
{
    (void)state;
    static const char *const files[][2] = {
        {"animated.png", "animated"}, {"huge.png", "60000 x 60000"}, {"cmyk.jpg", "CMYK"}};
    need_libraries();
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        unsigned char *bytes = NULL;
        size_t count = 0;
        load(files[i][0], &bytes, &count);
        assert_refused(files[i][0], bytes, count, files[i][1]);
        fal_free(bytes);
    }
}

static void other_formats_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *magic;
        size_t length, at;
        const char *name;
    } others[] = {
        {"DICM", 4, 128, "DICOM"},           {"II*\0", 4, 0, "TIFF"},  {"MM\0*", 4, 0, "TIFF"}, {"GIF89a", 6, 0, "GIF"},
        {"RIFF\1\1\1\1WEBP", 12, 0, "WebP"}, {"P6\n9 7", 6, 0, "PPM"}, {"BM\1\1", 4, 0, "BMP"},
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        unsigned char bytes[FAL_PICTURE_HEAD] = {0};
        memcpy(bytes + others[i].at, others[i].magic, others[i].length);
        assert_int_equal(fal_picture_tell(bytes, sizeof bytes), FAL_PICTURE_REFUSED);
        assert_refused("x", bytes, sizeof bytes, others[i].name);
        assert_refused("x", bytes, sizeof bytes, "convert it to PNG");
    }
    const unsigned char text[] = "BMI of patients, P1 to P6";
    assert_int_equal(fal_picture_tell(text, sizeof text), FAL_PICTURE_UNKNOWN);
    assert_int_equal(fal_picture_tell(text + 17, sizeof text - 17), FAL_PICTURE_UNKNOWN);
    assert_refused("notes.png", text, sizeof text, "neither PNG nor JPEG");
    assert_refused("empty.png", text, 0, "is empty");
}

/** A progressive file whose last scan is repeated: as many scans as one likes in little space. */
static void a_jpeg_of_very_many_scans_is_refused_before_it_is_decoded(void **state)
{
    (void)state;
    unsigned char *bytes = NULL;
    unsigned char *longer = NULL;
    size_t count = 0;
    size_t last = 0;
    enum { TIMES = 5000 };
    need_libraries();
    load("progressive.jpg", &bytes, &count);
    for (size_t i = 0; i + 1 < count; i++) {
        last = bytes[i] == 0xff && bytes[i + 1] == 0xda ? i : last;
    }
    const size_t scan = count - 2 - last;
    assert_ok(fal_alloc(&longer, count + TIMES * scan, 1, "test"));
    memcpy(longer, bytes, last);
    for (int i = 0; i < TIMES; i++) {
        memcpy(longer + last + (size_t)i * scan, bytes + last, scan);
    }
    memcpy(longer + last + TIMES * scan, bytes + count - 2, 2);
    assert_refused("scans.jpg", longer, last + TIMES * scan + 2, "more than any camera writes");
    fal_free(longer);
    fal_free(bytes);
}

static void put_be32(unsigned char *to, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        to[i] = (unsigned char)(value >> (24 - 8 * i));
    }
}

static void data_beyond_the_last_row_are_not_unpacked(void **state)
{
    (void)state;
    enum { EXTRA = 100000, END = 12 };
    unsigned char *bytes = NULL;
    unsigned char *longer = NULL;
    size_t count = 0;
    need_libraries();
    load("grey8.png", &bytes, &count);
    assert_ok(fal_alloc(&longer, count + EXTRA + 12, 1, "test"));
    memcpy(longer, bytes, count - END);
    unsigned char *chunk = longer + count - END;
    put_be32(chunk, EXTRA);
    memcpy(chunk + 4, "IDAT", 4);
    put_be32(chunk + 8 + EXTRA, fal_checksum_crc32(0, chunk + 4, EXTRA + 4));
    memcpy(chunk + 12 + EXTRA, bytes + count - END, END);
    assert_refused("bomb.png", longer, count + EXTRA + 12, "more data than its size allows");
    fal_free(longer);
    fal_free(bytes);
}

static void sides_and_bytes_are_bounded_by_the_header(void **state)
{
    (void)state;
    static const struct {
        int h, w;
        const char *message;
    } sizes[] = {{16385, 1, "16385 x 1 pixels"}, {16384, 16384, "16384 x 16384 pixels in 3"}, {65535, 65535, "more"}};
    unsigned char *bytes = NULL;
    size_t count = 0;
    need_libraries();
    load("rgb420.jpg", &bytes, &count);
    size_t frame = 0;
    for (size_t i = 0; i + 9 < count && frame == 0; i++) {
        frame = bytes[i] == 0xff && bytes[i + 1] == 0xc0 ? i : 0;
    }
    assert_true(frame > 0);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        bytes[frame + 5] = (unsigned char)(sizes[i].h >> 8);
        bytes[frame + 6] = (unsigned char)(sizes[i].h & 255);
        bytes[frame + 7] = (unsigned char)(sizes[i].w >> 8);
        bytes[frame + 8] = (unsigned char)(sizes[i].w & 255);
        assert_refused("large.jpg", bytes, count, sizes[i].message);
    }
    fal_free(bytes);
}

static void without_a_library_the_package_is_named(void **state)
{
    (void)state;
    fal_picture picture;
    unsigned char *bytes = NULL;
    size_t count = 0;
    if (fal_picture_has_png() && fal_picture_has_jpeg()) {
        print_message("skipped: built with libpng and libturbojpeg\n");
        skip();
    }
    load("rgb8.png", &bytes, &count);
    if (!fal_picture_has_png()) {
        assert_fails(fal_picture_decode("a.png", bytes, count, &picture), FAL_ERR_USAGE, "install libpng-dev");
    }
    fal_free(bytes);
    load("grey.jpg", &bytes, &count);
    if (!fal_picture_has_jpeg()) {
        assert_fails(fal_picture_decode("a.jpg", bytes, count, &picture), FAL_ERR_USAGE, "libturbojpeg0-dev");
    }
    fal_free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_gives_the_pixels_of_the_fixture),
        cmocka_unit_test(files_are_read_by_their_content_not_their_name),
        cmocka_unit_test(a_file_cut_short_anywhere_is_refused),
        cmocka_unit_test(flipped_bytes_do_no_harm),
        cmocka_unit_test(what_is_no_single_picture_of_greys_or_rgb_says_so),
        cmocka_unit_test(other_formats_are_named),
        cmocka_unit_test(a_jpeg_of_very_many_scans_is_refused_before_it_is_decoded),
        cmocka_unit_test(data_beyond_the_last_row_are_not_unpacked),
        cmocka_unit_test(sides_and_bytes_are_bounded_by_the_header),
        cmocka_unit_test(without_a_library_the_package_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
