/* Frames: what people, CSV and JSON get of the same cells. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/io/table.h"
#include "fal/report/frame.h"

static const fal_frame_column columns[] = {
    {"name", FAL_FRAME_NAME, 0, "who"},      {"note", FAL_FRAME_TEXT, 0, "what"},
    {"count", FAL_FRAME_INT, 0, "how many"}, {"value", FAL_FRAME_REAL, 2, "how much"},
    {"p", FAL_FRAME_P, 0, "how sure"},
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

static void put(fal_frame *frame, const char *name, const char *note, int64_t count, double value, double p)
{
    fal_frame_put_text(frame, name);
    fal_frame_put_text(frame, note);
    fal_frame_put_int(frame, count);
    fal_frame_put_real(frame, value);
    fal_frame_put_real(frame, p);
}

static fal_frame make(void)
{
    fal_frame frame;
    fal_frame_init(&frame, "things", "Things", columns, COLUMNS);
    put(&frame, "logo", "a, \"b\"", 3, -0.004, 0.0004);
    put(&frame, "random", "</script>\x1b[31m", FAL_TABLE_MISSING, NAN, NAN);
    put(&frame, "logo", "", -7, INFINITY, 0.25);
    assert_ok(fal_frame_status(&frame));
    assert_int_equal(frame.row_count, 3);
    return frame;
}

static const char *shown(const fal_frame *frame, int64_t row, int column)
{
    static char text[64];
    fal_frame_show(frame, row, column, text, sizeof text);
    return text;
}

static void people_get_rounded_numbers_without_minus_zero(void **state)
{
    (void)state;
    fal_frame frame = make();
    assert_string_equal(shown(&frame, 0, 0), "logo");
    assert_string_equal(shown(&frame, 0, 2), "3");
    assert_string_equal(shown(&frame, 0, 3), "0.00");
    assert_string_equal(shown(&frame, 0, 4), "<0.001");
    assert_string_equal(shown(&frame, 1, 2), "-");
    assert_string_equal(shown(&frame, 1, 3), "-");
    assert_string_equal(shown(&frame, 1, 4), "-");
    assert_string_equal(shown(&frame, 2, 2), "-7");
    assert_string_equal(shown(&frame, 2, 3), "inf");
    assert_string_equal(shown(&frame, 2, 4), "0.250");
    fal_frame_destroy(&frame);
}

static void people_get_what_json_would_round_to(void **state)
{
    (void)state;
    static const fal_frame_column emd[] = {{"emd", FAL_FRAME_REAL, 3, ""}};
    fal_frame frame;
    fal_text json = {0};
    fal_frame_init(&frame, "emd", "EMD", emd, 1);
    fal_frame_put_real(&frame, nextafter(0.6125, 0)); /* alone it would be shown as 0.612 */
    fal_frame_json(&frame, &json);
    fal_test_text_has(json.chars, "\"values\":[0.6125]");
    assert_true(fal_frame_at(&frame, 0, 0)->real == 0.6125);
    char expected[16];
    (void)snprintf(expected, sizeof expected, "%.3f", 0.6125);
    assert_string_equal(shown(&frame, 0, 0), expected);
    fal_text_destroy(&json);
    fal_frame_destroy(&frame);
}

static void texts_of_many_rows_are_levels_in_json(void **state)
{
    (void)state;
    fal_frame frame;
    fal_text json = {0};
    fal_frame_init(&frame, "things", "Things", columns, COLUMNS);
    for (int i = 0; i < 8; i++) {
        put(&frame, "logo", i % 2 == 0 ? "even" : "odd", i, i, i);
    }
    fal_frame_json(&frame, &json);
    fal_test_text_has(json.chars, "\"values\":[0,1,0,1,0,1,0,1],\"levels\":[\"even\",\"odd\"]");
    fal_text_destroy(&json);
    fal_frame_destroy(&frame);
}

static void texts_are_copied_and_made_printable(void **state)
{
    (void)state;
    char note[] = "mine";
    fal_frame frame;
    fal_frame_init(&frame, "things", "Things", columns, COLUMNS);
    put(&frame, "logo", note, 1, 1, 1);
    note[0] = 'f';
    assert_string_equal(fal_frame_at(&frame, 0, 1)->text, "mine");
    fal_frame_destroy(&frame);
    frame = make();
    assert_null(strchr(fal_frame_at(&frame, 1, 1)->text, '\x1b'));
    fal_frame_destroy(&frame);
}

static void csv_has_all_digits_and_quotes_where_it_must(void **state)
{
    (void)state;
    fal_frame frame = make();
    fal_text csv = {0};
    fal_frame_csv(&frame, &csv);
    assert_string_equal(csv.chars, "name,note,count,value,p\n"
                                   "logo,\"a, \"\"b\"\"\",3,-0.004,0.0004\n"
                                   "random,</script>?[31m,,,\n"
                                   "logo,,-7,inf,0.25\n");
    fal_text_destroy(&csv);
    fal_frame_destroy(&frame);
}

static void json_has_levels_and_nothing_that_ends_an_element(void **state)
{
    (void)state;
    fal_frame frame = make();
    fal_text json = {0};
    fal_frame_json(&frame, &json);
    fal_test_text_has(json.chars,
                      "\"name\":\"name\",\"meaning\":\"who\",\"values\":[0,1,0],\"levels\":[\"logo\",\"random\"]");
    fal_test_text_has(json.chars, "\"values\":[3,null,-7]");
    fal_test_text_has(json.chars, "\"show\":2,\"values\":[-0.004,null,\"inf\"]");
    fal_test_text_has(json.chars, "\"show\":\"p\",\"values\":[0.0004,null,0.25]");
    fal_test_text_has(json.chars, "\\u003c/script\\u003e");
    assert_null(strchr(json.chars, '<'));
    fal_text_destroy(&json);
    fal_frame_destroy(&frame);
}

static void an_empty_frame_is_a_head_line(void **state)
{
    (void)state;
    fal_frame frame;
    fal_text csv = {0};
    fal_frame_init(&frame, "things", "Things", columns, COLUMNS);
    fal_frame_csv(&frame, &csv);
    assert_string_equal(csv.chars, "name,note,count,value,p\n");
    fal_text_destroy(&csv);
    fal_frame_destroy(&frame);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_get_rounded_numbers_without_minus_zero),
        cmocka_unit_test(people_get_what_json_would_round_to),
        cmocka_unit_test(texts_of_many_rows_are_levels_in_json),
        cmocka_unit_test(texts_are_copied_and_made_printable),
        cmocka_unit_test(csv_has_all_digits_and_quotes_where_it_must),
        cmocka_unit_test(json_has_levels_and_nothing_that_ends_an_element),
        cmocka_unit_test(an_empty_frame_is_a_head_line),
    };
    return cmocka_run_group_tests_name("report/frame", tests, NULL, NULL);
}
