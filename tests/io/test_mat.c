/* MATLAB's files, version 5: every numeric class, both byte orders, packed or not; damage anywhere is refused.
 *
 * The files are written here as the format's description has them: tags of type and size, parts filled up to 8 bytes.
 */
#include "support.h"

#include <string.h>

#include <zlib.h>

#include "fal/base/memory.h"
#include "fal/io/file.h"
#include "fal/io/mat.h"

enum { LIMIT = 1 << 20, MOST = 4096, MATRIX = 14, COMPRESSED = 15 };

/* Numeric class, the type that its values are stored as, and their width. */
static const struct {
    unsigned class, type, width;
} kinds[] = {{6, 9, 8},  {7, 7, 4},  {8, 1, 1},  {9, 2, 1},   {10, 3, 2},
             {11, 4, 2}, {12, 5, 4}, {13, 6, 4}, {14, 12, 8}, {15, 13, 8}};
enum { KINDS = sizeof kinds / sizeof kinds[0], UINT8 = 3 };

typedef struct {
    unsigned char bytes[MOST];
    size_t count;
    bool big; /* byte order */
} buffer;

/** A number of `width` bytes in the buffer's order. */
static void put(buffer *to, uint64_t value, size_t width)
{
    for (size_t i = 0; i < width; i++) {
        const size_t byte = to->big ? width - 1 - i : i;
        to->bytes[to->count++] = (unsigned char)(value >> (8 * byte));
    }
}

static void put_tag(buffer *to, unsigned type, size_t size)
{
    put(to, type, 4);
    put(to, size, 4);
}

static void fill_up(buffer *to)
{
    while (to->count % 8 != 0) {
        to->bytes[to->count++] = 0;
    }
}

/** The bits of `value` as a number of this kind. */
static uint64_t bits_of(int kind, int value)
{
    uint64_t bits = (uint64_t)value;
    if (kinds[kind].class == 6) {
        const double real = value;
        memcpy(&bits, &real, sizeof real);
    } else if (kinds[kind].class == 7) {
        const float real = (float)value;
        uint32_t half = 0;
        memcpy(&half, &real, sizeof real);
        bits = half;
    }
    return bits;
}

/** x, 2 by 3, with values 5, 6, ..., 10. */
static void put_matrix(buffer *to, int kind)
{
    const size_t start = to->count + 8;
    put_tag(to, MATRIX, 0);
    put_tag(to, 6, 8); /* flags */
    put(to, kinds[kind].class, 4);
    put(to, 0, 4);
    put_tag(to, 5, 8); /* sizes */
    put(to, 2, 4);
    put(to, 3, 4);
    put_tag(to, 1, 1); /* name */
    put(to, 'x', 1);
    fill_up(to);
    put_tag(to, kinds[kind].type, 6 * kinds[kind].width);
    for (int i = 0; i < 6; i++) {
        put(to, bits_of(kind, 5 + i), kinds[kind].width);
    }
    fill_up(to);
    const size_t end = to->count;
    to->count = start - 4;
    put(to, end - start, 4);
    to->count = end;
}

static void put_head(buffer *to)
{
    memset(to->bytes, ' ', 124);
    memcpy(to->bytes, "MATLAB 5.0 MAT-file", 19);
    to->count = 124;
    put(to, 0x0100, 2);
    put(to, 'M' << 8 | 'I', 2);
}

static void make(buffer *to, int kind, bool big, bool packed)
{
    *to = (buffer){.big = big};
    put_head(to);
    if (!packed) {
        put_matrix(to, kind);
        return;
    }
    buffer plain = {.big = big};
    uLongf size = MOST - 200;
    put_matrix(&plain, kind);
    assert_int_equal(compress(to->bytes + to->count + 8, &size, plain.bytes, plain.count), Z_OK);
    put_tag(to, COMPRESSED, size);
    to->count += size;
}

static const char *stored(const buffer *file)
{
    const char *path = fal_test_temporary("x.mat");
    assert_ok(fal_file_replace(path, file->bytes, file->count));
    return path;
}

static void need_matio(void)
{
    if (!fal_mat_available()) {
        print_message("skipped: built without matio\n");
        skip();
    }
}

static void every_numeric_class_reads_back(void **state)
{
    (void)state;
    need_matio();
    for (int way = 0; way < 4 * KINDS; way++) {
        buffer file;
        fal_mat *mat = NULL;
        fal_mat_shape shape;
        double *numbers = NULL;
        make(&file, way / 4, way % 2 == 1, way / 2 % 2 == 1);
        assert_ok(fal_mat_open(stored(&file), LIMIT, &mat));
        assert_ok(fal_mat_read_numbers(mat, "x", &shape, &numbers));
        assert_int_equal(shape.rank, 2);
        assert_true(shape.dims[0] == 2 && shape.dims[1] == 3);
        for (int i = 0; i < 6; i++) {
            assert_true(numbers[i] == 5.0 + i);
        }
        fal_free(numbers);
        fal_mat_close(mat);
    }
}

