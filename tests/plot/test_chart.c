/* The line chart: every point is there with its numbers, gaps are gaps, names never lie on each other. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/plot/chart.h"
#include "svg_text.h"

static void every_series_has_its_line_points_band_and_name(void **state)
{
    (void)state;
    const double x[3] = {5, 10, 15};
    const double a[3] = {40, 50, 60};
    const double low[3] = {39, 48, 57};
    const double high[3] = {41, 52, 63};
    const fal_chart_series series[2] = {{.name = "logo <x>", .points = 3, .x = x, .y = a, .low = low, .high = high},
                                        {.name = "random", .colour = 1, .points = 2, .x = x, .y = low}};
    const fal_chart chart = {.title = "a & b",
                             .x_name = "labelled, per cent",
                             .y_name = "accuracy",
                             .notes = {"a note", "and <one>"},
                             .series = series,
                             .series_count = 2};
    fal_text svg = {0};
    assert_ok(fal_chart_svg(&chart, FAL_SVG_INLINE, &svg));
    assert_int_equal(fal_test_occurrences(svg.chars, "<circle"), 5);
    assert_int_equal(fal_test_occurrences(svg.chars, "class=\"band\""), 1);
    assert_int_equal(fal_test_occurrences(svg.chars, "<path class=\"line\""), 2);
    assert_int_equal(fal_test_occurrences(svg.chars, "<g class=\"series s0 d0\" data-name=\"logo &lt;x&gt;\">"), 1);
    assert_int_equal(fal_test_occurrences(svg.chars, "<g class=\"series s1 d1\" data-name=\"random\">"), 1);
    assert_null(strstr(svg.chars, "data-v"));
    fal_test_svg_is_whole(&svg);
    assert_int_equal(fal_test_occurrences(svg.chars, ">logo &lt;x&gt;<"), 1);
    assert_int_equal(fal_test_occurrences(svg.chars, ">random<"), 1);
    assert_non_null(strstr(svg.chars, "<title>logo &lt;x&gt;: 15, 60</title>"));
    assert_non_null(strstr(svg.chars, ">a &amp; b<"));
    assert_non_null(strstr(svg.chars, ">a note<"));
    assert_non_null(strstr(svg.chars, ">and &lt;one&gt;<"));
    fal_text_destroy(&svg);
}

static void what_is_not_finite_is_a_gap(void **state)
{
    (void)state;
    const double x[5] = {1, 2, 3, 4, 5};
    const double y[5] = {1, 2, NAN, 4, INFINITY};
    const double low[5] = {0, 1, NAN, NAN, 1};
    const fal_chart_series series = {.name = "s", .points = 5, .x = x, .y = y, .low = low, .high = y};
    const fal_chart chart = {.title = "", .x_name = "", .y_name = "", .series = &series, .series_count = 1};
    fal_text svg = {0};
    assert_ok(fal_chart_svg(&chart, FAL_SVG_INLINE, &svg));
    assert_int_equal(fal_test_occurrences(svg.chars, "<circle"), 3);
    assert_int_equal(fal_test_occurrences(svg.chars, "<path class=\"line\""), 2);
    assert_int_equal(fal_test_occurrences(svg.chars, "h0\"/>"), 1);         /* the fourth stands alone */
    assert_int_equal(fal_test_occurrences(svg.chars, "class=\"band\""), 1); /* points 1 and 2 */
    fal_test_svg_is_whole(&svg);
    fal_text_destroy(&svg);
}

static void wide_bands_do_not_press_the_lines_together(void **state)
{
    (void)state;
    const double x[2] = {1, 2};
    const double y[2] = {50, 60};
    const double low[2] = {-1000, 59};
    const double high[2] = {2000, 61};
    const fal_chart_series series = {.name = "s", .points = 2, .x = x, .y = y, .low = low, .high = high};
    const fal_chart chart = {.title = "", .x_name = "", .y_name = "", .series = &series, .series_count = 1};
    fal_text svg = {0};
    assert_ok(fal_chart_svg(&chart, FAL_SVG_INLINE, &svg));
    assert_non_null(strstr(svg.chars, ">50<"));
    assert_non_null(strstr(svg.chars, ">60<"));
    assert_null(strstr(svg.chars, ">100<"));
    assert_int_equal(fal_test_occurrences(svg.chars, "class=\"band\""), 1);
    fal_text_destroy(&svg);
}

