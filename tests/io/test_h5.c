/* What was written reads back; what is damaged or of another kind is refused with one message. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/io/file.h"
#include "fal/io/digest.h"
#include "fal/io/h5.h"

typedef struct {
    int64_t al_round;
    double accuracy;
    int32_t small;
} row;
static const fal_column columns[] = {
    {"al_round", FAL_COLUMN_INT64, offsetof(row, al_round), "", "AL round"},
    {"accuracy", FAL_COLUMN_REAL, offsetof(row, accuracy), "share", "test accuracy"},
    {"small", FAL_COLUMN_INT32, offsetof(row, small), "images", "a 32-bit column"},
};
static const fal_table_kind kind = {"/rounds", "One row per AL round", columns, 3, sizeof(row)};

/** A small file with an array, a table, a group and attributes of all kinds. */
static void write_example(const char *path)
{
    fal_h5 *file = NULL;
    fal_table table;
    const int16_t labels[6] = {0, 1, 2, -1, 300, -300};
    const fal_h5_shape shape = {FAL_H5_INT16, 2, {2, 3}};
    const fal_h5_about about = {"labels of a test", "class", "image,copy", true};
    const float mean[3] = {0.25F, 0.5F, 0.75F};
    const char *const names[] = {"cat", "a longer name",
                                 ("Gr\xc3\xbc\xc3\x9f"
                                  "e")};
    assert_ok(fal_h5_create(&file));
    assert_ok(fal_h5_set_text(file, "/", "fal_format", "results"));
    assert_ok(fal_h5_set_int(file, "/", "fal_version", 1));
    assert_ok(fal_h5_set_real(file, "/", "alpha", 0.1));
    assert_ok(fal_h5_set_real(file, "/", "alpha", 0.2)); /* replaces */
    assert_ok(fal_h5_set_floats(file, "/", "mean", mean, 3));
    assert_ok(fal_h5_set_texts(file, "/", "class_names", names, 3));
    assert_ok(fal_h5_set_text(file, "/", "nothing", ""));
    assert_ok(fal_h5_make_group(file, "/run/starts", "how it was run"));
    assert_ok(fal_h5_write(file, "/train/labels", &shape, labels, &about));
    fal_table_init(&table, &kind);
    for (int i = 0; i < 100; i++) {
        assert_ok(fal_table_add(&table, &(row){i + 1, i == 3 ? (double)NAN : i / 7.0, -i}));
    }
    assert_ok(fal_h5_write_table(file, &table));
    assert_ok(fal_h5_save(file, path));
    fal_table_destroy(&table);
    fal_h5_close(file);
}

static void arrays_read_back(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("example.h5");
    fal_h5 *file = NULL;
    fal_h5_shape shape;
    int16_t labels[6] = {0};
    int16_t *fresh = NULL;
    write_example(path);
    assert_ok(fal_h5_open(path, &file));
    assert_string_equal(fal_h5_name(file), path);
    assert_true(fal_h5_has(file, "/train"));
    assert_true(fal_h5_has(file, "train/labels"));
    assert_true(fal_h5_has(file, "/"));
    assert_false(fal_h5_has(file, "/train/images"));
    assert_false(fal_h5_has(file, "/nowhere/images"));
    assert_ok(fal_h5_shape_of(file, "/train/labels", &shape));
    assert_int_equal(shape.type, FAL_H5_INT16);
    assert_int_equal(shape.rank, 2);
    assert_int_equal(shape.dims[1], 3);
    assert_ok(fal_h5_read(file, "/train/labels", &(fal_h5_shape){FAL_H5_INT16, 2, {-1, 3}}, labels));
    assert_int_equal(labels[4], 300);
    assert_int_equal(labels[5], -300);
    assert_ok(fal_h5_read_rows(file, "/train/labels", &(fal_h5_shape){FAL_H5_INT16, 2, {-1, -1}}, 1, 1, labels));
    assert_int_equal(labels[0], -1);
    assert_ok(fal_h5_read_new(file, "/train/labels", &shape, 12, &fresh));
    assert_int_equal(fresh[4], 300);
    fal_free(fresh);
    fal_h5_close(file);
}

