/* Configuration files: names, values, comments, continuation, includes; messages with line numbers. */
#include "support.h"

#include <stdio.h>
#include <string.h>

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
    return fal_text_add(context, "%s=%s@%s;", name, value, strrchr(where, ':') + 1);
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

static void an_indented_line_continues_the_value(void **state)
{
    (void)state;
    assert_reads("a = 1,\n    2,\n\t3 # end\nb = 4\n", "a=1, 2, 3@1;b=4@4;");
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
        cmocka_unit_test(an_indented_line_continues_the_value),
        cmocka_unit_test(broken_lines_are_named),
        cmocka_unit_test(includes_are_relative_to_the_including_file),
        cmocka_unit_test(what_is_no_configuration_file_is_refused),
        cmocka_unit_test(a_refusal_of_the_visitor_ends_the_reading),
    };
    return cmocka_run_group_tests_name("base/ini", tests, NULL, NULL);
}