static void names_of_many_lines_stand_apart(void **state)
{
    (void)state;
    enum { COUNT = 40 };
    const double x[2] = {0, 1};
    const double y[2] = {5, 5};
    fal_chart_series series[COUNT];
    char names[COUNT][16];
    for (int s = 0; s < COUNT; s++) {
        (void)snprintf(names[s], sizeof names[s], "s%d", s);
        series[s] = (fal_chart_series){.name = names[s], .colour = s, .points = 2, .x = x, .y = y};
    }
    const fal_chart chart = {.title = "", .x_name = "", .y_name = "", .series = series, .series_count = COUNT};
    fal_text svg = {0};
    assert_ok(fal_chart_svg(&chart, FAL_SVG_INLINE, &svg));
    int places[COUNT];
    for (int s = 0; s < COUNT; s++) {
        char end[24];
        (void)snprintf(end, sizeof end, "\">s%d</text>", s);
        const char *at = strstr(svg.chars, end);
        assert_non_null(at);
        while (strncmp(at, "y=\"", 3) != 0) {
            at--;
        }
        places[s] = (int)strtol(at + 3, NULL, 10);
        for (int other = 0; other < s; other++) {
            assert_true(abs(places[s] - places[other]) >= 15);
        }
    }
    fal_text_destroy(&svg);
}

static void charts_without_anything_are_whole_files(void **state)
{
    (void)state;
    const double x = 3;
    const double y = 7;
    const fal_chart_series series[2] = {{.name = "empty"},
                                        {.name = "one", .points = 1, .x = &x, .y = &y, .low = &y, .high = &y}};
    for (int count = 0; count <= 2; count++) {
        const fal_chart chart = {.title = "", .x_name = "", .y_name = "", .series = series, .series_count = count};
        fal_text svg = {0};
        assert_ok(fal_chart_svg(&chart, FAL_SVG_INLINE, &svg));
        assert_memory_equal(svg.chars + svg.length - 7, "</svg>\n", 7);
        fal_test_svg_is_whole(&svg);
        fal_text_destroy(&svg);
    }
}

/* Axis 0..10 over 56..576 and 0..10 over 382..62: what stands where can be worked out by hand. */
static void marks_say_where_their_numbers_stand_and_where_they_are(void **state)
{
    (void)state;
    const double x[3] = {0, 5, 10};
    const double y[3] = {0, NAN, 10};
    const double low[3] = {0, 1, 5};
    const double high[3] = {0, 2, 10};
    const double thin[6] = {0, 5, 10, 0, NAN, 0};
    const fal_chart_series series = {.name = "s",
                                     .points = 3,
                                     .x = x,
                                     .y = y,
                                     .low = low,
                                     .high = high,
                                     .thin = thin,
                                     .thin_count = 2,
                                     .first_row = 20,
                                     .thin_row = 40};
    const fal_chart chart = {.title = "t",
                             .x_name = "",
                             .y_name = "",
                             .series = &series,
                             .series_count = 1,
                             .source = "t1:2",
                             .thin_source = "t9:0"};
    fal_text svg = {0};
    assert_ok(fal_chart_svg(&chart, FAL_SVG_INLINE, &svg));
    fal_test_svg_is_whole(&svg);
    fal_test_text_has(svg.chars, "data-x0=\"0\" data-x1=\"10\" data-px0=\"56\" data-px1=\"576\" "
                                 "data-y0=\"0\" data-y1=\"10\" data-py0=\"382\" data-py1=\"62\"");
    fal_test_text_has(svg.chars, "<circle class=\"mark\" cx=\"56.0\" cy=\"382.0\" r=\"2.6\" data-v=\"t1:2:20\">");
    fal_test_text_has(svg.chars, "<circle class=\"mark\" cx=\"576.0\" cy=\"62.0\" r=\"2.6\" data-v=\"t1:2:22\">");
    fal_test_text_has(svg.chars, "<path class=\"line\" data-rows=\"t1:2:20:20\" d=\"M56.0 382.0h0\"/>");
    fal_test_text_has(svg.chars, "<path class=\"band\" data-rows=\"t1:2:20:22\" "
                                 "d=\"M56.0 382.0L316.0 318.0L576.0 62.0L576.0 222.0L316.0 350.0L56.0 382.0Z\"/>");
    fal_test_text_has(svg.chars,
                      "<path class=\"thin\" data-rows=\"t9:0:40:42\" d=\"M56.0 382.0L316.0 222.0L576.0 62.0\"/>");
    fal_test_text_has(svg.chars, "<path class=\"thin\" data-rows=\"t9:0:43:43\" d=\"M56.0 382.0h0\"/>");
    fal_test_text_has(svg.chars, "<path class=\"thin\" data-rows=\"t9:0:45:45\" d=\"M576.0 382.0h0\"/>");
    fal_text_destroy(&svg);
}

