/* Dots with intervals: places and numbers, rows where some of them are missing. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/plot/forest.h"
#include "svg_text.h"

/* Axis -4..4: 340 pixels from `left` on, 42.5 for each unit. */
static void rows_have_their_estimate_and_intervals(void **state)
{
    (void)state;
    const fal_forest_row rows[3] = {
        {"logo", 0, 2, 1, 3, -4, 4}, {"kafal", 1, -1, NAN, NAN, 0, 0}, {"none", 2, NAN, NAN, 1, 0, 0}};
    const fal_forest forest = {.title = "Difference",
                               .x_name = "points",
                               .notes = {"a note", "another"},
                               .below = "worse",
                               .above = "better",
                               .rows = rows,
                               .row_count = 3,
                               .band = 1,
                               .decimals = 1,
                               .source = "t5:0",
                               .first_row = 10};
    fal_text svg = {0};
    char wanted[128];
    assert_ok(fal_forest_svg(&forest, FAL_SVG_INLINE, &svg));
    fal_test_svg_is_whole(&svg);
    const double left = fal_test_svg_number(svg.chars, "<svg", "data-px0");
    assert_true(fal_test_svg_number(svg.chars, "<svg", "data-x0") == -4);
    assert_true(fal_test_svg_number(svg.chars, "<svg", "data-x1") == 4);
    assert_true(fal_test_svg_number(svg.chars, "class=\"mark\"", "cx") == left + 6 * 42.5);
    (void)snprintf(wanted, sizeof wanted, "<path class=\"interval\" data-v=\"t5:0:10\" d=\"M%.1f ", left + 5 * 42.5);
    fal_test_text_has(svg.chars, wanted);
    (void)snprintf(wanted, sizeof wanted, "<path class=\"wide\" data-v=\"t5:0:10\" d=\"M%.1f ", left);
    fal_test_text_has(svg.chars, wanted);
    (void)snprintf(wanted, sizeof wanted, "H%.1f\"/>", left + 340);
    fal_test_text_has(strstr(svg.chars, "class=\"wide\""), wanted);
    fal_test_text_has(svg.chars, "data-v=\"t5:0:10\">2.0 [1.0, 3.0]</text>");
    fal_test_text_has(svg.chars, "data-v=\"t5:0:11\">-1.0</text>");
    fal_test_text_has(svg.chars, "data-v=\"t5:0:12\">-</text>");
    assert_int_equal(fal_test_occurrences(svg.chars, "<circle"), 2);
    assert_int_equal(fal_test_occurrences(svg.chars, "class=\"interval\""), 1);
    assert_int_equal(fal_test_occurrences(svg.chars, "class=\"wide\""), 1);
    const char *zone = strstr(svg.chars, "class=\"zone\"");
    assert_non_null(zone);
    while (strncmp(zone, "<rect", 5) != 0) {
        zone--;
    }
    assert_true(fal_test_svg_number(zone, "<rect", "x") == left + 3 * 42.5);
    assert_true(fal_test_svg_number(zone, "<rect", "width") == 85);
    /* One line is stronger than the others: the one at zero. */
    const char *axis = strstr(svg.chars, "class=\"axis\"");
    assert_non_null(axis);
    assert_null(strstr(axis + 1, "class=\"axis\""));
    while (strncmp(axis, "<line", 5) != 0) {
        axis--;
    }
    assert_true(fal_test_svg_number(axis, "<line", "x1") == left + 170);
    static const char *const texts[] = {">logo<", ">kafal<", ">none<", ">worse<", ">better<", ">points<", ">another<"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(fal_test_occurrences(svg.chars, texts[i]), 1);
    }
    fal_text_destroy(&svg);
}

static void empty_equal_and_hostile_rows_leave_figures_whole(void **state)
{
    (void)state;
    fal_forest_row rows[FAL_TEST_HOSTILE];
    for (int i = 0; i < FAL_TEST_HOSTILE; i++) {
        const double size = i == 3 ? 1e308 : i == 4 ? INFINITY : 0;
        rows[i] = (fal_forest_row){fal_test_hostile[i], i, -size, -size, size, -size, size};
    }
    for (int count = 0; count <= FAL_TEST_HOSTILE; count++) {
        const char *name = fal_test_hostile[count % FAL_TEST_HOSTILE];
        const fal_forest forest = {.title = name,
                                   .x_name = name,
                                   .label = name,
                                   .notes = {name, name},
                                   .below = name,
                                   .above = name,
                                   .rows = rows,
                                   .row_count = count,
                                   .decimals = 2};
        fal_text svg = {0};
        assert_ok(fal_forest_svg(&forest, count % 2 == 0 ? FAL_SVG_FILE : FAL_SVG_INLINE, &svg));
        fal_test_svg_is_whole(&svg);
        assert_null(strstr(svg.chars, "class=\"zone\""));
        fal_text_destroy(&svg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_have_their_estimate_and_intervals),
        cmocka_unit_test(empty_equal_and_hostile_rows_leave_figures_whole),
    };
    return cmocka_run_group_tests_name("plot/forest", tests, NULL, NULL);
}
