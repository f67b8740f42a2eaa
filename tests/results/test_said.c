/* Names that a picture of a query keeps, whatever stands around them, and what classes may be called. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/io/file.h"
#include "fal/results/said.h"

static const char classes[5][FAL_NAME_MAX] = {"cat", "3", "?", "a, b", " x"};

static void pictures_are_known_by_their_names(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t image; /* -1: none */
    } cases[] = {
        {"train_000123_5f3a9c1e.png", 123},
        {"images/train_000123_5f3a9c1e.png", 123},
        {"C:\\photos\\Copy of train_000123_5f3a9c1e (2).PNG", 123},
        {"/data/upload/1/ab12cd34-train_12345678_5f3a9c1e.png", 12345678},
        {"train_train_000123_5f3a9c1e.png", 123},
        {"train_000123_5f3a9c1e.png/other.png", -1},
        {"train_00123_5f3a9c1e.png", -1},
        {"train_000123_5F3A9C1E.png", -1},
        {"train_000123_5f3a9c1.png", -1},
        {"train_000123-5f3a9c1e.png", -1},
        {"train_9999999999999_5f3a9c1e.png", -1},
        {"train_", -1},
        {"", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t image = -1;
        char sha256[FAL_QUERY_DIGITS + 1];
        assert_int_equal(fal_said_find_image(cases[i].text, &image, sha256), cases[i].image >= 0);
        assert_int_equal(image, cases[i].image);
        if (image >= 0) {
            assert_string_equal(sha256, "5f3a9c1e");
        }
    }
}

/* Labels of a table with one row: the class, or the part of a message. */
static void names_come_before_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        int expected;
        const char *message;
    } cases[] = {
        {"cat", 0, NULL},
        {"3", 1, NULL}, /* a class is called so, though number 3 is another */
        {"4", 4, NULL},
        {"0", 0, NULL},
        {"?", 2, NULL}, /* likewise */
        {"can't tell", FAL_ANSWER_CANNOT_TELL, NULL},
        {"\"a, b\"", 3, NULL},
        {"\" x\"", 4, NULL},
        {"", FAL_ANSWER_NONE, NULL},
        {"Cat", FAL_ANSWER_NONE, "one.csv:2: label Cat: no class is called so: did you mean cat"},
        {"5", FAL_ANSWER_NONE, "one.csv:2: label 5: there is no such class: names, or numbers from 0 to 4"},
        {"-1", FAL_ANSWER_NONE, "label -1: there is no such class"},
        {"zebra", FAL_ANSWER_NONE, "label zebra: no class is called so"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256];
        fal_said_list list = {.classes = 5, .class_names = classes, .nobody = "somebody"};
        const char *path = fal_test_temporary("one.csv");
        const int length = snprintf(text, sizeof text, "label,file\n%s,train_000007_01234567.png\n", cases[i].label);
        assert_ok(fal_file_replace(path, text, (size_t)length));
        if (cases[i].message != NULL) {
            assert_fails(fal_said_read(&list, path), FAL_ERR_INPUT, cases[i].message);
        } else {
            assert_ok(fal_said_read(&list, path));
            assert_int_equal(list.count, cases[i].expected != FAL_ANSWER_NONE);
            assert_int_equal(list.open, cases[i].expected == FAL_ANSWER_NONE);
        }
        if (list.count > 0) {
            assert_int_equal(list.rows[0].label, cases[i].expected);
            assert_int_equal(list.rows[0].image, 7);
            assert_string_equal(list.annotators[list.rows[0].annotator], "somebody");
        }
        fal_said_destroy(&list);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_are_known_by_their_names),
        cmocka_unit_test(names_come_before_numbers),
    };
    return cmocka_run_group_tests_name("results/said", tests, NULL, NULL);
}
