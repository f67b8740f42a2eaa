/* Elements of a picture: complete, escaped, and nothing but them. */
#include "support.h"

#include <string.h>

#include "fal/plot/svg.h"
#include "svg_text.h"

static void what_people_wrote_cannot_become_an_element(void **state)
{
    (void)state;
    fal_text svg = {0};
    fal_svg_begin(&svg, FAL_SVG_FILE, 100, 50, "<script>&\n", "\"label\"", "data-x=\"1\"");
    fal_svg_text(&svg, 1, 2, FAL_SVG_END, "", "a<b");
    fal_svg_print(&svg, 1, 2, FAL_SVG_START, "class=\"tiny\"", "%s %d", "c>d", 7);
    fal_svg_turned(&svg, 1, 2, -40, "", "e&f\x01", 11, 100);
    fal_svg_series_begin(&svg, 10, "g\"'", " back");
    fal_svg_series_end(&svg);
    fal_svg_end(&svg);
    assert_ok(fal_text_status(&svg));
    fal_test_svg_is_whole(&svg);
    assert_memory_equal(svg.chars, "<?xml", 5);
    assert_memory_equal(svg.chars + svg.length - 7, "</svg>\n", 7);
    assert_null(strstr(svg.chars, "<script"));
    assert_non_null(strstr(svg.chars, "<title>&lt;script&gt;&amp; </title>"));
    assert_non_null(strstr(svg.chars, "aria-label=\"&quot;label&quot;\""));
    assert_non_null(strstr(svg.chars, "font-size=\"11\" data-x=\"1\">"));
    assert_non_null(strstr(svg.chars, "<text x=\"1\" y=\"2\" text-anchor=\"end\">a&lt;b</text>\n"));
    assert_non_null(strstr(svg.chars, "<text x=\"1\" y=\"2\" class=\"tiny\">c&gt;d 7</text>\n"));
    assert_non_null(strstr(svg.chars, "rotate(-40)\">e&amp;f\xef\xbf\xbd</text>\n"));
    assert_non_null(strstr(svg.chars, "<g class=\"series s2 d3 back\" data-name=\"g&quot;&#39;\">\n</g>"));
    fal_text_destroy(&svg);
}

static void hostile_names_leave_the_figure_whole(void **state)
{
    (void)state;
    for (int i = 0; i < FAL_TEST_HOSTILE; i++) {
        for (int use = FAL_SVG_FILE; use <= FAL_SVG_INLINE; use++) {
            fal_text svg = {0};
            const char *name = fal_test_hostile[i];
            fal_svg_begin(&svg, (fal_svg_use)use, 300, 50, name, name, "");
            fal_svg_text(&svg, 1, 2, FAL_SVG_END, "", name);
            fal_svg_fitted(&svg, 1, 2, FAL_SVG_END, "", name, 11, 40);
            fal_svg_turned(&svg, 1, 2, 10, "", name, 11, 0);
            fal_svg_series_begin(&svg, i, name, "");
            fal_svg_series_end(&svg);
            fal_svg_end(&svg);
            fal_test_svg_is_whole(&svg);
            fal_text_destroy(&svg);
        }
    }
    fal_text svg = {0};
    fal_svg_escape(&svg, fal_test_hostile[4]); /* directions */
    assert_string_equal(svg.chars, "a\xef\xbf\xbd"
                                   "b\xef\xbf\xbd"
                                   "c\xef\xbf\xbd"
                                   "d\xef\xbf\xbd");
    fal_text_destroy(&svg);
}

static void an_element_of_a_page_has_no_ground_and_no_style(void **state)
{
    (void)state;
    fal_text svg = {0};
    fal_svg_begin(&svg, FAL_SVG_INLINE, 100, 50, "", "said", "");
    fal_svg_end(&svg);
    assert_string_equal(svg.chars, "<svg class=\"fal\" role=\"img\" aria-label=\"said\" width=\"100\" height=\"50\" "
                                   "viewBox=\"0 0 100 50\" font-family=\"sans-serif\" font-size=\"11\">\n</svg>\n");
    fal_text_clear(&svg);
    fal_svg_begin(&svg, FAL_SVG_FILE, 100, 50, "", "said", "");
    fal_svg_end(&svg);
    assert_non_null(strstr(svg.chars, "<title>said</title>"));
    assert_non_null(strstr(svg.chars, fal_svg_style()));
    assert_int_equal(fal_test_occurrences(svg.chars, "class=\"ground\""), 1);
    fal_text_destroy(&svg);
}

static void long_texts_are_cut_where_they_would_not_fit(void **state)
{
    (void)state;
    fal_text svg = {0};
    fal_svg_fitted(&svg, 0, 0, FAL_SVG_START, "", "abcdefghij", 10, 52); /* ten letters of 5.2 */
    assert_string_equal(svg.chars, "<text x=\"0\" y=\"0\">abcdefghij</text>\n");
    fal_text_clear(&svg);
    fal_svg_fitted(&svg, 0, 0, FAL_SVG_START, "", "abcdefgh&j", 10, 51);
    assert_string_equal(svg.chars, "<text x=\"0\" y=\"0\"><title>abcdefgh&amp;j</title>abcdefgh\xe2\x80\xa6</text>\n");
    fal_text_clear(&svg);
    fal_svg_fitted(&svg, 0, 0, FAL_SVG_START, "", "abc", 10, 0);
    assert_string_equal(svg.chars, "<text x=\"0\" y=\"0\"><title>abc</title>\xe2\x80\xa6</text>\n");
    fal_text_destroy(&svg);
}

static void shapes_have_their_places(void **state)
{
    (void)state;
    fal_text svg = {0};
    fal_svg_rect(&svg, 1, 2, 3.25, 4, "class=\"bar\"");
    fal_svg_line(&svg, 0, 0.25, 10, 1.0 / 3, "class=\"axis\"");
    fal_svg_reference(&svg, NULL, 3);
    fal_svg_references(&svg, NULL, 3, 4);
    assert_string_equal(svg.chars, "<rect x=\"1\" y=\"2\" width=\"3.25\" height=\"4\" class=\"bar\"/>\n"
                                   "<line x1=\"0.0\" y1=\"0.2\" x2=\"10.0\" y2=\"0.3\" class=\"axis\"/>\n");
    fal_text_clear(&svg);
    fal_svg_reference(&svg, "t3:5", 12);
    fal_svg_references(&svg, "t3:5", 0, 7);
    assert_string_equal(svg.chars, " data-v=\"t3:5:12\" data-rows=\"t3:5:0:7\"");
    fal_text_destroy(&svg);
}

static void a_width_counts_letters_and_not_bytes(void **state)
{
    (void)state;
    assert_int_equal(fal_svg_width("", 12), 0);
    assert_int_equal(fal_svg_width("größe", 10), fal_svg_width("abcde", 10));
    assert_int_equal(fal_svg_width("日本", 10), fal_svg_width("abcd", 10));
    assert_true(fal_svg_width("entropy:global", 12) > fal_svg_width("logo", 12));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_people_wrote_cannot_become_an_element),
        cmocka_unit_test(hostile_names_leave_the_figure_whole),
        cmocka_unit_test(an_element_of_a_page_has_no_ground_and_no_style),
        cmocka_unit_test(long_texts_are_cut_where_they_would_not_fit),
        cmocka_unit_test(shapes_have_their_places),
        cmocka_unit_test(a_width_counts_letters_and_not_bytes),
    };
    return cmocka_run_group_tests_name("plot/svg", tests, NULL, NULL);
}
