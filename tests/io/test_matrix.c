/* A matrix in a .npy or HDF5 file: rows come in order and as float32, whatever the windows; anything else is refused.
 */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include <sys/stat.h>
#include <unistd.h>

#include "fal/base/memory.h"
#include "fal/io/file.h"
#include "fal/io/h5.h"
#include "fal/io/matrix.h"
#include "fal/io/npy.h"

enum { ROWS = 7, WIDTH = 200000 }; /* several windows */

static double number(int64_t i) { return (double)(i % 8191) / 4.0 - 100.0; }

/* ROWS x width numbers of a type, in a file of each kind; "FILE.npy" or "FILE.h5:/a/z". */
static const char *make(const char *ending, fal_h5_type type, int64_t width)
{
    static char where[4200];
    const fal_h5_shape shape = {type, 2, {ROWS, width}};
    const size_t size = fal_h5_type_bytes(type);
    char *values = NULL;
    assert_ok(fal_alloc(&values, (size_t)(ROWS * width), size, "test"));
    for (int64_t i = 0; i < ROWS * width; i++) {
        const float narrow = (float)number(i);
        const double wide = number(i);
        memcpy(values + (size_t)i * size, type == FAL_H5_FLOAT ? (const void *)&narrow : (const void *)&wide, size);
    }
    (void)snprintf(where, sizeof where, "%s", fal_test_temporary(ending));
    if (strstr(ending, ".npy") != NULL) {
        assert_ok(fal_npy_write(where, &shape, values));
    } else {
        fal_h5 *file = NULL;
        assert_ok(fal_h5_create(&file));
        assert_ok(fal_h5_write(file, "/a/z", &shape, values, &(fal_h5_about){"test", "", "row,number", true}));
        assert_ok(fal_h5_save(file, where));
        fal_h5_close(file);
        (void)snprintf(where + strlen(where), sizeof where - strlen(where), ":/a/z");
    }
    fal_free(values);
    return where;
}

static int64_t next, calls;

static fal_status check_rows(void *context, float *values, int64_t first, int64_t count)
{
    const int64_t width = *(const int64_t *)context;
    assert_int_equal(first, next);
    for (int64_t i = 0; i < count * width; i++) {
        assert_true(values[i] == (float)number(first * width + i));
    }
    next += count;
    calls++;
    return FAL_OK;
}

static void rows_come_in_order_from_both_kinds_of_file(void **state)
{
    (void)state;
    static const char *const endings[] = {"m.npy", "m.h5"};
    static const int64_t widths[] = {1, 3, WIDTH};
    for (int f = 0; f < 2; f++) {
        for (int type = 0; type < 2; type++) {
            for (int w = 0; w < 3; w++) {
                const char *where = make(endings[f], type == 0 ? FAL_H5_FLOAT : FAL_H5_DOUBLE, widths[w]);
                fal_matrix *matrix = NULL;
                assert_true(fal_matrix_names(where));
                assert_ok(fal_matrix_open(where, &matrix));
                assert_int_equal(fal_matrix_rows(matrix), ROWS);
                assert_int_equal(fal_matrix_width(matrix), widths[w]);
                next = calls = 0;
                assert_ok(fal_matrix_visit(matrix, check_rows, (void *)(uintptr_t)&widths[w]));
                assert_int_equal(next, ROWS);
                assert_true(widths[w] < WIDTH ? calls == 1 : calls > 2);
                next = 0;
                assert_ok(fal_matrix_visit(matrix, check_rows, (void *)(uintptr_t)&widths[w])); /* once more */
                fal_matrix_close(matrix);
            }
        }
    }
    fal_matrix_close(NULL);
}

/* The caller's failure ends it. */
static fal_status refuse(void *context, float *values, int64_t first, int64_t count)
{
    (void)context;
    (void)values;
    (void)first;
    (void)count;
    return fal_fail(FAL_ERR_INPUT, "enough");
}

