/* Bars: each begins at zero and ends at its number, whatever its sign. */
#include "support.h"

#include <math.h>
#include <string.h>

#include "fal/plot/bars.h"
#include "svg_text.h"

/* Axis -100..100: 420 pixels from `left` on, 2.1 for each unit. */
static void bars_end_at_their_numbers_and_say_where_these_stand(void **state)
{
    (void)state;
    const char *const categories[3] = {"rho 1", "rho <20>", "none"};
    const double first[3] = {50, -100, NAN};
    const double low[3] = {40, -100, 0};
    const double high[3] = {100, -50, 1};
    const double second[3] = {0, 10, 20};
    const fal_bars_series series[2] = {{"logo", 0, first, low, high, 7}, {"random", 1, second, NULL, NULL, 17}};
    const fal_bars bars = {.title = "Gap",
                           .value_name = "per cent",
                           .notes = {"a note", NULL},
                           .categories = categories,
                           .category_count = 3,
                           .series = series,
                           .series_count = 2,
                           .decimals = 1,
                           .source = "t6:2"};
    fal_text svg = {0};
    assert_ok(fal_bars_svg(&bars, FAL_SVG_INLINE, &svg));
    fal_test_svg_is_whole(&svg);
    const double left = fal_test_svg_number(svg.chars, "<svg", "data-px0");
    assert_true(fal_test_svg_number(svg.chars, "<svg", "data-x0") == -100);
    assert_true(fal_test_svg_number(svg.chars, "<svg", "data-x1") == 100);
    assert_true(fal_test_svg_number(svg.chars, "<svg", "data-px1") == left + 420);
    assert_int_equal(fal_test_occurrences(svg.chars, "<rect class=\"bar\""), 5);
    assert_int_equal(fal_test_occurrences(svg.chars, "class=\"whisker\""), 2); /* none without a bar */
    const char *bar = strstr(svg.chars, "<rect class=\"bar\"");
    assert_true(fal_test_svg_number(bar, "<rect", "x") == left + 210);
    assert_true(fal_test_svg_number(bar, "<rect", "width") == 105);
    assert_true(fal_test_svg_number(strstr(bar, "<path"), "<path", "d") == 0); /* d begins with a letter */
    fal_test_text_has(bar, "data-v=\"t6:2:7\"><title>rho 1, logo: 50.0 [40.0, 100.0]</title></rect>");
    fal_test_text_has(bar, "data-v=\"t6:2:7\">50.0</text>");
    bar = strstr(bar + 1, "<rect class=\"bar\"");
    assert_true(fal_test_svg_number(bar, "<rect", "x") == left);
    assert_true(fal_test_svg_number(bar, "<rect", "width") == 210);
    fal_test_text_has(bar, "data-v=\"t6:2:8\">-100.0</text>");
    fal_test_text_has(bar, "data-v=\"t6:2:9\">-</text>");
    fal_test_text_has(bar, "data-v=\"t6:2:19\"><title>none, random: 20.0</title></rect>");
    static const char *const texts[] = {">logo<", ">random<", ">rho &lt;20&gt;<", ">per cent<", ">a note<", ">Gap<"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(fal_test_occurrences(svg.chars, texts[i]), 1);
    }
    fal_text_destroy(&svg);
}

static void one_series_needs_no_names_above(void **state)
{
    (void)state;
    const char *const categories[1] = {"c"};
    const double value = 3;
    const fal_bars_series series = {"logo", 0, &value, NULL, NULL, 0};
    const fal_bars bars = {.title = "",
                           .value_name = "",
                           .categories = categories,
                           .category_count = 1,
                           .series = &series,
                           .series_count = 1};
    fal_text svg = {0};
    assert_ok(fal_bars_svg(&bars, FAL_SVG_FILE, &svg));
    fal_test_svg_is_whole(&svg);
    assert_int_equal(fal_test_occurrences(svg.chars, ">logo<"), 0);
    assert_int_equal(fal_test_occurrences(svg.chars, "data-name=\"logo\""), 1);
    assert_int_equal(fal_test_occurrences(svg.chars, "class=\"bar\""), 1);
    fal_text_destroy(&svg);
}

static void hostile_names_and_numbers_leave_bars_whole(void **state)
{
    (void)state;
    static const double values[FAL_TEST_HOSTILE] = {1e308, -1e308, NAN, INFINITY, -INFINITY, 0, 5e-324, 1};
    fal_bars_series series[FAL_TEST_HOSTILE];
    for (int s = 0; s < FAL_TEST_HOSTILE; s++) {
        series[s] = (fal_bars_series){fal_test_hostile[s], s, values, values, values, 0};
    }
    for (int count = 0; count <= FAL_TEST_HOSTILE; count++) {
        const char *name = fal_test_hostile[count % FAL_TEST_HOSTILE];
        const fal_bars bars = {.title = name,
                               .value_name = name,
                               .label = name,
                               .notes = {name, name},
                               .categories = fal_test_hostile,
                               .category_count = count,
                               .series = series,
                               .series_count = FAL_TEST_HOSTILE - count,
                               .decimals = 2};
        fal_text svg = {0};
        assert_ok(fal_bars_svg(&bars, FAL_SVG_INLINE, &svg));
        fal_test_svg_is_whole(&svg);
        fal_text_destroy(&svg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bars_end_at_their_numbers_and_say_where_these_stand),
        cmocka_unit_test(one_series_needs_no_names_above),
        cmocka_unit_test(hostile_names_and_numbers_leave_bars_whole),
    };
    return cmocka_run_group_tests_name("plot/bars", tests, NULL, NULL);
}
