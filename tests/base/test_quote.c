/* Texts as JSON and CSV: what would end a string, a field or an HTML element does not. */
#include "support.h"

#include <math.h>

#include "fal/base/quote.h"

static void json_ends_neither_its_string_nor_its_element(void **state)
{
    (void)state;
    fal_text text = {0};
    fal_json_text(&text, "a\"b\\c</script><!--&\n\x01 \xc3\xa4");
    assert_string_equal(text.chars, "\"a\\\"b\\\\c\\u003c/script\\u003e\\u003c!--\\u0026\\u000a\\u0001 \xc3\xa4\"");
    fal_text_clear(&text);
    fal_json_real(&text, NAN);
    fal_json_real(&text, -INFINITY);
    fal_json_real(&text, 0.5);
    assert_string_equal(text.chars, "null\"-inf\"0.5");
    fal_text_destroy(&text);
}

static void csv_fields_are_quoted_where_a_reader_would_change_them(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"plain name", "plain name"},
                                           {"", ""},
                                           {"a,b", "\"a,b\""},
                                           {"say \"no\"", "\"say \"\"no\"\"\""},
                                           {" a", "\" a\""},
                                           {"a\t", "\"a\t\""},
                                           {"a\nb", "\"a\nb\""},
                                           {"a\rb", "\"a\rb\""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fal_text text = {0};
        fal_text_add(&text, "%s", "");
        fal_csv_text(&text, cases[i][0]);
        assert_string_equal(text.chars, cases[i][1]);
        fal_text_destroy(&text);
    }
    fal_text text = {0};
    fal_csv_real(&text, 1.25);
    fal_csv_real(&text, NAN);
    assert_string_equal(text.chars, "1.25");
    fal_text_destroy(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_ends_neither_its_string_nor_its_element),
        cmocka_unit_test(csv_fields_are_quoted_where_a_reader_would_change_them),
    };
    return cmocka_run_group_tests_name("base/quote", tests, NULL, NULL);
}
