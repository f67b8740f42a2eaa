/* Curves as text: where letters stand, and that no line is ever too long or more than ASCII. */
#include "support.h"

#include <math.h>
#include <string.h>

#include "fal/plot/sketch.h"
#include "svg_text.h"

static void letters_stand_where_the_curves_are(void **state)
{
    (void)state;
    const double x[3] = {0, 10, 20};
    const double up[3] = {0, 14, 30};
    const double down[3] = {30, NAN, 0};
    const fal_sketch_series series[2] = {{"logo", 3, x, up}, {"random", 3, x, down}};
    const fal_sketch sketch = {"labelled", "accuracy", series, 2, 30, 4};
    fal_text text = {0};
    assert_ok(fal_sketch_text(&sketch, &text));
    assert_string_equal(text.chars, "    accuracy\n"
                                    "30 |b                     aaaa\n"
                                    "   |              aaaaaaaa\n"
                                    "   |     aaaaaaaaa\n"
                                    " 0 |aaaaa                    b\n"
                                    "   +--------------------------\n"
                                    "    0       labelled        20\n"
                                    "    a logo 30   b random 0\n");
    fal_text_destroy(&text);
}

static void where_curves_meet_there_is_a_star(void **state)
{
    (void)state;
    const double x[2] = {0, 1};
    const double y[2] = {1, 1};
    const fal_sketch_series series[3] = {{"a", 2, x, y}, {"b", 2, x, y}, {"none", 0, NULL, NULL}};
    const fal_sketch sketch = {"", "", series, 3, 0, 0};
    fal_text text = {0};
    assert_ok(fal_sketch_text(&sketch, &text));
    assert_int_equal(fal_test_occurrences(text.chars, "*"), FAL_SKETCH_WIDTH - 3 + 1);
    fal_test_text_has(text.chars, "a a 1   b b 1   c none -   * several\n");
    fal_text_destroy(&text);
}

static void check_lines(const fal_text *text, int width)
{
    int column = 0;
    for (const char *p = text->chars; *p != '\0'; p++) {
        assert_true(*p == '\n' || (*p >= ' ' && *p <= '~'));
        assert_false(*p == '\n' && p > text->chars && p[-1] == ' ');
        column = *p == '\n' ? 0 : column + 1;
        assert_true(column <= width);
    }
    assert_int_equal(text->chars[text->length - 1], '\n');
}

static void any_names_numbers_and_sizes_keep_to_the_width(void **state)
{
    (void)state;
    static const double wild[6] = {-1.7e308, NAN, 1.7e308, INFINITY, 5e-324, -3};
    enum { COUNT = 70 };
    fal_sketch_series series[COUNT];
    for (int s = 0; s < COUNT; s++) {
        series[s] = (fal_sketch_series){fal_test_hostile[s % FAL_TEST_HOSTILE], 1 + s % 6, wild, wild};
    }
    static const int widths[] = {0, 1, 30, 31, 79, 80, 1000};
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
        for (int height = 0; height <= 9; height += 3) {
            for (int count = 0; count <= COUNT; count += 35) {
                const char *name = fal_test_hostile[w % FAL_TEST_HOSTILE];
                const fal_sketch sketch = {name, name, series, count, widths[w], height};
                fal_text text = {0};
                assert_ok(fal_sketch_text(&sketch, &text));
                check_lines(&text, widths[w] == 0   ? FAL_SKETCH_WIDTH
                                   : widths[w] < 30 ? 30
                                   : widths[w] > 80 ? 80
                                                    : widths[w]);
                assert_null(strstr(text.chars, "nan"));
                assert_int_equal(fal_test_occurrences(text.chars, " |"), height == 0 || height == 3 ? 4
                                                                         : height > 8               ? 8
                                                                                                    : height);
                fal_text_destroy(&text);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_stand_where_the_curves_are),
        cmocka_unit_test(where_curves_meet_there_is_a_star),
        cmocka_unit_test(any_names_numbers_and_sizes_keep_to_the_width),
    };
    return cmocka_run_group_tests_name("plot/sketch", tests, NULL, NULL);
}