static void a_plain_chart_has_lines_but_marks_only_of_single_points(void **state)
{
    (void)state;
    const double x[] = {0, 5};
    const double y[] = {1, 2};
    const fal_chart_series series[] = {{.name = "line", .points = 2, .x = x, .y = y, .first_row = 3},
                                       {.name = "point", .points = 1, .x = x, .y = y, .first_row = 9}};
    const fal_chart chart = {.title = "t",
                             .x_name = "",
                             .y_name = "",
                             .series = series,
                             .series_count = 2,
                             .small = true,
                             .plain = true,
                             .source = "t1:2"};
    fal_text svg = {0};
    assert_ok(fal_chart_svg(&chart, FAL_SVG_INLINE, &svg));
    fal_test_svg_is_whole(&svg);
    fal_test_text_has(svg.chars, "<path class=\"line\" data-rows=\"t1:2:3:4\"");
    fal_test_text_has(svg.chars, "data-v=\"t1:2:9\"");
    assert_null(strstr(svg.chars, "data-v=\"t1:2:3\""));
    fal_text_destroy(&svg);
}

static void steps_hold_a_value_until_the_next(void **state)
{
    (void)state;
    const double x[2] = {0, 10};
    const double y[2] = {0, 10};
    const double high[2] = {5, 10};
    const fal_chart_series series = {.name = "s", .points = 2, .x = x, .y = y, .low = y, .high = high};
    const fal_chart chart = {
        .title = "t", .x_name = "", .y_name = "", .series = &series, .series_count = 1, .step = true};
    fal_text svg = {0};
    assert_ok(fal_chart_svg(&chart, FAL_SVG_INLINE, &svg));
    fal_test_text_has(svg.chars, "<path class=\"line\" d=\"M56.0 382.0H576.0V62.0\"/>");
    fal_test_text_has(svg.chars, "<path class=\"band\" d=\"M56.0 222.0H576.0V62.0V62.0H576.0V382.0H56.0Z\"/>");
    fal_text_destroy(&svg);
}

static void a_logarithmic_axis_says_so_and_leaves_out_what_has_no_place(void **state)
{
    (void)state;
    const double x[4] = {0, 1, 10, 100};
    const double y[4] = {900, 0, 5, 10};
    const fal_chart_series series = {.name = "s", .points = 4, .x = x, .y = y};
    const fal_chart chart = {
        .title = "t", .x_name = "", .y_name = "", .series = &series, .series_count = 1, .log_x = true};
    fal_text svg = {0};
    assert_ok(fal_chart_svg(&chart, FAL_SVG_INLINE, &svg));
    fal_test_text_has(svg.chars, "data-x0=\"1\" data-x1=\"100\" data-px0=\"56\" data-px1=\"576\" data-xlog=\"1\"");
    fal_test_text_has(svg.chars, "<path class=\"line\" d=\"M56.0 382.0L316.0 222.0L576.0 62.0\"/>");
    assert_int_equal(fal_test_occurrences(svg.chars, "<circle"), 3);
    fal_text_destroy(&svg);
}

static void a_background_lies_behind_and_has_no_marks(void **state)
{
    (void)state;
    const double x[2] = {0, 10};
    const double y[2] = {0, 10};
    const fal_chart_series series[2] = {
        {.name = "logo", .points = 2, .x = x, .y = y},
        {.name = "random", .colour = 1, .points = 2, .x = x, .y = y, .low = y, .high = y, .background = true}};
    const fal_chart chart = {.title = "t", .x_name = "", .y_name = "", .series = series, .series_count = 2};
    fal_text svg = {0};
    assert_ok(fal_chart_svg(&chart, FAL_SVG_INLINE, &svg));
    const char *behind = strstr(svg.chars, "<g class=\"series s1 d1 back\" data-name=\"random\">");
    const char *before = strstr(svg.chars, "<g class=\"series s0 d0\" data-name=\"logo\">");
    assert_true(behind != NULL && before != NULL && behind < before);
    assert_int_equal(fal_test_occurrences(svg.chars, "<circle"), 2);
    fal_text_destroy(&svg);
}

