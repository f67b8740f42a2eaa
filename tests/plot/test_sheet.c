/* A sheet of images: the tiles, and the picture inside the figure. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/plot/sheet.h"
#include "svg_text.h"

static void images_stand_in_rows_with_a_line_between_them(void **state)
{
    (void)state;
    const uint8_t images[3 * 2 * 1] = {1, 2, 3, 4, 5, 6}; /* three images of 2 x 1 */
    const fal_sheet sheet = {.title = "", .images = images, .count = 3, .h = 2, .w = 1, .c = 1, .columns = 2};
    const uint8_t wanted[5 * 3] = {1, 128, 3, 2, 128, 4, 128, 128, 128, 5, 128, 128, 6, 128, 128};
    uint8_t *pixels = NULL;
    int h = 0;
    int w = 0;
    assert_ok(fal_sheet_tile(&sheet, &pixels, &h, &w));
    assert_int_equal(h, 5);
    assert_int_equal(w, 3);
    assert_memory_equal(pixels, wanted, sizeof wanted);
    fal_free(pixels);
}

static void colours_stay_together_and_an_empty_sheet_is_a_pixel(void **state)
{
    (void)state;
    const uint8_t images[2 * 3] = {10, 20, 30, 40, 50, 60};
    fal_sheet sheet = {.title = "", .images = images, .count = 2, .h = 1, .w = 1, .c = 3};
    const uint8_t wanted[3 * 3] = {10, 20, 30, 128, 128, 128, 40, 50, 60};
    uint8_t *pixels = NULL;
    int h = 0;
    int w = 0;
    assert_ok(fal_sheet_tile(&sheet, &pixels, &h, &w));
    assert_true(h == 1 && w == 3);
    assert_memory_equal(pixels, wanted, sizeof wanted);
    fal_free(pixels);
    sheet.count = 0;
    assert_ok(fal_sheet_tile(&sheet, &pixels, &h, &w));
    assert_true(h == 1 && w == 1);
    fal_free(pixels);
}

static void the_figure_carries_the_picture_and_covers_each_image(void **state)
{
    (void)state;
    const uint8_t images[3 * 4 * 4] = {0};
    const char *const names[3] = {"cat", "a<b", "dog"};
    fal_sheet sheet = {.title = "logo",
                       .colour = 1,
                       .images = images,
                       .count = 3,
                       .h = 4,
                       .w = 4,
                       .c = 1,
                       .columns = 2,
                       .names = names,
                       .source = "t8:0",
                       .first_row = 5};
    fal_text svg = {0};
    assert_ok(fal_sheet_svg(&sheet, (const unsigned char *)"foob", 4, FAL_SVG_INLINE, &svg));
    fal_test_svg_is_whole(&svg);
    fal_test_text_has(svg.chars, "href=\"data:image/png;base64,Zm9vYg==\"/>");
    fal_test_text_has(svg.chars, "<g class=\"series s1 d1\" data-name=\"logo\">");
    /* Eight pixels of the screen for each, images and the line between them. */
    fal_test_text_has(svg.chars, "<image x=\"0\" y=\"20\" width=\"72\" height=\"72\"");
    fal_test_text_has(svg.chars, "<rect class=\"place\" x=\"40\" y=\"20\" width=\"32\" height=\"32\" data-v=\"t8:0:6\">"
                                 "<title>a&lt;b</title></rect>");
    fal_test_text_has(svg.chars,
                      "<rect class=\"place\" x=\"0\" y=\"60\" width=\"32\" height=\"32\" data-v=\"t8:0:7\">");
    fal_text_clear(&svg);
    for (int i = 0; i < FAL_TEST_HOSTILE; i++) {
        sheet.title = fal_test_hostile[i];
        sheet.names = i % 2 == 0 ? fal_test_hostile : NULL;
        sheet.count = i % 4;
        assert_ok(fal_sheet_svg(&sheet, images, 7, FAL_SVG_FILE, &svg));
        fal_test_svg_is_whole(&svg);
        assert_int_equal(fal_test_occurrences(svg.chars, "class=\"place\""), i % 4);
        fal_text_clear(&svg);
    }
    fal_text_destroy(&svg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_stand_in_rows_with_a_line_between_them),
        cmocka_unit_test(colours_stay_together_and_an_empty_sheet_is_a_pixel),
        cmocka_unit_test(the_figure_carries_the_picture_and_covers_each_image),
    };
    return cmocka_run_group_tests_name("plot/sheet", tests, NULL, NULL);
}
