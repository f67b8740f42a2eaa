/* .npy files: what is written is read again; what others may send is refused. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/io/file.h"
#include "fal/io/npy.h"

enum { LIMIT = 1 << 20 };

static void arrays_come_back(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("a.npy");
    const unsigned char values[96] = {1, 2, 3, 250, 0, 9};
    const fal_h5_shape shapes[] = {{FAL_H5_FLOAT, 2, {3, 4}},     {FAL_H5_INT64, 1, {5}},
                                   {FAL_H5_UINT8, 0, {0}},        {FAL_H5_INT32, 2, {0, 7}},
                                   {FAL_H5_DOUBLE, 3, {1, 2, 3}}, {FAL_H5_INT16, 4, {2, 1, 2, 1}}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        fal_h5_shape shape = {0};
        void *read = NULL;
        assert_ok(fal_npy_write(path, &shapes[i], values));
        assert_ok(fal_npy_read(path, LIMIT, &shape, &read));
        assert_int_equal(shape.type, shapes[i].type);
        assert_int_equal(shape.rank, shapes[i].rank);
        assert_memory_equal(shape.dims, shapes[i].dims, (size_t)shape.rank * sizeof shape.dims[0]);
        assert_memory_equal(read, values, (size_t)fal_h5_elements(&shape) * fal_h5_type_bytes(shape.type));
        fal_free(read);
    }
}

/* A file with the given header text and number of bytes after it. */
static const char *make(int major, const char *header, size_t rest)
{
    static char bytes[4096];
    const char *path = fal_test_temporary("bad.npy");
    const size_t length = strlen(header);
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, "\x93NUMPY", 6);
    bytes[6] = (char)major;
    bytes[8] = (char)length;
    bytes[9] = (char)(length >> 8);
    const size_t start = major == 1 ? 10 : 12;
    memcpy(bytes + start, header, length);
    assert_ok(fal_file_replace(path, bytes, start + length + rest));
    return path;
}

static void other_files_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        size_t rest;
        const char *message;
    } bad[] = {
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", 11, "as many values"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", 16, "as many values"},
        {"{'descr': '>f4', 'fortran_order': False, 'shape': (3,), }", 12, "type"},
        {"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", 8, "type"},
        {"{'descr': '<f4", 0, "type"},
        {"{'descr': '<f4', 'fortran_order': True, 'shape': (3,), }", 12, "C order"},
        {"{'descr': '<f4', 'fortran_order': False}", 4, "shape"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (-3,), }", 12, "axes"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (3", 12, "axes"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1), }", 4, "too many axes"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", 4, "axes"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (900000000000000000, 900000000000000000), }", 8, "values"},
    };
    fal_h5_shape shape;
    void *values = NULL;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        for (int major = 1; major <= 3; major++) {
            const char *path = make(major, bad[i].header, bad[i].rest);
            assert_fails(fal_npy_read(path, LIMIT, &shape, &values), FAL_ERR_INPUT, bad[i].message);
        }
    }
    const char *path = fal_test_temporary("short.npy");
    assert_ok(fal_file_replace(path, "\x93NUMPY\x01\x00\xff\xff{", 11));
    assert_fails(fal_npy_read(path, LIMIT, &shape, &values), FAL_ERR_INPUT, "cut off");
    assert_ok(fal_file_replace(path, "\x93NUMPY", 6));
    assert_fails(fal_npy_read(path, LIMIT, &shape, &values), FAL_ERR_INPUT, "no .npy file");
    path = make(4, "{}", 0);
    assert_fails(fal_npy_read(path, LIMIT, &shape, &values), FAL_ERR_INPUT, "version");
    path = make(1, "{'descr': '|u1', 'fortran_order': False, 'shape': (2000,), }", 2000);
    assert_fails(fal_npy_read(path, 1000, &shape, &values), FAL_ERR_INPUT, "bad.npy");
    assert_null(values);
}

static void halves_are_read_as_float32(void **state)
{
    (void)state;
    fal_h5_shape shape = {0};
    float *values = NULL;
    static const unsigned char halves[] = {0, 56, 0, 188, 0, 126}; /* 0.5, -1, NaN */
    static char bytes[256];
    const char *header = "{'descr': '<f2', 'fortran_order': False, 'shape': (3,), }";
    const char *path = make(1, header, 0);
    const size_t start = 10 + strlen(header);
    memcpy(bytes, "\x93NUMPY\x01\x00", 8);
    bytes[8] = (char)strlen(header);
    memcpy(bytes + 10, header, strlen(header));
    memcpy(bytes + start, halves, sizeof halves);
    assert_ok(fal_file_replace(path, bytes, start + sizeof halves));
    assert_ok(fal_npy_read(path, LIMIT, &shape, &values));
    assert_int_equal(shape.type, FAL_H5_FLOAT);
    assert_int_equal(shape.dims[0], 3);
    assert_true(values[0] == 0.5F && values[1] == -1.0F && isnan(values[2]));
    fal_free(values);
}

