/* JSON lists: what RFC 8259 allows comes back, what it does not is refused with its line, and no bytes crash it. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#include "fal/base/quote.h"
#include "fal/base/random.h"
#include "fal/io/json.h"

enum { LIMIT = 1 << 22 };

static fal_status open_text(const char *text, size_t length, fal_json **json)
{
    const char *path = fal_test_temporary("some.json");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    return fal_json_open(path, LIMIT, json);
}

/* All of it; the number of elements, or -1 if it is refused. */
static int read_all(const char *text, size_t length)
{
    fal_json *json = NULL;
    const fal_json_value *element = NULL;
    int count = 0;
    fal_status_clear();
    if (open_text(text, length, &json) != FAL_OK) {
        return -1;
    }
    fal_status status = fal_json_next(json, &element);
    while (status == FAL_OK && element != NULL) {
        count++;
        status = fal_json_next(json, &element);
    }
    fal_json_close(json);
    return status == FAL_OK ? count : -1;
}

static int elements(const char *text) { return read_all(text, strlen(text)); }

static void values_come_back(void **state)
{
    (void)state;
    fal_json *json = NULL;
    const fal_json_value *element = NULL;
    const fal_json_value *found = NULL;
    const char text[] = "\xef\xbb\xbf [ {\"id\": -12.5e+3, \"name\":\"a\\\"\\\\\\/\\n\\u00e4\\uD83D\\ude00\xc3\xa4\",\n"
                        "\"list\":[null,true,false,[],{}]}, 0 ,\"x\"] \r\n";
    assert_ok(open_text(text, sizeof text - 1, &json));
    assert_ok(fal_json_next(json, &element));
    assert_int_equal(element->kind, FAL_JSON_OBJECT);
    assert_ok(fal_json_find(json, element, "id", &found));
    assert_int_equal(found->kind, FAL_JSON_NUMBER);
    assert_string_equal(found->text, "-12.5e+3");
    assert_ok(fal_json_find(json, element, "name", &found));
    assert_string_equal(found->text, "a\"\\/\n\xc3\xa4\xf0\x9f\x98\x80\xc3\xa4");
    assert_ok(fal_json_find(json, element, "list", &found));
    assert_int_equal(found->line, 2);
    static const fal_json_kind kinds[] = {FAL_JSON_NULL, FAL_JSON_TRUE, FAL_JSON_FALSE, FAL_JSON_ARRAY,
                                          FAL_JSON_OBJECT};
    const fal_json_value *v = fal_json_first(json, found);
    for (int i = 0; i < 5; i++, v = fal_json_after(json, v)) {
        assert_int_equal(v->kind, kinds[i]);
        assert_null(v->name);
    }
    assert_null(v);
    assert_ok(fal_json_find(json, element, "none", &found));
    assert_null(found);
    assert_ok(fal_json_next(json, &element));
    assert_string_equal(element->text, "0");
    assert_ok(fal_json_find(json, element, "none", &found));
    assert_null(found);
    assert_ok(fal_json_next(json, &element));
    assert_string_equal(element->text, "x");
    assert_ok(fal_json_next(json, &element));
    assert_null(element);
    assert_ok(fal_json_next(json, &element));
    assert_null(element);
    fal_json_close(json);
}

static void what_json_is_not_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "{}",
                                        "[",
                                        "[1",
                                        "[1,",
                                        "[1,]",
                                        "[,1]",
                                        "[1 2]",
                                        "[1]x",
                                        "[01]",
                                        "[1.]",
                                        "[.5]",
                                        "[-]",
                                        "[+1]",
                                        "[1e]",
                                        "[0x1]",
                                        "[NaN]",
                                        "[nul]",
                                        "[nulll]",
                                        "['a']",
                                        "[\"a]",
                                        "[\"\\x\"]",
                                        "[\"\\u12\"]",
                                        "[\"\\ud800\"]",
                                        "[\"\\udc00\"]",
                                        "[\"\\ud800\\u0041\"]",
                                        "[\"\\u0000\"]",
                                        "[\"a\nb\"]",
                                        "[\"a\tb\"]",
                                        "[{]",
                                        "[{}",
                                        "[{1:2}]",
                                        "[{\"a\"}]",
                                        "[{\"a\":}]",
                                        "[{\"a\":1,}]",
                                        "[{\"a\":1 \"b\":2}]",
                                        "[[1}]",
                                        "[{\"a\":1]]",
                                        "[1]//",
                                        "[/**/1]",
                                        "[\"\\"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (elements(wrong[i]) >= 0) {
            fail_msg("not refused: %s", wrong[i]);
        }
        fal_test_message_has("some.json:1: ");
    }
    static const char *const right[] = {"[]", " [ ] ", "[-0]", "[1e5,2E-7,0.5]", "[[[]],{\"\":{}}]", "[\"\"]"};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        assert_true(elements(right[i]) >= 0);
    }
    assert_int_equal(elements("[\n\n1,\n?]"), -1);
    fal_test_message_has("some.json:4: ");
    fal_status_clear();
}