static void small_charts_name_their_lines_if_all_names_fit(void **state)
{
    (void)state;
    const double x[2] = {3, 7};
    const double y[2] = {3, 7};
    fal_chart_series series[2] = {{.name = "logo", .points = 2, .x = x, .y = y},
                                  {.name = "random", .colour = 1, .points = 2, .x = x, .y = y}};
    fal_chart chart = {.title = "rho 20",
                       .x_name = "x",
                       .y_name = "y",
                       .series = series,
                       .series_count = 2,
                       .small = true,
                       .x_high = 20,
                       .y_low = -30,
                       .y_high = 10};
    fal_text svg = {0};
    assert_ok(fal_chart_svg(&chart, FAL_SVG_INLINE, &svg));
    fal_test_svg_is_whole(&svg);
    fal_test_text_has(svg.chars, "width=\"300\" height=\"220\"");
    fal_test_text_has(svg.chars, "data-x0=\"0\" data-x1=\"20\"");
    fal_test_text_has(svg.chars, "data-y0=\"-30\" data-y1=\"10\"");
    fal_test_text_has(svg.chars, ">rho 20<");
    fal_test_text_has(svg.chars, ">random<");
    fal_text_clear(&svg);
    series[0].name = fal_test_hostile[7];
    assert_ok(fal_chart_svg(&chart, FAL_SVG_INLINE, &svg));
    fal_test_svg_is_whole(&svg);
    assert_null(strstr(svg.chars, ">random<"));
    fal_text_clear(&svg);
    assert_ok(fal_chart_legend(&chart, FAL_SVG_INLINE, &svg));
    fal_test_svg_is_whole(&svg);
    fal_test_text_has(svg.chars, "<g class=\"series s1 d1\" data-name=\"random\">");
    fal_test_text_has(svg.chars, ">random<");
    fal_text_destroy(&svg);
}

static void hostile_names_and_numbers_leave_charts_whole(void **state)
{
    (void)state;
    const double x[4] = {-1e308, 0, 1e308, NAN};
    const double y[4] = {1e308, -1e308, INFINITY, 1};
    fal_chart_series series[FAL_TEST_HOSTILE];
    for (int s = 0; s < FAL_TEST_HOSTILE; s++) {
        series[s] = (fal_chart_series){.name = fal_test_hostile[s],
                                       .colour = s,
                                       .points = 4,
                                       .x = x,
                                       .y = y,
                                       .low = y,
                                       .high = x,
                                       .thin = y,
                                       .thin_count = 1};
    }
    for (int s = 0; s < FAL_TEST_HOSTILE; s++) {
        const char *name = fal_test_hostile[s];
        const fal_chart chart = {.title = name,
                                 .x_name = name,
                                 .y_name = name,
                                 .label = name,
                                 .notes = {name, name},
                                 .series = series,
                                 .series_count = FAL_TEST_HOSTILE,
                                 .small = s % 2 == 1,
                                 .log_x = s % 3 == 1,
                                 .step = s % 4 == 1};
        fal_text svg = {0};
        assert_ok(fal_chart_svg(&chart, s < 4 ? FAL_SVG_FILE : FAL_SVG_INLINE, &svg));
        fal_test_svg_is_whole(&svg);
        fal_text_clear(&svg);
        assert_ok(fal_chart_legend(&chart, FAL_SVG_FILE, &svg));
        fal_test_svg_is_whole(&svg);
        fal_text_destroy(&svg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_series_has_its_line_points_band_and_name),
        cmocka_unit_test(what_is_not_finite_is_a_gap),
        cmocka_unit_test(wide_bands_do_not_press_the_lines_together),
        cmocka_unit_test(names_of_many_lines_stand_apart),
        cmocka_unit_test(charts_without_anything_are_whole_files),
        cmocka_unit_test(marks_say_where_their_numbers_stand_and_where_they_are),
        cmocka_unit_test(a_plain_chart_has_lines_but_marks_only_of_single_points),
        cmocka_unit_test(steps_hold_a_value_until_the_next),
        cmocka_unit_test(a_logarithmic_axis_says_so_and_leaves_out_what_has_no_place),
        cmocka_unit_test(a_background_lies_behind_and_has_no_marks),
        cmocka_unit_test(small_charts_name_their_lines_if_all_names_fit),
        cmocka_unit_test(hostile_names_and_numbers_leave_charts_whole),
    };
    return cmocka_run_group_tests_name("plot/chart", tests, NULL, NULL);
}
