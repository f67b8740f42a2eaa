/* Text tables: what people and spreadsheets write reads the same; what is ambiguous or broken is refused with its line.
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

#include "fal/base/text.h"
#include "fal/io/csv.h"

enum { LIMIT = 1 << 28 };

static const char *write_bytes(const char *name, const void *bytes, size_t count)
{
    const char *path = fal_test_temporary(name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    (void)fclose(file);
    return path;
}

static const char *write_text(const char *text) { return write_bytes("t.csv", text, strlen(text)); }

/* All rows as "line:field|field;". */
static fal_status read_all(const char *path, fal_text *read)
{
    fal_csv *csv = NULL;
    bool there = false;
    fal_status status = fal_csv_open(path, LIMIT, &csv);
    if (status == FAL_OK) {
        status = fal_csv_next(csv, &there);
    }
    while (status == FAL_OK && there) {
        fal_text_add(read, "%lld:", (long long)fal_csv_line(csv));
        for (int i = 0; i < fal_csv_fields(csv); i++) {
            fal_text_add(read, "%s%s", i > 0 ? "|" : "", fal_csv_field(csv, i));
        }
        fal_text_add(read, ";");
        status = fal_csv_next(csv, &there);
    }
    fal_csv_close(csv);
    return status;
}

static void assert_rows(const char *text, const char *expected)
{
    fal_text read = {0};
    assert_ok(read_all(write_text(text), &read));
    assert_string_equal(read.length > 0 ? read.chars : "", expected);
    fal_text_destroy(&read);
}

static void refuses(const char *text, const char *part)
{
    fal_text read = {0};
    assert_fails(read_all(write_text(text), &read), FAL_ERR_INPUT, part);
    fal_text_destroy(&read);
}

static void ends_of_lines_make_no_difference(void **state)
{
    (void)state;
    static const char *const texts[] = {"a,b\n1,2\n3,4\n",
                                        "a,b\r\n1,2\r\n3,4\r\n",
                                        "a,b\r1,2\r3,4\r",
                                        "a,b\n1,2\n3,4",
                                        "a,b\r\n1,2\n3,4\r",
                                        ("\xef\xbb\xbf"
                                         "a,b\n1,2\n3,4")};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_rows(texts[i], "1:a|b;2:1|2;3:3|4;");
    }
}

static void blanks_and_empty_rows_go(void **state)
{
    (void)state;
    assert_rows(" a ,\tb\t\n\n  \n 1 , 2 \n,,\n", "1:a|b;4:1|2;");
    assert_rows("", "");
    assert_rows("\n\r\n \t\n,\n\"\"\n", "");
    assert_rows("a,,c\n,,3", "1:a||c;2:||3;");
    assert_rows("a,b,\n", "1:a|b|;");
    assert_rows("a,b,", "1:a|b|;");
}

static void quotes_hold_anything(void **state)
{
    (void)state;
    assert_rows("\"a,b\",\"c \"\"d\"\"\", \" e \" \n", "1:a,b|c \"d\"| e ;");
    assert_rows("x,\"two\nlines\r\nand\rmore\",y\nz\n", "1:x|two\nlines\r\nand\rmore|y;5:z;");
    assert_rows("\"\",\"\"\"\",a\"b\n", "1:|\"|a\"b;");
    assert_rows("\"last\"", "1:last;");
}

static void broken_quotes_are_named_with_their_line(void **state)
{
    (void)state;
    refuses("a\nb,\"c\nd\n", "t.csv:2: a quote that begins on this line is not closed");
    refuses("a\n\"b\" c\n", "t.csv:2: text stands behind a closing quote");
    refuses("a\n\"b\nc\"d\n", "t.csv:3: text stands behind");
}

