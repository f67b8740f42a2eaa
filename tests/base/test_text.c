/* Growing text, strict numbers, the nearest name. */
#include "support.h"

#include <math.h>
#include <string.h>

#include "fal/base/text.h"

static void text_grows(void **state)
{
    (void)state;
    fal_text text = {0};
    for (int i = 0; i < 1000; i++) {
        assert_ok(fal_text_add(&text, "%03d,", i));
    }
    assert_int_equal(text.length, 4000);
    assert_memory_equal(text.chars + 3996, "999,", 5);
    fal_text_clear(&text);
    assert_string_equal(text.chars, "");
    assert_ok(fal_text_add(&text, "%s", ""));
    assert_int_equal(text.length, 0);
    fal_text_destroy(&text);
    assert_null(text.chars);
}

static void whole_numbers_are_taken_as_a_whole(void **state)
{
    (void)state;
    int64_t value = 5;
    assert_true(fal_text_to_int(" -12 ", &value) && value == -12);
    assert_true(fal_text_to_int("9223372036854775807", &value) && value == INT64_MAX);
    const char *const bad[] = {"", " ", "1.5", "1x", "9223372036854775808", "0x10", "one", "1 2"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        value = 5;
        assert_false(fal_text_to_int(bad[i], &value));
        assert_int_equal(value, 5);
    }
}

static void real_numbers_are_taken_as_a_whole(void **state)
{
    (void)state;
    double value = 5;
    assert_true(fal_text_to_real("1e-5", &value) && value == 1e-5);
    assert_true(fal_text_to_real("inf", &value) && isinf(value));
    assert_true(fal_text_to_real("-0.25 ", &value) && value == -0.25);
    const char *const bad[] = {"", "nan", "1e999", "1,5", "x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(fal_text_to_real(bad[i], &value));
    }
}

static void copies_say_whether_they_fit(void **state)
{
    (void)state;
    char to[4];
    assert_true(fal_text_copy(to, sizeof to, "abc"));
    assert_string_equal(to, "abc");
    assert_false(fal_text_copy(to, sizeof to, "wxyz"));
    assert_string_equal(to, "wxy");
}

static void blanks_are_trimmed_at_both_ends(void **state)
{
    (void)state;
    char text[] = " \t a b \r\n";
    char blank[] = "  ";
    assert_string_equal(fal_text_trim(text), "a b");
    assert_string_equal(fal_text_trim(blank), "");
}

static void distance_counts_edits(void **state)
{
    (void)state;
    assert_int_equal(fal_text_distance("alpha", "alpha"), 0);
    assert_int_equal(fal_text_distance("alpha", "alhpa"), 1);
    assert_int_equal(fal_text_distance("", "abc"), 3);
    assert_int_equal(fal_text_distance("kitten", "sitting"), 3);
    char longer[200];
    memset(longer, 'a', sizeof longer);
    longer[199] = '\0';
    assert_int_equal(fal_text_distance(longer, ""), 64); /* names end at 64 characters */
}

static void the_nearest_name_is_found_if_it_is_near(void **state)
{
    (void)state;
    const char *const names[3] = {"al_rounds", "fl_rounds", "alpha"};
    assert_string_equal(fal_text_nearest("al_round", names, 3), "al_rounds");
    assert_string_equal(fal_text_nearest("lapha", names, 3), "alpha");
    assert_null(fal_text_nearest("momentum", names, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_grows),
        cmocka_unit_test(whole_numbers_are_taken_as_a_whole),
        cmocka_unit_test(real_numbers_are_taken_as_a_whole),
        cmocka_unit_test(copies_say_whether_they_fit),
        cmocka_unit_test(blanks_are_trimmed_at_both_ends),
        cmocka_unit_test(distance_counts_edits),
        cmocka_unit_test(the_nearest_name_is_found_if_it_is_near),
    };
    return cmocka_run_group_tests_name("base/text", tests, NULL, NULL);
}
