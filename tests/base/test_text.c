/* Growing text, strict numbers, the nearest name. */
#include "support.h"

#include <math.h>
#include <string.h>
#include <wchar.h>

#include "fal/base/text.h"

static void text_grows(void **state)
{
    (void)state;
    fal_text text = {0};
    for (int i = 0; i < 1000; i++) {
        fal_text_add(&text, "%03d,", i);
    }
    assert_int_equal(text.length, 4000);
    assert_memory_equal(text.chars + 3996, "999,", 5);
    fal_text_clear(&text);
    assert_string_equal(text.chars, "");
    fal_text_add(&text, "%s", "");
    assert_int_equal(text.length, 0);
    fal_text_destroy(&text);
    assert_null(text.chars);
}

static void errors_stick_until_the_text_is_cleared(void **state)
{
    (void)state;
    fal_text text = {0};
    fal_text_add(&text, "a");
    assert_ok(fal_text_status(&text));
    fal_text_add(&text, "%lc", (wint_t)0x7fffffff); /* no character: as good as no memory */
    fal_text_add(&text, "b");
    assert_fails(fal_text_status(&text), FAL_ERR_MEMORY, "no memory for a text");
    assert_string_equal(text.chars, "a");
    fal_text_clear(&text);
    fal_text_add(&text, "b");
    assert_ok(fal_text_status(&text));
    assert_string_equal(text.chars, "b");
    fal_text_destroy(&text);
}

static void endings_are_whole(void **state)
{
    (void)state;
    assert_true(fal_text_ends_with("a.h5", ".h5") && fal_text_ends_with(".h5", ".h5") && fal_text_ends_with("a", ""));
    assert_false(fal_text_ends_with("h5", ".h5") || fal_text_ends_with("a.h5x", ".h5") || fal_text_ends_with("", "."));
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
    assert_true(fal_text_to_real("+.5", &value) && value == 0.5);
    assert_true(fal_text_to_real("-INFINITY", &value) && isinf(value) && value < 0);
    assert_true(fal_text_to_real("-0.0", &value) && value == 0 && !signbit(value));
    const char *const bad[] = {"",       "nan",    "1e999", "1,5",      "x",   "0x10",
                               "-0x1p3", "nan(1)", "1.",    "infinite", "+-1", "1 2"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(fal_text_to_real(bad[i], &value), strcmp(bad[i], "1.") == 0);
    }
}

static void assert_shown(const char *text, const char *expected)
{
    char shown[64];
    assert_true(fal_text_copy(shown, sizeof shown, text));
    fal_text_make_printable(shown, false);
    assert_string_equal(shown, expected);
    assert_int_equal(fal_text_is_printable(text), strcmp(text, expected) == 0);
    assert_true(fal_text_is_printable(shown));
}

static void letters_of_all_scripts_are_printable(void **state)
{
    (void)state;
    static const char *const good[] = {"",
                                       "plain ~",
                                       "\xc3\xa9",
                                       "\xe4\xb8\xad\xe6\x96\x87",
                                       "\xd8\xb9\xd8\xb1",
                                       "\xf0\x9f\x98\x80",
                                       "\xc2\xa0",
                                       "\xe2\x82\xac",
                                       "\xef\xbf\xbd",
                                       "\xcc\x81"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_shown(good[i], good[i]);
    }
}

static void what_steers_a_terminal_is_not_printable(void **state)
{
    (void)state;
    assert_shown("a\x1b[31m\n\t\x7f", "a?[31m???");
    assert_shown("\xc2\x80\xc2\x9b\xc2\x9f", "???"); /* C1 as UTF-8 */
    assert_shown("a\x9b\x80z\xe9", "a??z?");         /* C1 and Latin-1 as bytes */
    assert_shown("\xe2\x80\xaa\xe2\x80\xae\xe2\x81\xa6\xe2\x81\xa9", "????");
    assert_shown("\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c", "???");
    assert_shown("\xe2\x80\x8b"
                 "a\xe2\x80\x8d\xef\xbb\xbf\xe2\x81\xa0",
                 "?a???");
    assert_shown("\xe2\x80\xa8\xe2\x80\xa9", "??");
    assert_shown("\xf3\xa0\x81\x81", "?"); /* a tag */
}