static void a_member_that_stands_twice_is_refused(void **state)
{
    (void)state;
    fal_json *json = NULL;
    const fal_json_value *element = NULL;
    const fal_json_value *found = NULL;
    const char text[] = "[{\"a\":1,\n\"a\":2}]";
    assert_ok(open_text(text, sizeof text - 1, &json));
    assert_ok(fal_json_next(json, &element));
    assert_fails(fal_json_find(json, element, "a", &found), FAL_ERR_INPUT, "some.json:2: the member a stands twice");
    fal_json_close(json);
}

static void depth_and_length_are_bounded(void **state)
{
    (void)state;
    fal_text text = {0};
    fal_text_add(&text, "[");
    for (int i = 0; i < FAL_JSON_DEPTH_MAX; i++) {
        fal_text_add(&text, "[");
    }
    for (int i = 0; i <= FAL_JSON_DEPTH_MAX; i++) {
        fal_text_add(&text, "]");
    }
    assert_int_equal(elements(text.chars), 1);
    fal_text_clear(&text);
    for (int i = 0; i < 100000; i++) {
        fal_text_add(&text, "[");
    }
    assert_int_equal(elements(text.chars), -1);
    fal_test_message_has("too deeply");
    fal_text_clear(&text);
    fal_text_add(&text, "[[0");
    for (int i = 1; i < FAL_JSON_VALUES_MAX; i++) {
        fal_text_add(&text, ",0");
    }
    fal_text_add(&text, "]]");
    assert_int_equal(elements(text.chars), -1);
    fal_test_message_has("more than a million values");
    fal_status_clear();
    fal_text_destroy(&text);
}

/* A made-up value of random shape as text. */
static uint32_t draw(uint32_t below, uint64_t *place)
{
    const fal_rng rng = {.seed = 7, .purpose = FAL_RNG_QUERY};
    return (uint32_t)(fal_rng_below(&rng, (*place)++, below));
}

static void make_value(fal_text *text, int depth, uint64_t *place)
{
    static const char *const scalars[] = {"null", "true", "-1.5e3", "0", "\"a\\u00e4\\n\"", "\"<tag>\"", "false"};
    const uint32_t kind = draw(depth < 5 ? 4 : 2, place);
    if (kind < 2) {
        fal_text_add(text, "%s", scalars[draw(sizeof scalars / sizeof *scalars, place)]);
        return;
    }
    const uint32_t count = draw(4, place);
    fal_text_add(text, kind == 2 ? "[" : "{");
    for (uint32_t i = 0; i < count; i++) {
        fal_text_add(text, "%s", i > 0 ? ", " : "");
        if (kind == 3) {
            fal_text_add(text, "\"m%u\":", i);
        }
        make_value(text, depth + 1, place);
    }
    fal_text_add(text, kind == 2 ? "]" : "}");
}

static void no_bytes_crash_it(void **state)
{
    (void)state;
    static const char letters[] = "[]{},:\"\\u0dD8eE+-.19ntf \n\x01\xff";
    uint64_t place = 0;
    int refused = 0;
    for (int round = 0; round < 400; round++) {
        fal_text text = {0};
        fal_text_add(&text, "[");
        for (int i = 0; i < 3; i++) {
            fal_text_add(&text, "%s", i > 0 ? "," : "");
            make_value(&text, 0, &place);
        }
        fal_text_add(&text, "]");
        assert_int_equal(elements(text.chars), 3);
        for (uint32_t change = 0; change <= draw(4, &place); change++) {
            text.chars[draw((uint32_t)text.length, &place)] = letters[draw(sizeof letters - 1, &place)];
        }
        const size_t length = draw(3, &place) == 0 ? draw((uint32_t)text.length, &place) : text.length;
        if (read_all(text.chars, length) < 0) {
            refused++;
            fal_test_message_has("some.json");
            fal_status_clear();
        }
        fal_text_destroy(&text);
    }
    assert_in_range(refused, 100, 399);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_back),
        cmocka_unit_test(what_json_is_not_is_refused),
        cmocka_unit_test(a_member_that_stands_twice_is_refused),
        cmocka_unit_test(depth_and_length_are_bounded),
        cmocka_unit_test(no_bytes_crash_it),
    };
    return cmocka_run_group_tests_name("io/json", tests, NULL, NULL);
}
