/* The page and the import for Label Studio carry the query's images, and tell the suggestion only where it is wanted.
 */
#include "support.h"

#include <math.h>
#include <string.h>

#include "fal/base/base64.h"
#include "fal/base/memory.h"
#include "fal/io/file.h"
#include "fal/io/json.h"
#include "fal/io/png_write.h"
#include "fal/results/query_folder.h"

enum { SIDE = 5, COUNT = 3 };

static uint8_t pictures[COUNT][SIDE * SIDE * 3];
static const char classes[2][FAL_NAME_MAX] = {"</script>\"", "pneumonia"};
static fal_query_item items[COUNT];

static const uint8_t *pixels(const void *context, int64_t image)
{
    (void)context;
    return pictures[image - 100];
}

static fal_query make(void)
{
    fal_query query = {.name = "tiny_logo_s1",
                       .round = 3,
                       .client = 2,
                       .items = items,
                       .count = COUNT,
                       .pixels = pixels,
                       .h = SIDE,
                       .w = SIDE,
                       .c = 3,
                       .classes = 2,
                       .class_names = classes,
                       .dataset = "tiny",
                       .sha256_train_images = "11",
                       .sha256_train_labels = "22"};
    memset(pictures, 77, sizeof pictures);
    for (int i = 0; i < COUNT; i++) {
        pictures[i][3] = (uint8_t)i;
        items[i] =
            (fal_query_item){.order = 2 * i, .image = 102 - i, .suggested = i - 1, .score = i == 0 ? NAN : 0.25 * i};
        assert_ok(fal_query_fill_sha256(&query, &items[i]));
    }
    assert_ok(fal_query_hash(&query));
    return query;
}

static void add_picture(int64_t image, fal_text *text)
{
    unsigned char *png = NULL;
    size_t count = 0;
    assert_ok(fal_png_pack(pixels(NULL, image), SIDE, SIDE, 3, &png, &count));
    fal_base64_add(text, png, count);
    fal_free(png);
}

static void the_page_carries_its_images(void **state)
{
    (void)state;
    const fal_query query = make();
    fal_text html = {0};
    const fal_query_folder_options hidden = {0};
    assert_ok(fal_query_page_html(&query, &hidden, &html));
    fal_test_text_has(html.chars, query.hash);
    fal_test_text_has(html.chars, "\"h\":5,\"w\":5,\"suggest\":false,\"smooth\":false");
    fal_test_text_has(html.chars, "\"classes\":[\"\\u003c/script\\u003e\\\"\",\"pneumonia\"]");
    for (int i = 0; i < COUNT; i++) {
        char name[FAL_QUERY_IMAGE_NAME];
        fal_text part = {0};
        fal_query_image_name(&items[i], name);
        fal_text_add(&part, "{\"client\":2,\"order\":%d,\"image\":%d,\"file\":\"%s\",\"suggested\":-1}", 2 * i, 102 - i,
                     name);
        fal_test_text_has(html.chars, part.chars);
        fal_text_clear(&part);
        fal_text_add(&part, "id=\"p%d\">", i);
        add_picture(items[i].image, &part);
        fal_test_text_has(html.chars, part.chars);
        fal_text_destroy(&part);
    }
    fal_text_clear(&html);
    const fal_query_folder_options shown = {.suggest = true, .smooth = true};
    assert_ok(fal_query_page_html(&query, &shown, &html));
    fal_test_text_has(html.chars, "\"suggest\":true,\"smooth\":true");
    fal_test_text_has(html.chars, "\"suggested\":1}");
    fal_text_destroy(&html);
}

static void the_tasks_are_json_and_find_their_way_back(void **state)
{
    (void)state;
    static const char *const members[] = {"client", "order", "row", "file", "score", "image"};
    const fal_query query = make();
    const fal_query_folder_options hidden = {0};
    const char *path = fal_test_temporary("tasks.json");
    fal_text text = {0};
    fal_json *json = NULL;
    const fal_json_value *task = NULL;
    assert_ok(fal_query_tasks_json(&query, &hidden, &text));
    fal_test_text_lacks(text.chars, "suggested");
    assert_ok(fal_file_replace(path, text.chars, text.length));
    assert_ok(fal_json_open(path, 1 << 20, &json));
    for (int i = 0; i < COUNT; i++) {
        const fal_json_value *data = NULL;
        const fal_json_value *found[6];
        char name[FAL_QUERY_IMAGE_NAME];
        fal_text picture = {0};
        assert_ok(fal_json_next(json, &task));
        assert_ok(fal_json_find(json, task, "data", &data));
        for (int m = 0; m < 6; m++) {
            assert_ok(fal_json_find(json, data, members[m], &found[m]));
            assert_non_null(found[m]);
        }
        assert_string_equal(found[0]->text, "2");
        fal_query_image_name(&items[i], name);
        assert_string_equal(found[3]->text, name);
        assert_int_equal(found[4]->kind, i == 0 ? FAL_JSON_NULL : FAL_JSON_NUMBER);
        fal_text_add(&picture, "data:image/png;base64,");
        add_picture(items[i].image, &picture);
        assert_string_equal(found[5]->text, picture.chars);
        fal_text_destroy(&picture);
    }
    assert_ok(fal_json_next(json, &task));
    assert_null(task);
    fal_json_close(json);
    fal_text_clear(&text);
    const fal_query_folder_options shown = {.suggest = true};
    assert_ok(fal_query_tasks_json(&query, &shown, &text));
    fal_test_text_has(text.chars, "\"suggested\":\"pneumonia\"");
    fal_text_destroy(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_carries_its_images),
        cmocka_unit_test(the_tasks_are_json_and_find_their_way_back),
    };
    return cmocka_run_group_tests_name("results/query_page", tests, NULL, NULL);
}