static void bytes_are_class_uint8_and_nothing_else(void **state)
{
    (void)state;
    need_matio();
    for (int kind = 0; kind < KINDS; kind++) {
        buffer file;
        fal_mat *mat = NULL;
        fal_mat_shape shape;
        uint8_t *bytes = NULL;
        make(&file, kind, false, false);
        assert_ok(fal_mat_open(stored(&file), LIMIT, &mat));
        if (kind == UINT8) {
            assert_ok(fal_mat_read_bytes(mat, "x", &shape, &bytes));
            assert_memory_equal(bytes, "\5\6\7\10\11\12", 6);
            fal_free(bytes);
        } else {
            assert_fails(fal_mat_read_bytes(mat, "x", &shape, &bytes), FAL_ERR_INPUT, "x is no array of class uint8");
        }
        assert_fails(fal_mat_read_bytes(mat, "y", &shape, &bytes), FAL_ERR_INPUT, "holds no array y");
        fal_mat_close(mat);
    }
}

static void a_small_limit_is_kept(void **state)
{
    (void)state;
    need_matio();
    buffer file;
    fal_mat *mat = NULL;
    fal_mat_shape shape;
    double *numbers = NULL;
    make(&file, UINT8, false, false);
    assert_ok(fal_mat_open(stored(&file), 40, &mat)); /* 6 numbers take 48 bytes */
    assert_fails(fal_mat_read_numbers(mat, "x", &shape, &numbers), FAL_ERR_INPUT, "more values than");
    fal_mat_close(mat);
    make(&file, UINT8, false, true);
    assert_fails(fal_mat_open(stored(&file), 40, &mat), FAL_ERR_INPUT, "unpacks to more than");
}

static void a_file_cut_short_anywhere_is_refused(void **state)
{
    (void)state;
    need_matio();
    for (int packed = 0; packed < 2; packed++) {
        buffer file;
        fal_mat *mat = NULL;
        make(&file, 0, false, packed == 1);
        for (size_t whole = file.count, kept = 129; kept < whole; kept++) {
            file.count = kept;
            assert_fails(fal_mat_open(stored(&file), LIMIT, &mat), FAL_ERR_INPUT, "copy it again");
        }
        assert_null(mat);
    }
}

/** The byte at a distance from the matrix's tag becomes another. */
static void assert_refused_with(size_t at, unsigned char value, bool packed, const char *message)
{
    buffer file;
    fal_mat *mat = NULL;
    make(&file, 0, false, packed);
    file.bytes[128 + at] = value;
    assert_fails(fal_mat_open(stored(&file), LIMIT, &mat), FAL_ERR_INPUT, message);
}

static void parts_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    need_matio();
    assert_refused_with(0, 77, false, "an element of an unknown kind");
    assert_refused_with(5, 77, false, "is cut short");          /* size of the matrix */
    assert_refused_with(8, 5, false, "holds a damaged array");  /* type of the flags */
    assert_refused_with(12, 4, false, "holds a damaged array"); /* their size */
    assert_refused_with(16, 0, false, "holds a damaged array");
    for (int held = 1; held <= 3; held++) {
        assert_refused_with(16, (unsigned char)held, false, "holds a cell array, a structure");
    }
    assert_refused_with(16, 16, false, "holds a cell array, a structure"); /* a function */
    assert_refused_with(16, 17, false, "holds a cell array, a structure"); /* an object of another kind */
    assert_refused_with(24, 6, false, "holds a damaged array");            /* type of the sizes */
    assert_refused_with(28, 7, false, "holds a damaged array");            /* bytes of the sizes */
    assert_refused_with(35, 0x80, false, "holds a damaged array");         /* a negative size */
    assert_refused_with(36, 4, false, "holds a damaged array");            /* more values than are there */
    assert_refused_with(56, 8, false, "holds a damaged array");            /* no type of values */
    assert_refused_with(56, 100, false, "holds a damaged array");          /* none at all */
    assert_refused_with(60, 47, false, "holds a damaged array");           /* half a value */
    assert_refused_with(8, 0x79, true, "holds a damaged array");           /* not what zlib writes */
    assert_refused_with(30, 0xff, true, "holds a damaged array");          /* damaged within */
}

static void other_files_are_none_of_matlab(void **state)
{
    (void)state;
    fal_mat *mat = NULL;
    buffer file = {.count = 700};
    const char *path = fal_test_temporary("empty.mat");
    assert_fails(fal_mat_open(stored(&file), LIMIT, &mat), FAL_ERR_INPUT, "is no MATLAB file of version 5 or 7.3");
    assert_ok(fal_file_replace(path, "", 0));
    assert_fails(fal_mat_open(path, LIMIT, &mat), FAL_ERR_INPUT, "is empty");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_numeric_class_reads_back),
        cmocka_unit_test(bytes_are_class_uint8_and_nothing_else),
        cmocka_unit_test(a_small_limit_is_kept),
        cmocka_unit_test(a_file_cut_short_anywhere_is_refused),
        cmocka_unit_test(parts_that_do_not_fit_are_refused),
        cmocka_unit_test(other_files_are_none_of_matlab),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
