/* The critical-difference diagram: who is joined with whom, and that nothing lies on another. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/plot/critical.h"
#include "svg_text.h"

/* The five classifiers of a textbook case: with a difference of 1.5, {a b c}, {b c d} and {d e} are joined. */
static const fal_critical_item items[5] = {{"d", 3, 3.3}, {"a", 0, 1.2}, {"e", 4, 4.7}, {"b", 1, 2.0}, {"c", 2, 2.5}};

static double x_of(const fal_text *svg, double rank)
{
    const double left = fal_test_svg_number(svg->chars, "<svg", "data-px0");
    return left + (rank - 1) / 4 * 400;
}

static void joined_are(const fal_text *svg, const double (*ends)[2], int count)
{
    assert_int_equal(fal_test_occurrences(svg->chars, "class=\"joined\""), count);
    const char *at = svg->chars;
    for (int i = 0; i < count; i++) {
        char from[48];
        char to[48];
        at = strstr(at + 1, "<path class=\"joined\"");
        (void)snprintf(from, sizeof from, "<path class=\"joined\" d=\"M%.1f ", x_of(svg, ends[i][0]));
        (void)snprintf(to, sizeof to, "H%.1f\"/>", x_of(svg, ends[i][1]));
        assert_memory_equal(at, from, strlen(from));
        assert_true(strncmp(strchr(at, 'H'), to, strlen(to)) == 0);
    }
}

static void neighbours_within_the_difference_are_joined(void **state)
{
    (void)state;
    const fal_critical critical = {.title = "Mean ranks",
                                   .notes = {"a note", NULL},
                                   .items = items,
                                   .item_count = 5,
                                   .difference = 1.5,
                                   .source = "t7:1",
                                   .first_row = 30};
    fal_text svg = {0};
    assert_ok(fal_critical_svg(&critical, FAL_SVG_INLINE, &svg));
    fal_test_svg_is_whole(&svg);
    assert_true(fal_test_svg_number(svg.chars, "<svg", "data-x0") == 1);
    assert_true(fal_test_svg_number(svg.chars, "<svg", "data-x1") == 5);
    joined_are(&svg, (const double[3][2]){{1.2, 2.5}, {2.0, 3.3}, {3.3, 4.7}}, 3);
    fal_test_text_has(svg.chars, "critical difference 1.5<");
    fal_test_text_has(svg.chars, "data-v=\"t7:1:31\">1.20</text>");
    fal_test_text_has(svg.chars, "data-v=\"t7:1:32\">4.70</text>");
    char line[80];
    (void)snprintf(line, sizeof line, "<path class=\"line\" data-v=\"t7:1:30\" d=\"M%.1f ", x_of(&svg, 3.3));
    fal_test_text_has(svg.chars, line);
    fal_test_text_has(svg.chars, ">a note<");
    fal_text_destroy(&svg);
}

static void pairs_that_were_tested_win_over_the_difference(void **state)
{
    (void)state;
    bool alike[5][5] = {{false}};
    alike[1][3] = alike[3][1] = true; /* a b */
    alike[1][2] = alike[2][1] = true; /* a e: no run, since others lie between */
    const fal_critical critical = {.title = "", .items = items, .item_count = 5, .alike = alike[0]};
    fal_text svg = {0};
    assert_ok(fal_critical_svg(&critical, FAL_SVG_INLINE, &svg));
    joined_are(&svg, (const double[1][2]){{1.2, 2.0}}, 1);
    assert_null(strstr(svg.chars, "critical difference"));
    fal_text_destroy(&svg);
}

static void a_difference_is_strict_and_may_be_wider_than_the_axis(void **state)
{
    (void)state;
    const fal_critical_item two[2] = {{"a", 0, 1}, {"b", 1, 2}};
    fal_critical critical = {.title = "", .items = two, .item_count = 2, .difference = 1};
    fal_text svg = {0};
    assert_ok(fal_critical_svg(&critical, FAL_SVG_INLINE, &svg));
    assert_int_equal(fal_test_occurrences(svg.chars, "class=\"joined\""), 0); /* "at least" is different */
    assert_int_equal(fal_test_occurrences(svg.chars, "class=\"whisker\""), 1);
    fal_text_clear(&svg);
    critical.difference = 1.6;
    assert_ok(fal_critical_svg(&critical, FAL_SVG_INLINE, &svg));
    assert_int_equal(fal_test_occurrences(svg.chars, "class=\"joined\""), 1);
    assert_int_equal(fal_test_occurrences(svg.chars, "class=\"whisker\""), 0);
    fal_test_text_has(svg.chars, "critical difference 1.6, wider than the axis<");
    fal_text_destroy(&svg);
}

