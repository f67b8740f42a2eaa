/* Names of classes as names of folders and back; the order of classes. Whole imports:
 * tests/cli/fal_data_import_folder.sh.
 */
#include "support.h"

#include <string.h>

#include "data/import_folder_internal.h"

#include "fal/base/memory.h"
#include "fal/base/text.h"

static void any_name_survives_as_a_folder(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        {"cat", "cat"},
        {"T-shirt/top", "T-shirt%2Ftop"},
        {"Ankle boot", "Ankle boot"},
        {"..", "%2E%2E"},
        {".", "%2E"},
        {" a ", "%20a%20"},
        {"100%", "100%25"},
        {"%2F", "%252F"},
        {"train", "%74rain"},
        {"Unlabelled", "%55nlabelled"},
        {"trains", "trains"},
        {"__MACOSX", "%5F_MACOSX"},
        {"a:b*c?\"<>|\\", "a%3Ab%2Ac%3F%22%3C%3E%7C%5C"},
        {"\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9"},
        {"end.", "end%2E"},
        {"a.b", "a.b"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char folder[FAL_FOLDER_ESCAPED];
        fal_folder_escape(names[i][0], folder);
        assert_string_equal(folder, names[i][1]);
        fal_folder_unescape(folder);
        assert_string_equal(folder, names[i][0]);
    }
    char longest[FAL_NAME_MAX];
    char folder[FAL_FOLDER_ESCAPED];
    memset(longest, '/', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    fal_folder_escape(longest, folder);
    assert_int_equal(strlen(folder), 3 * (FAL_NAME_MAX - 1));
    char plain[] = "5%z %4 %00 %";
    fal_folder_unescape(plain);
    assert_string_equal(plain, "5%z %4 %00 %"); /* no such thing: stays */
}

static void names_are_numbered_once_and_ranked_by_bytes(void **state)
{
    (void)state;
    static const char *const words[] = {"b", "a", "b", "\xc3\xa4", "Z", "a"};
    static const int32_t expected[] = {2, 1, 3, 0}; /* Z a b ä */
    fal_folder_names names = {0};
    int32_t *place = NULL;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        int number = -1;
        assert_ok(fal_folder_names_take(&names, words[i], 4, "here", &number));
        assert_string_equal(names.items[number].name, words[i]);
    }
    assert_int_equal(names.count, 4);
    assert_ok(fal_folder_names_rank(&names, &place));
    assert_memory_equal(place, expected, sizeof expected);
    int number = -1;
    assert_fails(fal_folder_names_take(&names, "fifth", 4, "here", &number), FAL_ERR_INPUT,
                 "here: is one of more than 4");
    assert_fails(fal_folder_names_take(&names, "", 9, "here", &number), FAL_ERR_INPUT, "1 to 63 bytes");
    assert_fails(fal_folder_names_take(&names,
                                       "a\xe2\x80\xae"
                                       "b",
                                       9, "here", &number),
                 FAL_ERR_INPUT, "invisible");
    fal_free(place);
    fal_free(names.items);
}

static void folders_with_a_meaning_are_known_in_any_case(void **state)
{
    (void)state;
    assert_int_equal(fal_folder_place_of("Train"), FAL_FOLDER_TRAIN);
    assert_int_equal(fal_folder_place_of("TESTING"), FAL_FOLDER_TEST);
    assert_int_equal(fal_folder_place_of("val"), FAL_FOLDER_VALIDATION);
    assert_int_equal(fal_folder_place_of("trains"), FAL_FOLDER_PLACES);
    assert_true(fal_folder_is_unlabelled("Unlabeled"));
    assert_false(fal_folder_is_unlabelled("labelled"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(any_name_survives_as_a_folder),
                                       cmocka_unit_test(names_are_numbered_once_and_ranked_by_bytes),
                                       cmocka_unit_test(folders_with_a_meaning_are_known_in_any_case)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
