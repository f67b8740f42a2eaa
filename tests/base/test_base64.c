/* Base64: the examples of RFC 4648 section 10, all bytes, and texts longer than a piece. */
#include "support.h"

#include <string.h>

#include "fal/base/base64.h"

static void texts_are_those_of_the_standard(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"f", "Zg=="},        {"fo", "Zm8="},        {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
    fal_text text = {0};
    fal_base64_add(&text, (const unsigned char *)"", 0);
    assert_int_equal(text.length, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fal_base64_add(&text, (const unsigned char *)cases[i][0], strlen(cases[i][0]));
        assert_string_equal(text.chars, cases[i][1]);
        fal_text_clear(&text);
    }
    const unsigned char high[] = {0xfb, 0xff, 0xbf, 0, 0x10, 0x83};
    fal_base64_add(&text, high, sizeof high);
    assert_string_equal(text.chars, "+/+/ABCD");
    fal_text_destroy(&text);
}

static void long_ones_are_in_one_piece(void **state)
{
    (void)state;
    unsigned char bytes[3001];
    fal_text text = {0};
    memset(bytes, 0, sizeof bytes);
    for (size_t count = 760; count < sizeof bytes; count += 7) {
        fal_base64_add(&text, bytes, count);
        assert_int_equal(text.length, (count + 2) / 3 * 4);
        assert_int_equal(strspn(text.chars, "A"), (count * 8 + 5) / 6);
        assert_int_equal(strspn(text.chars, "A="), text.length);
        fal_text_clear(&text);
    }
    fal_text_destroy(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_those_of_the_standard),
        cmocka_unit_test(long_ones_are_in_one_piece),
    };
    return cmocka_run_group_tests_name("base/base64", tests, NULL, NULL);
}
