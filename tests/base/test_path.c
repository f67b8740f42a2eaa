/* Paths in their one form. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "fal/base/path.h"

static void assert_clean(const char *given, const char *expected)
{
    char path[256];
    assert_ok(fal_path_clean(given, path, sizeof path));
    assert_string_equal(path, expected);
}

static void paths_that_mean_the_same_are_the_same(void **state)
{
    (void)state;
    assert_clean("a.csv", "a.csv");
    assert_clean("./a.csv", "a.csv");
    assert_clean("x//y/./z/", "x/y/z");
    assert_clean("//x", "/x");
    assert_clean("/", "/");
    assert_clean(".", ".");
    assert_clean("./", ".");
    assert_clean("", "");
    assert_clean("...", "...");
}

/* A link may lead elsewhere: x/../y is not always y. */
static void parents_stay(void **state)
{
    (void)state;
    assert_clean("../x", "../x");
    assert_clean("x/../y", "x/../y");
}

static void a_leading_tilde_is_the_home_folder(void **state)
{
    (void)state;
    assert_int_equal(setenv("HOME", "/home/me/", 1), 0);
    assert_clean("~/x", "/home/me/x");
    assert_clean("~", "/home/me");
    assert_clean("~//x/", "/home/me/x");
    assert_clean("x~/y", "x~/y");
    assert_clean("./~x", "./~x");
    assert_clean("././~/x", "./~/x");
}

static void other_tildes_are_refused(void **state)
{
    (void)state;
    char path[256];
    assert_fails(fal_path_clean("~bob/x", path, sizeof path), FAL_ERR_USAGE, "./~bob/x");
    assert_fails(fal_path_clean("~x.h5", path, sizeof path), FAL_ERR_USAGE, "only ~/ is known");
    assert_int_equal(unsetenv("HOME"), 0);
    assert_fails(fal_path_clean("~/x", path, sizeof path), FAL_ERR_USAGE, "HOME is not set");
    assert_int_equal(setenv("HOME", "", 1), 0);
    assert_fails(fal_path_clean("~", path, sizeof path), FAL_ERR_USAGE, "HOME is not set");
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    char path[16];
    assert_ok(fal_path_clean("1234567890123", path, sizeof path));
    assert_string_equal(path, "1234567890123");
    assert_fails(fal_path_clean("12345678901234", path, sizeof path), FAL_ERR_USAGE, "more than 13 characters");
    assert_int_equal(setenv("HOME", "/home/me", 1), 0);
    assert_fails(fal_path_clean("~/123456", path, sizeof path), FAL_ERR_USAGE, "more than 13 characters");
}

static void the_base_stands_behind_the_last_slash(void **state)
{
    (void)state;
    assert_string_equal(fal_path_base("a.csv"), "a.csv");
    assert_string_equal(fal_path_base("/x/y/a.csv"), "a.csv");
    assert_string_equal(fal_path_base("x/"), "");
    assert_string_equal(fal_path_base(""), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_that_mean_the_same_are_the_same),
        cmocka_unit_test(parents_stay),
        cmocka_unit_test(a_leading_tilde_is_the_home_folder),
        cmocka_unit_test(other_tildes_are_refused),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(the_base_stands_behind_the_last_slash),
    };
    return cmocka_run_group_tests_name("base/path", tests, NULL, NULL);
}