static void what_is_no_text_table_is_refused(void **state)
{
    (void)state;
    fal_text read = {0};
    assert_fails(read_all(write_bytes("n.csv", "a\0b", 3), &read), FAL_ERR_INPUT, "NUL bytes");
    assert_fails(read_all(write_bytes("u.csv",
                                      "\xff\xfe"
                                      "a\0",
                                      4),
                          &read),
                 FAL_ERR_INPUT, "UTF-16");
    assert_fails(read_all(write_bytes("v.csv", "\xfe\xff\0a", 4), &read), FAL_ERR_INPUT, "UTF-16");
    assert_fails(read_all(fal_test_temporary("none.csv"), &read), FAL_ERR_INPUT, "none.csv: cannot open");
    assert_fails(read_all("/tmp", &read), FAL_ERR_INPUT, "is a folder");
    const char *pipe = fal_test_temporary("pipe.csv");
    assert_int_equal(mkfifo(pipe, 0600), 0);
    assert_fails(read_all(pipe, &read), FAL_ERR_INPUT, "not a regular file");
    fal_csv *csv = NULL;
    assert_fails(fal_csv_open(write_text("0123456789"), 9, &csv), FAL_ERR_INPUT, "more than the 9 that are allowed");
    assert_null(csv);
    fal_text_destroy(&read);
}

static void columns_and_fields_are_bounded(void **state)
{
    (void)state;
    char *text = calloc(1, 4 * FAL_CSV_FIELD_MAX);
    fal_text read = {0};
    assert_non_null(text);
    memset(text, ',', FAL_CSV_COLUMNS_MAX - 1);
    text[0] = 'a';
    assert_ok(read_all(write_text(text), &read));
    memset(text, ',', FAL_CSV_COLUMNS_MAX);
    refuses(text, "more than 1024 columns");
    memset(text, 'x', FAL_CSV_FIELD_MAX - 1);
    assert_ok(read_all(write_text(text), &read));
    text[FAL_CSV_FIELD_MAX - 1] = 'x';
    refuses(text, "t.csv:1: a field of more than 65535 bytes");
    text[0] = '"';
    memset(text + FAL_CSV_FIELD_MAX, '\n', FAL_CSV_FIELD_MAX);
    refuses(text, "is a quote not closed?");
    free(text);
    fal_text_destroy(&read);
}

static fal_csv *open_with_header(const char *text)
{
    fal_csv *csv = NULL;
    assert_ok(fal_csv_open(write_text(text), LIMIT, &csv));
    assert_ok(fal_csv_read_header(csv));
    return csv;
}

static void columns_are_found_by_name(void **state)
{
    (void)state;
    int column = 0;
    fal_csv *csv = open_with_header("\n note, \"image\" ,class,class\nx,7,cat,dog\n");
    assert_ok(fal_csv_need(csv, "image", &column));
    assert_int_equal(column, 1);
    assert_ok(fal_csv_find(csv, "site", &column));
    assert_int_equal(column, -1);
    assert_fails(fal_csv_need(csv, "site", &column), FAL_ERR_INPUT,
                 "t.csv:2: the first line must name the column site, but holds \"note,image,class,class\"");
    assert_fails(fal_csv_need(csv, "Image", &column), FAL_ERR_INPUT, "the column Image");
    assert_fails(fal_csv_find(csv, "class", &column), FAL_ERR_INPUT, "t.csv:2: two columns are called class");
    fal_csv_close(csv);
    csv = open_with_header("image;client\n1;2\n");
    assert_fails(fal_csv_need(csv, "image", &column), FAL_ERR_INPUT, "columns are separated by commas");
    fal_csv_close(csv);
    assert_ok(fal_csv_open(write_text("\n,\n"), LIMIT, &csv));
    assert_fails(fal_csv_read_header(csv), FAL_ERR_INPUT, "is empty: its first line must name the columns");
    fal_csv_close(csv);
}

static void rows_may_be_short_but_not_long(void **state)
{
    (void)state;
    bool there = false;
    fal_csv *csv = open_with_header("file,class\na.png\nb.png,cat,,\nc.png,dog,brown\n");
    assert_ok(fal_csv_next(csv, &there));
    assert_true(there);
    assert_string_equal(fal_csv_field(csv, 0), "a.png");
    assert_string_equal(fal_csv_field(csv, 1), "");
    assert_string_equal(fal_csv_field(csv, 1000), "");
    assert_ok(fal_csv_next(csv, &there));
    assert_string_equal(fal_csv_field(csv, 1), "cat");
    assert_fails(fal_csv_next(csv, &there), FAL_ERR_INPUT, "t.csv:4: has 3 fields, but the first line has 2");
    fal_csv_close(csv);
}