static void a_wrong_expectation_is_refused(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("example.h5");
    fal_h5 *file = NULL;
    fal_h5_shape shape;
    int32_t values[6];
    int16_t *fresh = NULL;
    write_example(path);
    assert_ok(fal_h5_open(path, &file));
    assert_fails(fal_h5_read(file, "/train/labels", &(fal_h5_shape){FAL_H5_INT32, 2, {2, 3}}, values), FAL_ERR_INPUT,
                 "/train/labels is int16 [2, 3], expected int32 [2, 3]");
    assert_fails(fal_h5_read(file, "/train/labels", &(fal_h5_shape){FAL_H5_INT16, 2, {-1, 4}}, values), FAL_ERR_INPUT,
                 "expected int16 [*, 4]");
    assert_fails(fal_h5_read(file, "/train/labels", &(fal_h5_shape){FAL_H5_INT16, 1, {6}}, values), FAL_ERR_INPUT,
                 "expected int16 [6]");
    assert_fails(fal_h5_read_rows(file, "/train/labels", &(fal_h5_shape){FAL_H5_INT16, 2, {-1, -1}}, 1, 2, values),
                 FAL_ERR_INPUT, "2 rows");
    assert_fails(fal_h5_read_new(file, "/train/labels", &shape, 11, &fresh), FAL_ERR_INPUT, "more than the 11 bytes");
    assert_fails(fal_h5_shape_of(file, "/rounds", &shape), FAL_ERR_INPUT, "type that is not read");
    assert_fails(fal_h5_shape_of(file, "/train", &shape), FAL_ERR_INPUT, "/train is a group");
    assert_fails(fal_h5_shape_of(file, "/gone", &shape), FAL_ERR_INPUT, "/gone is missing");
    fal_h5_close(file);
}

static void attributes_read_back(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("example.h5");
    fal_h5 *file = NULL;
    char text[64];
    char names[4][32];
    double alpha = 0;
    int64_t version = 0;
    float mean[3];
    int count = 0;
    write_example(path);
    assert_ok(fal_h5_open(path, &file));
    assert_ok(fal_h5_check_format(file, "results", 1));
    assert_ok(fal_h5_get_text(file, "/train/labels", "dimensions", text, sizeof text));
    assert_string_equal(text, "image,copy");
    assert_ok(fal_h5_get_text(file, "/", "nothing", text, sizeof text));
    assert_string_equal(text, "");
    assert_ok(fal_h5_get_real(file, "/", "alpha", &alpha));
    assert_true(alpha == 0.2);
    assert_ok(fal_h5_get_int(file, "/", "fal_version", &version));
    assert_int_equal(version, 1);
    assert_ok(fal_h5_get_floats(file, "/", "mean", mean, 3));
    assert_true(mean[2] == 0.75F);
    assert_ok(fal_h5_get_texts(file, "/", "class_names", names[0], sizeof names[0], 4, &count));
    assert_int_equal(count, 3);
    assert_string_equal(names[1], "a longer name");
    assert_string_equal(names[2], "Gr\xc3\xbc\xc3\x9f"
                                  "e");
    assert_true(fal_h5_has_attribute(file, "/run/starts", "description"));
    assert_false(fal_h5_has_attribute(file, "/run", "description"));
    assert_false(fal_h5_has_attribute(file, "/missing", "description"));
    fal_h5_close(file);
}

