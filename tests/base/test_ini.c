/* Configuration files: names, values, comments, continuation, includes; messages with line numbers. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include <sys/stat.h>
#include <unistd.h>

#include "fal/base/ini.h"
#include "fal/base/text.h"

static const char *write_text(const char *name, const char *text)
{
    const char *path = fal_test_temporary(name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
    return path;
}

/* Collects "name=value;" and the line number of each. */
static fal_status collect(void *context, const char *name, const char *value, const char *where)
{
    fal_text_add(context, "%s=%s@%s;", name, value, strrchr(where, ':') + 1);
    return fal_text_status(context);
}

static void assert_reads(const char *text, const char *expected)
{
    fal_text read = {0};
    assert_ok(fal_ini_read(write_text("job.ini", text), collect, &read));
    assert_string_equal(read.length > 0 ? read.chars : "", expected);
    fal_text_destroy(&read);
}

static void names_and_values_are_read_in_order(void **state)
{
    (void)state;
    assert_reads("", "");
    assert_reads("a = 1\n[section]\n\nb=two words \n", "a=1@1;b=two words@4;");
    assert_reads("a = 1", "a=1@1;");
    assert_reads("a = x = y\r\nb =\r\n", "a=x = y@1;b=@2;");
}

static void comments_start_at_a_line_or_after_a_blank(void **state)
{
    (void)state;
    assert_reads("# all\n; this\na = 1 # one\nb = x#y;z ; no\n", "a=1@3;b=x#y;z@4;");
}

static void a_deeper_line_continues_the_value(void **state)
{
    (void)state;
    assert_reads("a = 1,\n    2,\n\t3 # end\nb = 4\n", "a=1, 2, 3@1;b=4@4;");
    assert_reads("  a = 1,\n    2\n  b = 4\n", "a=1, 2@1;b=4@3;");
    assert_reads("a = 1,\n# note\n\n    2\n", "a=1, 2@1;");
}

static void only_a_deeper_line_continues_the_value(void **state)
{
    (void)state;
    /* An indented file: each line is a name of its own. */
    assert_reads("  output = res\n  lr = 0.1\n", "output=res@1;lr=0.1@2;");
    assert_reads("    a = 1\n  b = 2\n", "a=1@1;b=2@2;");
    assert_reads("\ta = 1\n        b = 2\n", "a=1@1;b=2@2;"); /* a tab is 8 columns */
    assert_reads("[x]\n  a = 1\n[y]\n    b = 2\n", "a=1@2;b=2@4;");
    assert_reads("  a = 1\r  b = 2\r", "a=1@1;b=2@2;");
}

static void refuses(const char *text, const char *part)
{
    fal_text read = {0};
    assert_fails(fal_ini_read(write_text("bad.ini", text), collect, &read), FAL_ERR_USAGE, part);
    fal_text_destroy(&read);
}

static void a_deeper_line_that_looks_like_a_name_is_refused(void **state)
{
    (void)state;
    refuses("output = res\n  lr = 0.1\n", "bad.ini:2: \"lr = 0.1\" is indented deeper than output in line 1");
    refuses("a = 1\n  [b]\n", "bad.ini:2: \"[b]\" is indented deeper");
    refuses("  a = 1\n\tinclude = x.ini\n", "bad.ini:2:");
    refuses("  a = 1,\n  2\n", "bad.ini:2: expected \"name = value\"");
}

static void the_ways_to_write_a_line_make_no_difference(void **state)
{
    (void)state;
    assert_reads("\xef\xbb\xbf"
                 "a = 1\nb = 2",
                 "a=1@1;b=2@2;");
    assert_reads("a = 1\rb = 2\r", "a=1@1;b=2@2;");
    assert_reads("a = 1\r\nb = 2\r\n", "a=1@1;b=2@2;");
    assert_reads("a = \xc3\xa9\xe4\xb8\xad\n", "a=\xc3\xa9\xe4\xb8\xad@1;");
    assert_reads("# caf\xe9 in Latin-1, only in a comment\na = 1\n", "a=1@2;");
}

