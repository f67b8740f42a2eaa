/* The labelling page: what names hold stays text, pictures are carried, the word for "can't tell" is no class. */
#include "support.h"

#include <string.h>

#include "fal/plot/label.h"

static void make(fal_text *html, const char *title, const char *name)
{
    const fal_label_page page = {.title = title, .key = "abc", .h = 2, .w = 3, .suggest = true};
    fal_label_page_begin(html, &page);
    fal_label_page_class(html, name, 0);
    fal_label_page_class(html, "dog", 1);
    fal_label_page_images(html);
    fal_label_page_image(html, 0, 2, 5, 123, "train_000123_5f3a9c1e.png", 1);
    fal_label_page_image(html, 1, 2, 6, 7, "train_000007_00000000.png", -1);
    fal_label_page_pictures(html);
    fal_label_page_picture(html, 0, (const unsigned char *)"foobar", 6);
    fal_label_page_picture(html, 1, (const unsigned char *)"fo", 2);
    fal_label_page_end(html);
    assert_int_equal(fal_text_status(html), FAL_OK);
}

static int times(const char *text, const char *part)
{
    int found = 0;
    for (const char *p = text; (p = strstr(p, part)) != NULL; p++) {
        found++;
    }
    return found;
}

static void the_policy_comes_first(void **state)
{
    (void)state;
    fal_text html = {0};
    make(&html, "t", "cat");
    const char *policy =
        strstr(html.chars, "<head>\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
                           "'none'; img-src data:; style-src 'unsafe-inline'; script-src "
                           "'unsafe-inline'\">");
    assert_non_null(policy);
    fal_text_destroy(&html);
}

static void what_it_is_about_is_all_there(void **state)
{
    (void)state;
    fal_text html = {0};
    make(&html, "t", "cat");
    assert_non_null(strstr(html.chars, "\"classes\":[\"cat\",\"dog\"]"));
    assert_non_null(strstr(html.chars, "{\"client\":2,\"order\":5,\"image\":123,\"file\":"
                                       "\"train_000123_5f3a9c1e.png\",\"suggested\":1},\n{"));
    assert_non_null(strstr(html.chars, "\"suggested\":-1}]}</script>"));
    assert_non_null(strstr(html.chars, "id=\"p0\">Zm9vYmFy</script>"));
    assert_non_null(strstr(html.chars, "id=\"p1\">Zm8=</script>"));
    assert_non_null(strstr(html.chars, "<noscript>"));
    fal_text_destroy(&html);
}

static void hostile_names_end_nothing(void **state)
{
    (void)state;
    const char hostile[] = "</script></title><img src=x onerror=alert(1)><!--\"'&";
    fal_text plain = {0};
    fal_text html = {0};
    make(&plain, "t", "cat");
    make(&html, hostile, hostile);
    static const char *const parts[] = {"<script", "</script", "<img", "</title", "<!--"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        assert_int_equal(times(html.chars, parts[i]), times(plain.chars, parts[i]));
    }
    assert_null(strstr(html.chars, hostile));
    fal_text_destroy(&plain);
    fal_text_destroy(&html);
}

static void cannot_tell_is_a_word_that_is_no_class(void **state)
{
    (void)state;
    const char names[4][16] = {"cat", "?", "can't tell", "cannot tell"};
    assert_string_equal(fal_label_cannot_word(names[0], sizeof names[0], 1), "?");
    assert_string_equal(fal_label_cannot_word(names[0], sizeof names[0], 2), "can't tell");
    assert_string_equal(fal_label_cannot_word(names[0], sizeof names[0], 3), "cannot tell");
    assert_null(fal_label_cannot_word(names[0], sizeof names[0], 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_policy_comes_first),
        cmocka_unit_test(what_it_is_about_is_all_there),
        cmocka_unit_test(hostile_names_end_nothing),
        cmocka_unit_test(cannot_tell_is_a_word_that_is_no_class),
    };
    return cmocka_run_group_tests_name("plot/label", tests, NULL, NULL);
}