static void wrong_attributes_are_refused(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("example.h5");
    fal_h5 *file = NULL;
    char text[8];
    float mean[4];
    int64_t number = 0;
    int count = 0;
    write_example(path);
    assert_ok(fal_h5_open(path, &file));
    assert_fails(fal_h5_get_text(file, "/train/labels", "description", text, sizeof text), FAL_ERR_INPUT, "at most 7");
    assert_fails(fal_h5_get_text(file, "/", "fal_version", text, sizeof text), FAL_ERR_INPUT, "is not a text");
    assert_fails(fal_h5_get_text(file, "/", "absent", text, sizeof text), FAL_ERR_INPUT, "has no attribute absent");
    assert_fails(fal_h5_get_int(file, "/", "alpha", &number), FAL_ERR_INPUT, "not a whole number");
    assert_fails(fal_h5_get_int(file, "/", "mean", &number), FAL_ERR_INPUT, "not a whole number");
    assert_fails(fal_h5_get_floats(file, "/", "mean", mean, 4), FAL_ERR_INPUT, "has 3 values, expected 4");
    assert_fails(fal_h5_get_texts(file, "/", "class_names", text, 1, 2, &count), FAL_ERR_INPUT, "at most 2");
    assert_fails(fal_h5_check_format(file, "dataset", 1), FAL_ERR_INPUT, "is a results file, but a dataset file");
    assert_fails(fal_h5_check_format(file, "results", 0), FAL_ERR_INPUT, "written by a newer program");
    fal_h5_close(file);
}

static void tables_read_back_with_nan(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("example.h5");
    fal_h5 *file = NULL;
    fal_table table;
    write_example(path);
    fal_table_init(&table, &kind);
    assert_ok(fal_h5_open(path, &file));
    assert_ok(fal_h5_read_table(file, &table, 100));
    assert_ok(fal_h5_read_table(file, &table, 100)); /* appends */
    assert_int_equal(table.count, 200);
    const row *last = fal_table_row(&table, 99);
    assert_int_equal(last->al_round, 100);
    assert_int_equal(last->small, -99);
    assert_true(last->accuracy == 99 / 7.0);
    assert_true(isnan(((row *)fal_table_row(&table, 103))->accuracy));
    fal_table_destroy(&table);
    fal_table_init(&table, &kind);
    assert_fails(fal_h5_read_table(file, &table, 99), FAL_ERR_INPUT, "has 100 rows, at most 99");
    assert_int_equal(table.count, 0);
    fal_table_destroy(&table);
    fal_h5_close(file);
}

static void a_table_without_a_column_or_of_another_type_is_refused(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("example.h5");
    const fal_column more[] = {{"al_round", FAL_COLUMN_INT64, 0, "", ""}, {"gone", FAL_COLUMN_INT64, 8, "", ""}};
    const fal_column other[] = {{"accuracy", FAL_COLUMN_INT64, 0, "", ""}};
    const fal_table_kind kinds[] = {{"/rounds", "", more, 2, 16},
                                    {"/rounds", "", other, 1, 8},
                                    {"/train/labels", "", other, 1, 8},
                                    {"/none", "", other, 1, 8}};
    const char *const messages[] = {"has no column gone", "column accuracy of table /rounds is not int64",
                                    "/train/labels is not a table", "/none is missing"};
    fal_h5 *file = NULL;
    write_example(path);
    assert_ok(fal_h5_open(path, &file));
    for (int i = 0; i < 4; i++) {
        fal_table table;
        fal_table_init(&table, &kinds[i]);
        assert_fails(fal_h5_read_table(file, &table, 1000), FAL_ERR_INPUT, messages[i]);
        fal_table_destroy(&table);
    }
    fal_h5_close(file);
}

static void an_empty_table_and_an_empty_array_read_back(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("empty.h5");
    const fal_h5_shape shape = {FAL_H5_DOUBLE, 2, {0, 5}};
    fal_h5 *file = NULL;
    fal_table table;
    fal_h5_shape found;
    double *values = NULL;
    fal_table_init(&table, &kind);
    assert_ok(fal_h5_create(&file));
    assert_ok(fal_h5_write_table(file, &table));
    assert_ok(fal_h5_write(file, "/none", &shape, NULL, NULL));
    assert_ok(fal_h5_save(file, path));
    fal_h5_close(file);
    assert_ok(fal_h5_open(path, &file));
    assert_ok(fal_h5_read_table(file, &table, 0));
    assert_int_equal(table.count, 0);
    assert_ok(fal_h5_read_new(file, "/none", &found, 0, &values));
    assert_int_equal(found.dims[0], 0);
    assert_int_equal(found.dims[1], 5);
    fal_free(values);
    fal_table_destroy(&table);
    fal_h5_close(file);
}

