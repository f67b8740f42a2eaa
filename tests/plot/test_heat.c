/* The heat map: each cell is there with its number, its reference and its share of the colour. */
#include "support.h"

#include <math.h>
#include <string.h>

#include "fal/plot/heat.h"
#include "svg_text.h"

static void reals_have_decimals_and_what_is_none_a_dash(void **state)
{
    (void)state;
    const double values[6] = {0.25, NAN, 1, -0.001, INFINITY, 0.75};
    const char *const rows[2] = {"logo", "random"};
    const char *const columns[3] = {"a", "b", "c"};
    const double side[2] = {1.5, NAN};
    const fal_heat heat = {.title = "Winning rates",
                           .values = values,
                           .decimals = 2,
                           .low = 0,
                           .high = 1,
                           .rows = 2,
                           .columns = 3,
                           .row_names = rows,
                           .column_names = columns,
                           .row_name = "row beats",
                           .column_name = "column",
                           .note = "a note",
                           .sides = {{"mean", side, 1}},
                           .source = "t4:1",
                           .first_row = 100};
    fal_text svg = {0};
    assert_ok(fal_heat_svg(&heat, FAL_SVG_INLINE, &svg));
    fal_test_svg_is_whole(&svg);
    fal_test_text_has(svg.chars, "fill-opacity=\"0.25\" data-v=\"t4:1:100\"/>");
    fal_test_text_has(svg.chars, "fill-opacity=\"0\" data-v=\"t4:1:101\"/>");
    fal_test_text_has(svg.chars, "fill-opacity=\"1\" data-v=\"t4:1:102\"/>");
    fal_test_text_has(svg.chars, "fill-opacity=\"0.75\" data-v=\"t4:1:105\"/>");
    fal_test_text_has(svg.chars, "data-v=\"t4:1:100\">0.25</text>");
    fal_test_text_has(svg.chars, "data-v=\"t4:1:101\">-</text>");
    fal_test_text_has(svg.chars, "data-v=\"t4:1:103\">0.00</text>"); /* no sign */
    fal_test_text_has(svg.chars, "data-v=\"t4:1:104\">-</text>");
    assert_int_equal(fal_test_occurrences(svg.chars, "<text class=\"over\""), 2);
    assert_int_equal(fal_test_occurrences(svg.chars, "<text class=\"on\""), 4);
    static const char *const texts[] = {">logo<", ">random<", ">a<",      ">b<",         ">c<",
                                        ">mean<", ">1.5<",    ">column<", ">row beats<", ">a note<"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(fal_test_occurrences(svg.chars, texts[i]), 1);
    }
    fal_text_destroy(&svg);
}

static void signs_have_two_colours_of_the_same_strength(void **state)
{
    (void)state;
    const double values[3] = {-4, 2, 0};
    fal_heat heat = {.title = "", .values = values, .decimals = 1, .signs = true, .rows = 1, .columns = 3};
    fal_text svg = {0};
    assert_ok(fal_heat_svg(&heat, FAL_SVG_FILE, &svg));
    fal_test_svg_is_whole(&svg);
    assert_int_equal(fal_test_occurrences(svg.chars, "<rect class=\"cell below\""), 1);
    assert_int_equal(fal_test_occurrences(svg.chars, "fill-opacity=\"1\""), 1);
    assert_int_equal(fal_test_occurrences(svg.chars, "fill-opacity=\"0.5\""), 1);
    fal_test_text_has(svg.chars, ">-4.0</text>");
    fal_text_clear(&svg);
    heat.high = 8; /* the same colours over several figures */
    assert_ok(fal_heat_svg(&heat, FAL_SVG_INLINE, &svg));
    assert_int_equal(fal_test_occurrences(svg.chars, "fill-opacity=\"0.25\""), 1);
    assert_int_equal(fal_test_occurrences(svg.chars, "fill-opacity=\"0.5\""), 1);
    fal_text_destroy(&svg);
}

