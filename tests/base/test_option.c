/* Words of a command line: values, forgotten values, files that are none. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "fal/base/option.h"

static const char *value_of(char **argv, int argc, int expected_at)
{
    const char *value = NULL;
    int at = 1;
    assert_ok(fal_option_value(argc, argv, &at, &value));
    assert_int_equal(at, expected_at);
    return value;
}

static void values_follow_or_are_joined(void **state)
{
    (void)state;
    assert_string_equal(value_of((char *[]){"p", "--name", "x"}, 3, 2), "x");
    assert_string_equal(value_of((char *[]){"p", "--name=x", "y"}, 3, 1), "x");
    assert_string_equal(value_of((char *[]){"p", "--name=--x"}, 2, 1), "--x");
    assert_string_equal(value_of((char *[]){"p", "--name=a=b"}, 2, 1), "a=b");
    assert_string_equal(value_of((char *[]){"p", "--name="}, 2, 1), "");
    assert_string_equal(value_of((char *[]){"p", "--name", ""}, 3, 2), "");
    assert_string_equal(value_of((char *[]){"p", "-o", "a=b"}, 3, 2), "a=b");
}

static void numbers_below_zero_are_values(void **state)
{
    (void)state;
    static char *numbers[] = {"-1", "-0.5", "-.5", "-1e-3", "-inf", "-"};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        assert_string_equal(value_of((char *[]){"p", "--seed", numbers[i]}, 3, 2), numbers[i]);
    }
}

static void an_option_is_no_value(void **state)
{
    (void)state;
    static char *words[] = {"--dry-run", "--", "--1", "-o", "-np", "-x1", "-0x1"};
    const char *value = NULL;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char *argv[] = {"p", "--name", words[i], "x"};
        int at = 1;
        assert_fails(fal_option_value(4, argv, &at, &value), FAL_ERR_USAGE, "--name needs a value");
        assert_int_equal(at, 1);
        assert_fails(fal_option_value(2, argv, &at, &value), FAL_ERR_USAGE, "--name needs a value");
    }
    char *argv[] = {"p", "-o", "--csv"};
    assert_fails(fal_option_value(3, argv, &(int){1}, &value), FAL_ERR_USAGE, "write --output=--csv");
}

static void texts_are_not_empty(void **state)
{
    (void)state;
    const char *value = NULL;
    assert_fails(fal_option_text(3, (char *[]){"p", "--pool", ""}, &(int){1}, &value), FAL_ERR_USAGE,
                 "the value of --pool is empty");
    assert_fails(fal_option_text(2, (char *[]){"p", "--pool="}, &(int){1}, &value), FAL_ERR_USAGE,
                 "the value of --pool is empty");
    assert_ok(fal_option_text(2, (char *[]){"p", "--pool= "}, &(int){1}, &value));
}

static void names_are_matched_as_a_whole(void **state)
{
    (void)state;
    assert_true(fal_option_is("--array", "--array") && fal_option_is("--array=x", "--array"));
    assert_false(fal_option_is("--arrays", "--array") || fal_option_is("--arra", "--array"));
    assert_false(fal_option_is("-o=x", "-o"));
    assert_true(fal_option_asked(3, (char *[]){"p", "x", "--help"}, "--help"));
    assert_false(fal_option_asked(3, (char *[]){"p", "--", "--help"}, "--help"));
}

static void words_that_lost_their_dashes_are_no_files(void **state)
{
    (void)state;
    static const char *const names[] = {"alpha", "al_rounds"};
    assert_ok(fal_option_check_file("x.h5", names, 2));
    assert_ok(fal_option_check_file("./alpha=0.1", names, 2));
    assert_ok(fal_option_check_file("alphabet=1.h5", names, 2));
    assert_ok(fal_option_check_file("\xe4\xb8\xad.h5", names, 2));
    assert_fails(fal_option_check_file("alpha=0.1", names, 2), FAL_ERR_USAGE, "write that, or ./alpha=0.1");
    assert_fails(fal_option_check_file("al-rounds=2", names, 2), FAL_ERR_USAGE, "--al-rounds=2");
    assert_fails(fal_option_check_file("\xe2\x80\x93"
                                       "alpha",
                                       names, 2),
                 FAL_ERR_USAGE, "another dash");
    assert_fails(fal_option_check_file("\xe2\x88\x92"
                                       "1",
                                       names, 2),
                 FAL_ERR_USAGE, "another dash");
    assert_fails(fal_option_check_file("", names, 2), FAL_ERR_USAGE, "an argument is empty");
}

static void tildes_are_expanded_where_the_shell_left_them(void **state)
{
    (void)state;
    char *argv[] = {"~/p", "~/x.h5", "--output=~/y", "--array", "labels=~/z.npy", "--name", "a~/b", "~bob/x", "--o=~"};
    static const char *const expected[] = {"~/p",    "/h/x.h5", "--output=/h/y", "--array", "labels=/h/z.npy",
                                           "--name", "a~/b",    "~bob/x",        "--o=/h"};
    assert_int_equal(setenv("HOME", "/h", 1), 0);
    assert_ok(fal_option_expand(9, argv));
    for (int i = 0; i < 9; i++) {
        assert_string_equal(argv[i], expected[i]);
        if (i == 1 || i == 2 || i == 4 || i == 8) {
            free(argv[i]);
        }
    }
    assert_int_equal(unsetenv("HOME"), 0);
    assert_fails(fal_option_expand(2, (char *[]){"p", "--output=~/y"}), FAL_ERR_USAGE, "HOME is not set");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_follow_or_are_joined),
        cmocka_unit_test(numbers_below_zero_are_values),
        cmocka_unit_test(an_option_is_no_value),
        cmocka_unit_test(texts_are_not_empty),
        cmocka_unit_test(names_are_matched_as_a_whole),
        cmocka_unit_test(words_that_lost_their_dashes_are_no_files),
        cmocka_unit_test(tildes_are_expanded_where_the_shell_left_them),
    };
    return cmocka_run_group_tests_name("base/option", tests, NULL, NULL);
}