static fal_status collect(void *context, const char *name, bool is_group)
{
    (void)strcat(context, name);
    (void)strcat(context, is_group ? "/ " : " ");
    return FAL_OK;
}

static fal_status refuse(void *context, const char *name, bool is_group)
{
    (void)context;
    (void)is_group;
    return fal_fail(FAL_ERR_USAGE, "no %s", name);
}

static void groups_are_listed_in_name_order(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("example.h5");
    fal_h5 *file = NULL;
    char names[256] = "";
    write_example(path);
    assert_ok(fal_h5_open(path, &file));
    assert_ok(fal_h5_visit(file, "/", collect, names));
    assert_string_equal(names, "rounds run/ train/ ");
    assert_fails(fal_h5_visit(file, "/", refuse, NULL), FAL_ERR_USAGE, "no rounds");
    assert_fails(fal_h5_visit(file, "/rounds", collect, names), FAL_ERR_INPUT, "is an array, expected a group");
    fal_h5_close(file);
}

static void two_files_can_be_built_at_once_and_the_same_content_gives_the_same_bytes(void **state)
{
    (void)state;
    fal_h5 *a = NULL;
    fal_h5 *b = NULL;
    char sha_a[65];
    char sha_b[65];
    assert_ok(fal_h5_create(&a));
    assert_ok(fal_h5_create(&b));
    assert_ok(fal_h5_set_text(a, "/", "which", "a"));
    assert_ok(fal_h5_set_text(b, "/", "which", "b"));
    assert_ok(fal_h5_save(a, fal_test_temporary("a.h5")));
    assert_ok(fal_h5_save(b, fal_test_temporary("b.h5")));
    fal_h5_close(a);
    fal_h5_close(b);
    assert_ok(fal_file_sha256(fal_test_temporary("a.h5"), sha_a));
    assert_ok(fal_file_sha256(fal_test_temporary("b.h5"), sha_b));
    assert_string_not_equal(sha_a, sha_b);
    write_example(fal_test_temporary("one.h5"));
    write_example(fal_test_temporary("two.h5"));
    assert_ok(fal_file_sha256(fal_test_temporary("one.h5"), sha_a));
    assert_ok(fal_file_sha256(fal_test_temporary("two.h5"), sha_b));
    assert_string_equal(sha_a, sha_b);
}

static void what_is_no_hdf5_file_gets_one_clear_message(void **state)
{
    (void)state;
    fal_h5 *file = NULL;
    assert_ok(fal_file_replace(fal_test_temporary("text.h5"), "hello, this is text\n", 20));
    assert_ok(fal_file_replace(fal_test_temporary("nothing.h5"), "", 0));
    assert_fails(fal_h5_open(fal_test_temporary("missing.h5"), &file), FAL_ERR_INPUT,
                 "missing.h5: cannot open: No such");
    assert_fails(fal_h5_open(fal_test_temporary("."), &file), FAL_ERR_INPUT, "is a folder");
    assert_fails(fal_h5_open(fal_test_temporary("text.h5"), &file), FAL_ERR_INPUT, "text.h5: is no HDF5 file");
    assert_fails(fal_h5_open(fal_test_temporary("nothing.h5"), &file), FAL_ERR_INPUT, "is empty");
    assert_null(file);
}

