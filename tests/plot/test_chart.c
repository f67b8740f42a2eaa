/* The line chart: every point is there with its numbers, gaps are gaps, names never lie on each other. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fal/plot/chart.h"

static int occurrences(const char *text, const char *part)
{
    int count = 0;
    for (const char *p = strstr(text, part); p != NULL; p = strstr(p + 1, part)) {
        count++;
    }
    return count;
}

static void every_series_has_its_line_points_band_and_name(void **state)
{
    (void)state;
    const double x[3] = {5, 10, 15};
    const double a[3] = {40, 50, 60};
    const double low[3] = {39, 48, 57};
    const double high[3] = {41, 52, 63};
    const fal_chart_series series[2] = {{"logo <x>", 3, x, a, low, high}, {"random", 2, x, low, NULL, NULL}};
    const fal_chart chart = {.title = "a & b",
                             .x_name = "labelled, per cent",
                             .y_name = "accuracy",
                             .notes = {"a note", "and <one>"},
                             .series = series,
                             .series_count = 2};
    fal_text svg = {0};
    assert_ok(fal_chart_svg(&chart, &svg));
    assert_int_equal(occurrences(svg.chars, "<circle"), 5);
    assert_int_equal(occurrences(svg.chars, "fill-opacity"), 1);
    assert_int_equal(occurrences(svg.chars, "<path fill=\"none\""), 2);
    assert_int_equal(occurrences(svg.chars, "stroke-dasharray"), 2); /* the second line, and beside its name */
    assert_int_equal(occurrences(svg.chars, ">logo &lt;x&gt;<"), 1);
    assert_int_equal(occurrences(svg.chars, ">random<"), 1);
    assert_non_null(strstr(svg.chars, "<title>logo &lt;x&gt;: 15, 60</title>"));
    assert_non_null(strstr(svg.chars, ">a &amp; b<"));
    assert_non_null(strstr(svg.chars, ">a note<"));
    assert_non_null(strstr(svg.chars, ">and &lt;one&gt;<"));
    assert_null(strstr(svg.chars, "nan"));
    fal_text_destroy(&svg);
}

static void what_is_not_finite_is_a_gap(void **state)
{
    (void)state;
    const double x[5] = {1, 2, 3, 4, 5};
    const double y[5] = {1, 2, NAN, 4, INFINITY};
    const double low[5] = {0, 1, NAN, NAN, 1};
    const fal_chart_series series = {"s", 5, x, y, low, y};
    const fal_chart chart = {.title = "", .x_name = "", .y_name = "", .series = &series, .series_count = 1};
    fal_text svg = {0};
    assert_ok(fal_chart_svg(&chart, &svg));
    assert_int_equal(occurrences(svg.chars, "<circle"), 3);
    const char *line = strstr(svg.chars, "<path fill=\"none\"");
    assert_non_null(line);
    char d[256];
    (void)snprintf(d, sizeof d, "%.*s", (int)(strchr(line, '>') - line), line);
    assert_int_equal(occurrences(d, "M"), 2);
    assert_int_equal(occurrences(d, "L"), 1);
    assert_int_equal(occurrences(svg.chars, "fill-opacity"), 1); /* points 1 and 2 */
    assert_null(strstr(svg.chars, "nan"));
    assert_null(strstr(svg.chars, "inf"));
    fal_text_destroy(&svg);
}

static void wide_bands_do_not_press_the_lines_together(void **state)
{
    (void)state;
    const double x[2] = {1, 2};
    const double y[2] = {50, 60};
    const double low[2] = {-1000, 59};
    const double high[2] = {2000, 61};
    const fal_chart_series series = {"s", 2, x, y, low, high};
    const fal_chart chart = {.title = "", .x_name = "", .y_name = "", .series = &series, .series_count = 1};
    fal_text svg = {0};
    assert_ok(fal_chart_svg(&chart, &svg));
    assert_non_null(strstr(svg.chars, ">50<"));
    assert_non_null(strstr(svg.chars, ">60<"));
    assert_null(strstr(svg.chars, ">100<"));
    assert_int_equal(occurrences(svg.chars, "fill-opacity"), 1);
    fal_text_destroy(&svg);
}

static void names_of_many_lines_stand_apart(void **state)
{
    (void)state;
    enum { COUNT = 40 };
    const double x[2] = {0, 1};
    const double y[2] = {5, 5};
    fal_chart_series series[COUNT];
    char names[COUNT][8];
    for (int s = 0; s < COUNT; s++) {
        (void)snprintf(names[s], sizeof names[s], "s%d", s);
        series[s] = (fal_chart_series){names[s], 2, x, y, NULL, NULL};
    }
    const fal_chart chart = {.title = "", .x_name = "", .y_name = "", .series = series, .series_count = COUNT};
    fal_text svg = {0};
    assert_ok(fal_chart_svg(&chart, &svg));
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
    const fal_chart_series series[2] = {{"empty", 0, NULL, NULL, NULL, NULL}, {"one", 1, &x, &y, &y, &y}};
    for (int count = 0; count <= 2; count++) {
        const fal_chart chart = {.title = "", .x_name = "", .y_name = "", .series = series, .series_count = count};
        fal_text svg = {0};
        assert_ok(fal_chart_svg(&chart, &svg));
        assert_memory_equal(svg.chars + svg.length - 7, "</svg>\n", 7);
        assert_null(strstr(svg.chars, "nan"));
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
    };
    return cmocka_run_group_tests_name("plot/chart", tests, NULL, NULL);
}