static void what_is_no_text_is_refused(void **state)
{
    (void)state;
    refuses("\xff\xfe"
            "a",
            "UTF-16");
    refuses("a = \x1b[31m\n", "bad.ini:1: holds control characters");
    refuses("a = caf\xe9\n", "not UTF-8");
    refuses("a = \xc2\x9b\n", "control characters");
    refuses("a = \xe2\x80\xae\n", "control characters");
    const char *path = fal_test_temporary("nul.ini");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite("a = 1\0\n", 1, 7, file), 7);
    (void)fclose(file);
    fal_text read = {0};
    assert_fails(fal_ini_read(path, collect, &read), FAL_ERR_USAGE, "NUL bytes");
    fal_text_destroy(&read);
}

static void values_have_no_quotes(void **state)
{
    (void)state;
    refuses("output = \"my results\"\n", "bad.ini:1: output = \"my results\": values are written without quotes");
    refuses("a = 'x'\n", "without quotes");
    refuses("a = logo, \"random\"\n", "without quotes");
    assert_reads("a = it's\n", "a=it's@1;");
}

static void what_a_file_can_hold_is_known(void **state)
{
    static const char *const held[] = {"", "a b", "a#b", "it's", "0.1, 0.2", "=", "[x]", "a;b"};
    static const char *const others[] = {"#", "a #b", "a\t;b", ";", " a", "a ", "a\t", "\"a\"", "'a'"};
    char text[64];
    char expected[64];
    (void)state;
    for (size_t i = 0; i < sizeof held / sizeof held[0]; i++) {
        assert_true(fal_ini_holds(held[i]));
        (void)snprintf(text, sizeof text, "name = %s # said", held[i]);
        (void)snprintf(expected, sizeof expected, "name=%s@1;", held[i]);
        assert_reads(text, expected);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_false(fal_ini_holds(others[i]));
    }
}

static void a_name_stands_once_with_dashes_or_underscores(void **state)
{
    (void)state;
    refuses("al-rounds = 1\nal_rounds = 2\n", "bad.ini:2: al_rounds stands twice");
    refuses("x = 1\nal_rounds = 1\nal-rounds = 2\n", "bad.ini:3: al-rounds stands twice");
    assert_reads("al_rounds = 1\nfl_rounds = 2\n", "al_rounds=1@1;fl_rounds=2@2;");
}

/* Each must come back at once: nothing is opened that could block or never end. */
static void only_regular_files_of_a_sensible_size_are_read(void **state)
{
    (void)state;
    fal_text read = {0};
    const char *pipe = fal_test_temporary("pipe.ini");
    assert_int_equal(mkfifo(pipe, 0600), 0);
    assert_fails(fal_ini_read(pipe, collect, &read), FAL_ERR_USAGE, "not a regular file");
    assert_fails(fal_ini_read("/dev/zero", collect, &read), FAL_ERR_USAGE, "not a regular file");
    assert_fails(fal_ini_read("/tmp", collect, &read), FAL_ERR_USAGE, "is a folder");
    const char *huge = fal_test_temporary("huge.ini");
    FILE *file = fopen(huge, "w");
    assert_non_null(file);
    (void)fclose(file);
    assert_int_equal(truncate(huge, (off_t)1 << 31), 0);
    assert_fails(fal_ini_read(huge, collect, &read), FAL_ERR_USAGE, "more than the 1048576 that are allowed");
    fal_text_destroy(&read);
}

static void broken_lines_are_named(void **state)
{
    (void)state;
    fal_text read = {0};
    assert_fails(fal_ini_read(write_text("a.ini", "a = 1\nnonsense\n"), collect, &read), FAL_ERR_USAGE, "a.ini:2:");
    assert_fails(fal_ini_read(write_text("a.ini", "\n= 1\n"), collect, &read), FAL_ERR_USAGE, "a.ini:2:");
    assert_fails(fal_ini_read(write_text("a.ini", "[open\n"), collect, &read), FAL_ERR_USAGE, "a.ini:1:");
    assert_fails(fal_ini_read(write_text("a.ini", "a = 1\nb = 2\na = 3\n"), collect, &read), FAL_ERR_USAGE, "twice");
    assert_fails(fal_ini_read(fal_test_temporary("none.ini"), collect, &read), FAL_ERR_USAGE, "none.ini");
    fal_text_destroy(&read);
}