static fal_status parse(const char *type, const void *values, size_t bytes, fal_npy *array)
{
    static char file[256]; /* the array points into it */
    char header[128];
    const int length =
        snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (2,), }", type);
    memset(file, 0, sizeof file);
    memcpy(file, "\x93NUMPY\x01", 7);
    file[8] = (char)length;
    memcpy(file + 10, header, (size_t)length);
    memcpy(file + 10 + length, values, bytes);
    return fal_npy_parse("x.npy", file, 10 + (size_t)length + bytes, array);
}

static void values_of_every_type_are_read(void **state)
{
    (void)state;
    const struct {
        const char *type;
        unsigned char values[16];
        int width;
        double first, second;
    } cases[] = {
        {"|u1", {1, 255}, 1, 1, 255},
        {"|i1", {1, 255}, 1, 1, -1},
        {"|b1", {1, 0}, 1, 1, 0},
        {"<u2", {1, 0, 255, 255}, 2, 1, 65535},
        {"<i2", {0, 1, 255, 255}, 2, 256, -1},
        {"<u4", {0, 0, 0, 128, 255, 255, 255, 255}, 4, 2147483648.0, 4294967295.0},
        {"<i4", {0, 0, 0, 128, 255, 255, 255, 255}, 4, -2147483648.0, -1},
        {"<u8", {7}, 8, 7, 0},
        {"<i8", {255, 255, 255, 255, 255, 255, 255, 255, 3}, 8, -1, 3},
        {"<f2", {0, 56, 0, 188}, 2, 0.5, -1},
        {"<f2", {255, 123, 1, 0}, 2, 65504, 1.0 / 16777216},        /* the largest, the smallest above 0 */
        {"<f2", {255, 3, 0, 4}, 2, 1023.0 / 16777216, 1.0 / 16384}, /* on both sides of what has no leading 1 */
        {"<f2", {0, 252, 0, 128}, 2, -INFINITY, 0},
        {"<f4", {0, 0, 0, 63, 0, 0, 128, 191}, 4, 0.5, -1},
        {"<f8", {0, 0, 0, 0, 0, 0, 224, 63}, 8, 0.5, 0},
    };
    fal_npy array;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_ok(parse(cases[i].type, cases[i].values, 2 * (size_t)cases[i].width, &array));
        assert_int_equal(array.elements, 2);
        assert_int_equal(array.rank, 1);
        assert_true(fal_npy_value(&array, 0) == cases[i].first);
        assert_true(fal_npy_value(&array, 1) == cases[i].second);
        assert_fails(parse(cases[i].type, cases[i].values, 2 * (size_t)cases[i].width - 1, &array), FAL_ERR_INPUT,
                     "as many values");
    }
    const char *const others[] = {">i4", ">f2", "|f2", "<f1", "|S4", "<U3", "<i3", "|O",
                                  "<c8", "<M8", "|i2", "<u1", "<b1", "<i",  "<i16"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_fails(parse(others[i], cases[0].values, 8, &array), FAL_ERR_INPUT, "its type is none that we read");
    }
}

static void texts_are_read_as_utf8(void **state)
{
    (void)state;
    static const uint32_t characters[3][4] = {{'a', 'b', 0, 0}, {0xe9, 0x20ac, 0x1f600, 'z'}, {0}};
    unsigned char file[FAL_NPY_HEADER + sizeof characters];
    const size_t start = fal_npy_text_header(3, 4, file);
    char texts[4][16];
    int found = 0;
    for (int i = 0; i < 48; i++) {
        file[start + (size_t)i] = (unsigned char)(characters[i / 16][i / 4 % 4] >> (8 * (i % 4)));
    }
    assert_ok(fal_npy_texts("names", file, start + 48, texts[0], 16, 4, &found));
    assert_int_equal(found, 3);
    assert_string_equal(texts[0], "ab");
    assert_string_equal(texts[1], "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z");
    assert_string_equal(texts[2], "");
    assert_fails(fal_npy_texts("names", file, start + 48, texts[0], 16, 2, &found), FAL_ERR_INPUT, "at most 2");
    assert_fails(fal_npy_texts("names", file, start + 48, texts[0], 10, 4, &found), FAL_ERR_INPUT, "text 1 has more");
    for (size_t cut = 0; cut < start + 48; cut++) {
        assert_fails(fal_npy_texts("names", file, cut, texts[0], 16, 4, &found), FAL_ERR_INPUT, "names");
    }
    file[start + 1] = 0xd8; /* half of a pair */
    assert_fails(fal_npy_texts("names", file, start + 48, texts[0], 16, 4, &found), FAL_ERR_INPUT, "text 0");
    const size_t other = fal_npy_header(&(fal_h5_shape){FAL_H5_UINT8, 1, {48}}, file);
    assert_fails(fal_npy_texts("names", file, other + 48, texts[0], 16, 4, &found), FAL_ERR_INPUT, "row of texts");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_come_back),
        cmocka_unit_test(halves_are_read_as_float32),
        cmocka_unit_test(values_of_every_type_are_read),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(texts_are_read_as_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