static void what_is_no_utf8_is_not_printable(void **state)
{
    (void)state;
    assert_shown("\xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xaf", "???"); /* longer forms of '/' */
    assert_shown("\xed\xa0\x80", "?");                           /* half a surrogate pair */
    assert_shown("\xf4\x90\x80\x80\xf5\x80\x80\x80\xff\xfe", "????");
    assert_shown("\xe4\xb8", "?"); /* cut short */
    assert_shown("\xe4\xb8"
                 "a\xc3",
                 "?a?");
}

static void lines_may_stay_lines(void **state)
{
    (void)state;
    char text[] = "a\tb\n\x1b[0m\r\n";
    fal_text_make_printable(text, true);
    assert_string_equal(text, "a\tb\n?[0m?\n");
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

static void suggestions_are_near_or_share_words(void **state)
{
    (void)state;
    static const char *const names[] = {"al_rounds", "fl_rounds", "batch_size", "lr", "lr_decay", "weight_decay"};
    static const struct {
        const char *wrong, *meant;
    } cases[] = {{"weigth_decay", "<weight_decay>"},
                 {"rounds", "<al_rounds> or <fl_rounds>"},
                 {"max-round", "<al_rounds> or <fl_rounds>"},
                 {"batch", "<batch_size>"},
                 {"lr_of_sgd", "<lr> or <lr_decay>"},
                 {"decay_of_the_weight", "<weight_decay>"}, /* more of its words */
                 {"ba", ""},
                 {"_", ""},
                 {"", ""}};
    char text[FAL_TEXT_SUGGESTION];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const bool any = fal_text_suggest(cases[i].wrong, names, 6, "<", ">", text);
        assert_string_equal(text, cases[i].meant);
        assert_int_equal(any, cases[i].meant[0] != '\0');
    }
    static const char *const many[] = {"site_first", "site_second", "site_third", "site_fourth", "site_fifth"};
    assert_false(fal_text_suggest("sites", many, 5, "", "", text)); /* says nothing */
    assert_true(fal_text_suggest("sites", many, 4, "", "", text));
    assert_string_equal(text, "site_first, site_second, site_third or site_fourth");
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

static void long_lines_are_broken_between_words(void **state)
{
    (void)state;
    fal_text text = {0};
    fal_text_wrap(
        &text, "one two three four\n\n    indented stays\nunbreakablelongword\n\xc3\xa4\xc3\xb6\xc3\xbc a\nfits it", 9);
    assert_string_equal(text.chars, "one two\nthree\nfour\n\n    indented\nstays\nunbreakablelongword\n"
                                    "\xc3\xa4\xc3\xb6\xc3\xbc a\nfits it");
    fal_text_clear(&text);
    fal_text_wrap(&text, "exactly 9\nand ten: x", 9);
    assert_string_equal(text.chars, "exactly 9\nand ten:\nx");
    fal_text_destroy(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_grows),
        cmocka_unit_test(errors_stick_until_the_text_is_cleared),
        cmocka_unit_test(endings_are_whole),
        cmocka_unit_test(whole_numbers_are_taken_as_a_whole),
        cmocka_unit_test(real_numbers_are_taken_as_a_whole),
        cmocka_unit_test(letters_of_all_scripts_are_printable),
        cmocka_unit_test(what_steers_a_terminal_is_not_printable),
        cmocka_unit_test(what_is_no_utf8_is_not_printable),
        cmocka_unit_test(lines_may_stay_lines),
        cmocka_unit_test(copies_say_whether_they_fit),
        cmocka_unit_test(blanks_are_trimmed_at_both_ends),
        cmocka_unit_test(distance_counts_edits),
        cmocka_unit_test(suggestions_are_near_or_share_words),
        cmocka_unit_test(the_nearest_name_is_found_if_it_is_near),
        cmocka_unit_test(long_lines_are_broken_between_words),
    };
    return cmocka_run_group_tests_name("base/text", tests, NULL, NULL);
}