/** Everything of the example, as far as it can be read; FAL_OK or FAL_ERR_INPUT, never a crash. */
static void read_as_far_as_possible(const char *path)
{
    fal_h5 *file = NULL;
    fal_h5_shape shape;
    int16_t *labels = NULL;
    char names[256] = "";
    char text[256];
    fal_table table;
    fal_status_clear();
    if (fal_h5_open(path, &file) == FAL_OK) {
        fal_table_init(&table, &kind);
        fal_status_clear();
        const fal_status statuses[] = {fal_h5_visit(file, "/", collect, names),
                                       fal_h5_read_new(file, "/train/labels", &shape, 1 << 20, &labels),
                                       fal_h5_read_table(file, &table, 1000),
                                       fal_h5_get_text(file, "/train/labels", "description", text, sizeof text)};
        for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
            assert_true(statuses[i] == FAL_OK || statuses[i] == FAL_ERR_INPUT);
        }
        fal_table_destroy(&table);
        fal_free(labels);
        fal_h5_close(file);
    } else {
        assert_string_not_equal(fal_status_message(), "");
    }
    fal_status_clear();
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("whole.h5");
    char *bytes = NULL;
    size_t count = 0;
    write_example(path);
    assert_ok(fal_file_read(path, 1 << 24, &bytes, &count));
    for (size_t kept = 1; kept < count; kept = kept < 64 ? kept + 7 : kept + count / 40) {
        fal_h5 *file = NULL;
        assert_ok(fal_file_replace(fal_test_temporary("cut.h5"), bytes, kept));
        assert_fails(fal_h5_open(fal_test_temporary("cut.h5"), &file), FAL_ERR_INPUT, "cut.h5: is ");
    }
    fal_free(bytes);
}

static void a_file_with_bytes_turned_over_never_crashes_the_reader(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("whole.h5");
    char *bytes = NULL;
    size_t count = 0;
    write_example(path);
    assert_ok(fal_file_read(path, 1 << 24, &bytes, &count));
    /* The metadata are in the first part; every 13th byte keeps the test under a second. */
    for (size_t at = 8; at < count && at < 8192; at += 13) {
        bytes[at] = (char)(bytes[at] ^ 0x5a);
        assert_ok(fal_file_replace(fal_test_temporary("bad.h5"), bytes, count));
        read_as_far_as_possible(fal_test_temporary("bad.h5"));
        bytes[at] = (char)(bytes[at] ^ 0x5a);
    }
    fal_free(bytes);
}

static void damaged_data_are_noticed_by_their_checksum(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("sums.h5");
    const fal_h5_shape shape = {FAL_H5_INT64, 1, {1000}};
    int64_t values[1000];
    fal_h5 *file = NULL;
    char *bytes = NULL;
    size_t count = 0;
    for (int i = 0; i < 1000; i++) {
        values[i] = 0x0102030405060708 + i;
    }
    assert_ok(fal_h5_create(&file));
    assert_ok(fal_h5_write(file, "/v", &shape, values, NULL));
    assert_ok(fal_h5_save(file, path));
    fal_h5_close(file);
    assert_ok(fal_file_read(path, 1 << 24, &bytes, &count));
    unsigned char *found = memmem(bytes, count, &values[500], sizeof values[500]);
    assert_non_null(found);
    *found ^= 1;
    assert_ok(fal_file_replace(path, bytes, count));
    assert_ok(fal_h5_open(path, &file));
    assert_fails(fal_h5_read(file, "/v", &shape, values), FAL_ERR_INPUT, "damaged");
    fal_h5_close(file);
    fal_free(bytes);
}

/* HDF5 1.10 reads such a column from whatever lies behind the row, and may crash. */
static void a_column_outside_its_row_is_refused(void **state)
{
    (void)state;
    static const unsigned char stored[20] = "accuracy\0\0\0\0\0\0\0\0\10"; /* name, padded, and its place in the row */
    const char *path = fal_test_temporary("columns.h5");
    char digest[65];
    fal_h5 *file = NULL;
    fal_table table;
    char *bytes = NULL;
    size_t count = 0;
    write_example(path);
    assert_ok(fal_file_read(path, 1 << 24, &bytes, &count));
    unsigned char *found = memmem(bytes, count, stored, sizeof stored);
    assert_non_null(found);
    found[17] ^= 0x10; /* 4096 bytes further */
    assert_ok(fal_file_replace(path, bytes, count));
    fal_free(bytes);
    fal_table_init(&table, &kind);
    assert_ok(fal_h5_open(path, &file));
    /* Newer versions of HDF5 refuse it themselves, in their own words. */
    assert_fails(fal_h5_read_table(file, &table, 1000), FAL_ERR_INPUT, "/rounds");
    fal_h5_close(file);
    assert_fails(fal_digest_file(path, digest), FAL_ERR_INPUT, "/rounds");
}