/* All names on their own line, at both sides; joined lines that share a lane do not meet. */
static void nothing_lies_on_another(void **state)
{
    (void)state;
    enum { COUNT = 20 };
    char names[COUNT][16];
    fal_critical_item many[COUNT];
    for (int i = 0; i < COUNT; i++) {
        (void)snprintf(names[i], sizeof names[i], "s%d", i);
        many[i] = (fal_critical_item){names[i], i, 1 + i * 7 % COUNT * 0.9};
    }
    const fal_critical critical = {.title = "", .items = many, .item_count = COUNT, .difference = 4};
    fal_text svg = {0};
    double at[COUNT][2];
    assert_ok(fal_critical_svg(&critical, FAL_SVG_INLINE, &svg));
    fal_test_svg_is_whole(&svg);
    for (int i = 0; i < COUNT; i++) {
        char end[24];
        (void)snprintf(end, sizeof end, ">s%d</text>", i);
        const char *text = strstr(svg.chars, end);
        assert_non_null(text);
        while (strncmp(text, "<text", 5) != 0) {
            text--;
        }
        at[i][0] = fal_test_svg_number(text, "<text", "x");
        at[i][1] = fal_test_svg_number(text, "<text", "y");
        for (int other = 0; other < i; other++) {
            assert_true(fabs(at[i][0] - at[other][0]) > 300 || fabs(at[i][1] - at[other][1]) >= 16);
        }
    }
    double lines[COUNT][3];
    int count = 0;
    for (const char *p = strstr(svg.chars, "class=\"joined\""); p != NULL; p = strstr(p + 1, "class=\"joined\"")) {
        assert_int_equal(
            sscanf(p, "class=\"joined\" d=\"M%lf %lfH%lf", &lines[count][0], &lines[count][1], &lines[count][2]), 3);
        for (int other = 0; other < count; other++) {
            assert_true(lines[count][1] != lines[other][1] || lines[count][0] > lines[other][2] ||
                        lines[count][2] < lines[other][0]);
        }
        count++;
    }
    assert_true(count > 5);
    fal_text_destroy(&svg);
}

static void any_number_of_items_and_any_name_leave_diagrams_whole(void **state)
{
    (void)state;
    fal_critical_item hostile[FAL_TEST_HOSTILE];
    for (int i = 0; i < FAL_TEST_HOSTILE; i++) {
        hostile[i] = (fal_critical_item){fal_test_hostile[i], i, i == 5 ? NAN : i == 6 ? 1e300 : 2};
    }
    for (int count = 0; count <= FAL_TEST_HOSTILE; count++) {
        const char *name = fal_test_hostile[count % FAL_TEST_HOSTILE];
        const fal_critical critical = {.title = name,
                                       .label = name,
                                       .notes = {name, name},
                                       .items = hostile,
                                       .item_count = count,
                                       .difference = count == 2 ? NAN : 1};
        fal_text svg = {0};
        assert_ok(fal_critical_svg(&critical, count % 2 == 0 ? FAL_SVG_FILE : FAL_SVG_INLINE, &svg));
        fal_test_svg_is_whole(&svg);
        assert_int_equal(fal_test_occurrences(svg.chars, "class=\"line\""), count <= 5 ? count : count - 1);
        fal_text_destroy(&svg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_within_the_difference_are_joined),
        cmocka_unit_test(pairs_that_were_tested_win_over_the_difference),
        cmocka_unit_test(a_difference_is_strict_and_may_be_wider_than_the_axis),
        cmocka_unit_test(nothing_lies_on_another),
        cmocka_unit_test(any_number_of_items_and_any_name_leave_diagrams_whole),
    };
    return cmocka_run_group_tests_name("plot/critical", tests, NULL, NULL);
}