static void includes_are_relative_to_the_including_file(void **state)
{
    (void)state;
    (void)write_text("common.ini", "x = 1\n");
    assert_reads("a = 1\ninclude = common.ini\nb = 2\n", "a=1@1;x=1@1;b=2@3;");
    fal_text read = {0};
    const char *loop = write_text("loop.ini", "include = loop.ini\n");
    assert_fails(fal_ini_read(loop, collect, &read), FAL_ERR_USAGE, "deep");
    assert_fails(fal_ini_read(write_text("f.ini", "include = .\n"), collect, &read), FAL_ERR_USAGE, "is a folder");
    assert_fails(fal_ini_read(write_text("n.ini", "\ninclude =\n"), collect, &read), FAL_ERR_USAGE, "n.ini:2: include");
    fal_text_destroy(&read);
}

/* Three files, four levels, no cycle: 2 + 4 + 8 + ... without a bound on the number. */
static void includes_are_bounded_in_number(void **state)
{
    (void)state;
    char text[64];
    char name[16];
    for (int level = 7; level >= 0; level--) {
        (void)snprintf(name, sizeof name, "l%d.ini", level);
        (void)snprintf(text, sizeof text, level == 7 ? "a = 1\n" : "include = l%d.ini\ninclude = l%d.ini\n", level + 1,
                       level + 1);
        (void)write_text(name, text);
    }
    fal_text read = {0};
    assert_fails(fal_ini_read(fal_test_temporary("l0.ini"), collect, &read), FAL_ERR_USAGE, "more than 100 files");
    fal_text_clear(&read);
    assert_ok(fal_ini_read(fal_test_temporary("l4.ini"), collect, &read));
    assert_int_equal(read.length, 8 * strlen("a=1@1;"));
    fal_text_destroy(&read);
}

static void what_is_no_configuration_file_is_refused(void **state)
{
    (void)state;
    fal_text read = {0};
    const char *path = fal_test_temporary("big.ini");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 70000; i++) {
        (void)fputc('x', file);
    }
    (void)fclose(file);
    assert_fails(fal_ini_read(path, collect, &read), FAL_ERR_USAGE, "too long");
    fal_text_destroy(&read);
}

static fal_status refuse(void *context, const char *name, const char *value, const char *where)
{
    (void)context;
    (void)value;
    return fal_fail(FAL_ERR_USAGE, "%s: no %s here", where, name);
}

static void a_refusal_of_the_visitor_ends_the_reading(void **state)
{
    (void)state;
    assert_fails(fal_ini_read(write_text("v.ini", "\na = 1\nb = 2\n"), refuse, NULL), FAL_ERR_USAGE, "v.ini:2: no a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_values_are_read_in_order),
        cmocka_unit_test(comments_start_at_a_line_or_after_a_blank),
        cmocka_unit_test(a_deeper_line_continues_the_value),
        cmocka_unit_test(only_a_deeper_line_continues_the_value),
        cmocka_unit_test(a_deeper_line_that_looks_like_a_name_is_refused),
        cmocka_unit_test(the_ways_to_write_a_line_make_no_difference),
        cmocka_unit_test(what_is_no_text_is_refused),
        cmocka_unit_test(values_have_no_quotes),
        cmocka_unit_test(what_a_file_can_hold_is_known),
        cmocka_unit_test(a_name_stands_once_with_dashes_or_underscores),
        cmocka_unit_test(only_regular_files_of_a_sensible_size_are_read),
        cmocka_unit_test(broken_lines_are_named),
        cmocka_unit_test(includes_are_relative_to_the_including_file),
        cmocka_unit_test(includes_are_bounded_in_number),
        cmocka_unit_test(what_is_no_configuration_file_is_refused),
        cmocka_unit_test(a_refusal_of_the_visitor_ends_the_reading),
    };
    return cmocka_run_group_tests_name("base/ini", tests, NULL, NULL);
}