static fal_status collect_kind(void *context, const char *name)
{
    fal_h5_kind of = FAL_H5_ATTRIBUTE_OTHER;
    fal_h5 *file = NULL;
    char *list = context;
    assert_ok(fal_h5_open(fal_test_temporary("example.h5"), &file));
    assert_ok(fal_h5_attribute_kind(file, "/", name, &of));
    fal_h5_close(file);
    (void)snprintf(list + strlen(list), 200 - strlen(list), "%s %d ", name, (int)of);
    return strcmp(name, "fal_version") == 0 ? fal_fail(FAL_ERR_INPUT, "enough") : FAL_OK;
}

static void attributes_are_listed_in_name_order(void **state)
{
    (void)state;
    const char *path = fal_test_temporary("example.h5");
    char list[200] = "";
    fal_h5 *file = NULL;
    write_example(path);
    assert_ok(fal_h5_open(path, &file));
    assert_fails(fal_h5_visit_attributes(file, "/", collect_kind, list), FAL_ERR_INPUT, "enough");
    assert_string_equal(list, "alpha 2 class_names 3 fal_format 0 fal_version 1 ");
    assert_fails(fal_h5_visit_attributes(file, "/gone", collect_kind, list), FAL_ERR_INPUT, "/gone is missing");
    fal_h5_close(file);
}

static void nothing_stays_open_after_success_and_failure(void **state)
{
    (void)state;
    fal_h5 *file = NULL;
    char *bytes = NULL;
    size_t count = 0;
    write_example(fal_test_temporary("whole.h5")); /* HDF5 makes objects of its own at first use */
    read_as_far_as_possible(fal_test_temporary("whole.h5"));
    const int64_t before = fal_h5_open_objects();
    write_example(fal_test_temporary("whole.h5"));
    read_as_far_as_possible(fal_test_temporary("whole.h5"));
    assert_int_equal(fal_h5_open_objects(), before);
    assert_ok(fal_file_read(fal_test_temporary("whole.h5"), 1 << 24, &bytes, &count));
    assert_ok(fal_file_replace(fal_test_temporary("half.h5"), bytes, count / 2));
    fal_free(bytes);
    assert_fails(fal_h5_open(fal_test_temporary("half.h5"), &file), FAL_ERR_INPUT, "truncated");
    a_wrong_expectation_is_refused(NULL);
    wrong_attributes_are_refused(NULL);
    a_table_without_a_column_or_of_another_type_is_refused(NULL);
    groups_are_listed_in_name_order(NULL);
    damaged_data_are_noticed_by_their_checksum(NULL);
    a_column_outside_its_row_is_refused(NULL);
    attributes_are_listed_in_name_order(NULL);
    assert_int_equal(fal_h5_open_objects(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_read_back),
        cmocka_unit_test(a_wrong_expectation_is_refused),
        cmocka_unit_test(attributes_read_back),
        cmocka_unit_test(wrong_attributes_are_refused),
        cmocka_unit_test(tables_read_back_with_nan),
        cmocka_unit_test(a_table_without_a_column_or_of_another_type_is_refused),
        cmocka_unit_test(an_empty_table_and_an_empty_array_read_back),
        cmocka_unit_test(groups_are_listed_in_name_order),
        cmocka_unit_test(two_files_can_be_built_at_once_and_the_same_content_gives_the_same_bytes),
        cmocka_unit_test(what_is_no_hdf5_file_gets_one_clear_message),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
        cmocka_unit_test(a_file_with_bytes_turned_over_never_crashes_the_reader),
        cmocka_unit_test(damaged_data_are_noticed_by_their_checksum),
        cmocka_unit_test(a_column_outside_its_row_is_refused),
        cmocka_unit_test(attributes_are_listed_in_name_order),
        cmocka_unit_test(nothing_stays_open_after_success_and_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