static void numbers_are_checked_and_named(void **state)
{
    (void)state;
    bool there = false;
    int64_t value = 5;
    fal_csv *csv = open_with_header("image,client\n 7 ,\"-1\"\n8.5,\n");
    assert_ok(fal_csv_next(csv, &there));
    assert_ok(fal_csv_int(csv, 0, 0, 9, &value));
    assert_int_equal(value, 7);
    assert_ok(fal_csv_int(csv, 1, -1, 9, &value));
    assert_int_equal(value, -1);
    assert_fails(fal_csv_int(csv, 0, 0, 6, &value), FAL_ERR_INPUT,
                 "t.csv:2: image 7: must be a whole number from 0 to 6");
    assert_ok(fal_csv_next(csv, &there));
    assert_fails(fal_csv_int(csv, 0, 0, 9, &value), FAL_ERR_INPUT, "t.csv:3: image 8.5: must be");
    assert_fails(fal_csv_int(csv, 1, 0, 9, &value), FAL_ERR_INPUT, "t.csv:3: client is empty: must be");
    assert_fails(fal_csv_int(csv, 7, 0, 9, &value), FAL_ERR_INPUT, "the value is empty");
    assert_int_equal(value, -1);
    fal_csv_close(csv);
}

/* Fields stay valid while rows are read, so that a caller may keep pointers instead of copies. */
static void a_large_table_reads_in_one_pass(void **state)
{
    (void)state;
    enum { ROWS = 200000 };
    fal_text text = {0};
    const char **files = calloc(ROWS, sizeof *files);
    assert_non_null(files);
    fal_text_add(&text, "file,class,site\r\n");
    for (int i = 0; i < ROWS; i++) {
        fal_text_add(&text, i % 2 ? "%06d.png,cat,%d\r\n" : "\"%06d.png\" , \"a \"\"dog\"\"\",%d\r\n", i, i % 7);
    }
    fal_csv *csv = NULL;
    bool there = false;
    int rows = 0;
    assert_ok(fal_csv_open(write_bytes("large.csv", text.chars, text.length), LIMIT, &csv));
    assert_ok(fal_csv_read_header(csv));
    assert_int_equal(fal_csv_rows_left(csv), ROWS + 1); /* and what might stand behind the last end of line */
    assert_ok(fal_csv_next(csv, &there));
    for (; there; rows++) {
        int64_t site = -1;
        files[rows] = fal_csv_field(csv, 0);
        assert_string_equal(fal_csv_field(csv, 1), rows % 2 ? "cat" : "a \"dog\"");
        assert_ok(fal_csv_int(csv, 2, 0, 6, &site));
        assert_int_equal(site, rows % 7);
        assert_int_equal(fal_csv_line(csv), rows + 2);
        assert_ok(fal_csv_next(csv, &there));
    }
    assert_int_equal(rows, ROWS);
    for (int i = 0; i < ROWS; i += 999) {
        char name[32];
        (void)snprintf(name, sizeof name, "%06d.png", i);
        assert_string_equal(files[i], name);
    }
    fal_csv_close(csv);
    free(files);
    fal_text_destroy(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_of_lines_make_no_difference),
        cmocka_unit_test(blanks_and_empty_rows_go),
        cmocka_unit_test(quotes_hold_anything),
        cmocka_unit_test(broken_quotes_are_named_with_their_line),
        cmocka_unit_test(what_is_no_text_table_is_refused),
        cmocka_unit_test(columns_and_fields_are_bounded),
        cmocka_unit_test(columns_are_found_by_name),
        cmocka_unit_test(rows_may_be_short_but_not_long),
        cmocka_unit_test(numbers_are_checked_and_named),
        cmocka_unit_test(a_large_table_reads_in_one_pass),
    };
    return cmocka_run_group_tests_name("io/csv", tests, NULL, NULL);
}