static void counts_are_shaded_by_the_root_and_nothing_is_empty(void **state)
{
    (void)state;
    const int64_t counts[4] = {0, 100, 25, 4};
    const fal_heat heat = {.title = "t", .counts = counts, .rows = 2, .columns = 2};
    fal_text svg = {0};
    assert_ok(fal_heat_svg(&heat, FAL_SVG_INLINE, &svg));
    assert_int_equal(fal_test_occurrences(svg.chars, "fill-opacity=\"1\""), 1);
    assert_int_equal(fal_test_occurrences(svg.chars, "fill-opacity=\"0.5\""), 1);
    assert_int_equal(fal_test_occurrences(svg.chars, "fill-opacity=\"0.2\""), 1);
    assert_int_equal(fal_test_occurrences(svg.chars, "<text class=\"o"), 3); /* none for 0 */
    fal_text_destroy(&svg);
}

static void equal_extreme_and_no_values_have_cells(void **state)
{
    (void)state;
    static const double values[][4] = {{5, 5, 5, 5}, {NAN, NAN, NAN, NAN}, {-1.7e308, 1.7e308, 0, 1}, {1e15, 1, 2, 3}};
    fal_text svg = {0};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        for (int signs = 0; signs < 2; signs++) {
            const fal_heat heat = {
                .title = "", .values = values[i], .rows = 2, .columns = 2, .decimals = 2, .signs = signs == 1};
            assert_ok(fal_heat_svg(&heat, FAL_SVG_INLINE, &svg));
            fal_test_svg_is_whole(&svg);
            assert_int_equal(fal_test_occurrences(svg.chars, "<rect class=\"cell"), 4);
            fal_text_clear(&svg);
        }
    }
    const fal_heat empty = {.title = "", .values = values[0]};
    assert_ok(fal_heat_svg(&empty, FAL_SVG_INLINE, &svg));
    fal_test_svg_is_whole(&svg);
    fal_text_destroy(&svg);
}

static void numbers_that_do_not_fit_are_tooltips(void **state)
{
    (void)state;
    enum { COLUMNS = 60 };
    double values[COLUMNS] = {0.5};
    const fal_heat heat = {.title = "", .values = values, .decimals = 2, .rows = 1, .columns = COLUMNS};
    fal_text svg = {0};
    assert_ok(fal_heat_svg(&heat, FAL_SVG_INLINE, &svg));
    fal_test_svg_is_whole(&svg);
    assert_int_equal(fal_test_occurrences(svg.chars, "><title>0.50</title></rect>"), 1);
    assert_int_equal(fal_test_occurrences(svg.chars, "<text class="), 0);
    fal_text_destroy(&svg);
}

static void hostile_names_leave_heat_maps_whole(void **state)
{
    (void)state;
    double values[FAL_TEST_HOSTILE * FAL_TEST_HOSTILE] = {0};
    for (int i = 0; i < FAL_TEST_HOSTILE; i++) {
        const char *name = fal_test_hostile[i];
        const fal_heat heat = {.title = name,
                               .label = name,
                               .note = name,
                               .row_name = name,
                               .column_name = name,
                               .values = values,
                               .rows = FAL_TEST_HOSTILE,
                               .columns = FAL_TEST_HOSTILE,
                               .row_names = fal_test_hostile,
                               .column_names = fal_test_hostile,
                               .sides = {{name, values, 1}, {name, values, 2}}};
        fal_text svg = {0};
        assert_ok(fal_heat_svg(&heat, i % 2 == 0 ? FAL_SVG_FILE : FAL_SVG_INLINE, &svg));
        fal_test_svg_is_whole(&svg);
        fal_text_destroy(&svg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reals_have_decimals_and_what_is_none_a_dash),
        cmocka_unit_test(signs_have_two_colours_of_the_same_strength),
        cmocka_unit_test(counts_are_shaded_by_the_root_and_nothing_is_empty),
        cmocka_unit_test(equal_extreme_and_no_values_have_cells),
        cmocka_unit_test(numbers_that_do_not_fit_are_tooltips),
        cmocka_unit_test(hostile_names_leave_heat_maps_whole),
    };
    return cmocka_run_group_tests_name("plot/heat", tests, NULL, NULL);
}