static void a_visit_ends_where_its_caller_ends_it_or_the_file(void **state)
{
    (void)state;
    fal_matrix *matrix = NULL;
    int64_t width = WIDTH;
    const char *where = make("m.npy", FAL_H5_FLOAT, WIDTH);
    assert_ok(fal_matrix_open(where, &matrix));
    assert_fails(fal_matrix_visit(matrix, refuse, NULL), FAL_ERR_INPUT, "enough");
    assert_int_equal(truncate(where, (ROWS - 1) * (off_t)WIDTH * 4), 0);
    next = 0;
    assert_fails(fal_matrix_visit(matrix, check_rows, &width), FAL_ERR_INPUT, "has become shorter");
    fal_matrix_close(matrix);
}

static void opens(const char *where, fal_status status, const char *message)
{
    fal_matrix *matrix = NULL;
    assert_fails(fal_matrix_open(where, &matrix), status, message);
    assert_null(matrix);
}

static void other_names_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"", "z", "z.csv", "z.npz", "z.h5", "z.h5:", ".npy.gz", "z.hdf5:/a"};
    char file[16];
    const char *array = NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_false(fal_matrix_names(names[i]));
        opens(names[i], FAL_ERR_USAGE, "must be FILE.npy");
    }
    assert_true(fal_h5_split("a/b.h5:/c:d", file, sizeof file, &array));
    assert_string_equal(file, "a/b.h5");
    assert_string_equal(array, "/c:d");
    assert_false(fal_h5_split("0123456789abc.h5:/z", file, sizeof file, &array)); /* too long for it */
}

static void what_is_no_matrix_is_refused(void **state)
{
    (void)state;
    static const struct {
        fal_h5_shape shape;
        const char *message;
    } bad[] = {
        {{FAL_H5_FLOAT, 1, {6}}, "real numbers with 1 axis: expected a row of real numbers per image"},
        {{FAL_H5_FLOAT, 3, {1, 2, 3}}, "real numbers with 3 axes"},
        {{FAL_H5_INT32, 2, {2, 3}}, "no real numbers with 2 axes"},
        {{FAL_H5_UINT8, 2, {2, 3}}, "no real numbers"},
    };
    const char *path = fal_test_temporary("bad.npy");
    const char zeros[64] = {0};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_ok(fal_npy_write(path, &bad[i].shape, zeros));
        opens(path, FAL_ERR_INPUT, bad[i].message);
    }
    assert_ok(fal_file_replace(path, "text", 4));
    opens(path, FAL_ERR_INPUT, "no .npy file");
    assert_ok(fal_npy_write(path, &(fal_h5_shape){FAL_H5_FLOAT, 2, {4, 4}}, zeros));
    assert_int_equal(truncate(path, 190), 0);
    opens(path, FAL_ERR_INPUT, "as many values");
    opens(fal_test_temporary("none.npy"), FAL_ERR_INPUT, "none.npy");
    const char *folder = fal_test_temporary("folder.npy");
    assert_int_equal(mkdir(folder, 0700), 0);
    opens(folder, FAL_ERR_INPUT, "is a folder");
    assert_int_equal(rmdir(folder), 0);
    const char *pipe = fal_test_temporary("pipe.npy");
    assert_int_equal(mkfifo(pipe, 0600), 0);
    opens(pipe, FAL_ERR_INPUT, "is not a regular file"); /* and does not wait for a writer */
    char where[4200];
    (void)snprintf(where, sizeof where, "%s", make("m.h5", FAL_H5_FLOAT, 3));
    (void)strcpy(strrchr(where, '/'), "/b");
    opens(where, FAL_ERR_INPUT, "/a/b is missing");
    (void)strcpy(strrchr(where, '/'), "");
    opens(where, FAL_ERR_INPUT, "/a is a group");
    assert_int_equal(fal_h5_open_objects(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_in_order_from_both_kinds_of_file),
        cmocka_unit_test(a_visit_ends_where_its_caller_ends_it_or_the_file),
        cmocka_unit_test(other_names_are_refused),
        cmocka_unit_test(what_is_no_matrix_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
