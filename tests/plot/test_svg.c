/* Elements of a picture: complete, escaped, and nothing but them. */
#include "support.h"

#include <string.h>

#include "fal/plot/svg.h"

static void what_people_wrote_cannot_become_an_element(void **state)
{
    (void)state;
    fal_text svg = {0};
    fal_svg_begin(&svg, 100, 50, "<script>&\n");
    fal_svg_text(&svg, 1, 2, FAL_SVG_END, "", "a<b");
    fal_svg_print(&svg, 1, 2, FAL_SVG_START, "font-size=\"9\"", "%s %d", "c>d", 7);
    fal_svg_turned(&svg, 1, 2, -40, "", "e&f\x01");
    fal_svg_end(&svg);
    assert_ok(fal_text_status(&svg));
    assert_memory_equal(svg.chars, "<?xml", 5);
    assert_memory_equal(svg.chars + svg.length - 7, "</svg>\n", 7);
    assert_null(strstr(svg.chars, "<script"));
    assert_non_null(strstr(svg.chars, ">&lt;script&gt;&amp; <"));
    assert_non_null(strstr(svg.chars, "<text x=\"1\" y=\"2\" text-anchor=\"end\">a&lt;b</text>\n"));
    assert_non_null(strstr(svg.chars, "<text x=\"1\" y=\"2\" font-size=\"9\">c&gt;d 7</text>\n"));
    assert_non_null(strstr(svg.chars, "rotate(-40)\">e&amp;f </text>\n"));
    fal_text_destroy(&svg);
}

static void shapes_have_their_places(void **state)
{
    (void)state;
    fal_text svg = {0};
    fal_svg_rect(&svg, 1, 2, 3, 4, "fill=\"none\"");
    fal_svg_line(&svg, 0, 0.25, 10, 1.0 / 3, "stroke=\"#777\"");
    assert_string_equal(svg.chars, "<rect x=\"1\" y=\"2\" width=\"3\" height=\"4\" fill=\"none\"/>\n"
                                   "<line x1=\"0.0\" y1=\"0.2\" x2=\"10.0\" y2=\"0.3\" stroke=\"#777\"/>\n");
    fal_text_destroy(&svg);
}

static void a_width_counts_letters_and_not_bytes(void **state)
{
    (void)state;
    assert_int_equal(fal_svg_width("", 12), 0);
    assert_int_equal(fal_svg_width("größe", 10), fal_svg_width("abcde", 10));
    assert_true(fal_svg_width("entropy:global", 12) > fal_svg_width("logo", 12));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_people_wrote_cannot_become_an_element),
        cmocka_unit_test(shapes_have_their_places),
        cmocka_unit_test(a_width_counts_letters_and_not_bytes),
    };
    return cmocka_run_group_tests_name("plot/svg", tests, NULL, NULL);
}
