/* Area averages agree with an independent one in floating point; crops and greys with what is written out here. */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fal/base/memory.h"
#include "fal/data/resize.h"

static uint8_t *picture_of(int h, int w, int c, uint32_t draw)
{
    uint8_t *pixels = NULL;
    assert_ok(fal_alloc(&pixels, (size_t)h * (size_t)w * (size_t)c, 1, "test"));
    for (int i = 0; i < h * w * c; i++) {
        draw = draw * 1664525U + 1013904223U;
        pixels[i] = (uint8_t)(draw >> 24);
    }
    return pixels;
}

/** Integral over [0, y) x [0, x) of the picture as a function that is constant on its pixels. */
static double integral(const uint8_t *p, int h, int w, int c, int k, double y, double x)
{
    double sum = 0;
    for (int i = 0; i < h && i < y; i++) {
        const double part = y - i < 1 ? y - i : 1;
        for (int j = 0; j < w && j < x; j++) {
            sum += part * (x - j < 1 ? x - j : 1) * p[((size_t)i * (size_t)w + (size_t)j) * (size_t)c + (size_t)k];
        }
    }
    return sum;
}

static double mean_of(const uint8_t *p, int h, int w, int c, int k, int o_y, int o_x, int to_h, int to_w)
{
    const double y[2] = {(double)o_y * h / to_h, (o_y + 1.0) * h / to_h};
    const double x[2] = {(double)o_x * w / to_w, (o_x + 1.0) * w / to_w};
    return (integral(p, h, w, c, k, y[1], x[1]) - integral(p, h, w, c, k, y[0], x[1]) -
            integral(p, h, w, c, k, y[1], x[0]) + integral(p, h, w, c, k, y[0], x[0])) /
           ((y[1] - y[0]) * (x[1] - x[0]));
}

static void areas_agree_with_integrals_to_the_rounding(void **state)
{
    (void)state;
    static const int sizes[][5] = {{31, 45, 3, 8, 8}, {64, 64, 1, 32, 32}, {7, 5, 3, 7, 3},  {9, 9, 1, 4, 20},
                                   {3, 4, 3, 8, 11},  {1, 1, 1, 3, 2},     {50, 2, 1, 1, 1}, {13, 17, 1, 13, 17}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const int h = sizes[i][0];
        const int w = sizes[i][1];
        const int c = sizes[i][2];
        const int to_h = sizes[i][3];
        const int to_w = sizes[i][4];
        uint8_t *from = picture_of(h, w, c, (uint32_t)i);
        uint8_t *to = picture_of(to_h, to_w, c, 99);
        assert_ok(fal_resize_area(from, h, w, c, to, to_h, to_w));
        for (int v = 0; v < to_h * to_w * c; v++) {
            const double mean = mean_of(from, h, w, c, v % c, v / c / to_w, v / c % to_w, to_h, to_w);
            assert_true(fabs(to[v] - mean) < 0.5 + 1e-9);
        }
        fal_free(to);
        fal_free(from);
    }
}

static void whole_blocks_are_rounded_means_with_halves_up(void **state)
{
    (void)state;
    const uint8_t from[2][4] = {{0, 1, 10, 10}, {1, 0, 10, 11}}; /* means 0.5 and 10.25 */
    uint8_t to[2] = {0};
    assert_ok(fal_resize_area(from[0], 2, 4, 1, to, 1, 2));
    assert_int_equal(to[0], 1);
    assert_int_equal(to[1], 10);
}

static void parts_of_pixels_count_by_their_part(void **state)
{
    (void)state;
    const uint8_t from[3] = {0, 90, 255}; /* 3 -> 2: (0 + 90 / 2) / 1.5 and (90 / 2 + 255) / 1.5 */
    uint8_t to[2] = {0};
    assert_ok(fal_resize_area(from, 1, 3, 1, to, 1, 2));
    assert_int_equal(to[0], 30);
    assert_int_equal(to[1], 200);
    const uint8_t two[2] = {0, 90}; /* 2 -> 3: the middle one averages */
    uint8_t three[3] = {0};
    assert_ok(fal_resize_area(two, 2, 1, 1, three, 3, 1));
    assert_int_equal(three[0], 0);
    assert_int_equal(three[1], 45);
    assert_int_equal(three[2], 90);
}

static void the_largest_picture_does_not_overflow(void **state)
{
    (void)state;
    uint8_t *from = NULL;
    uint8_t to[4] = {0};
    assert_ok(fal_alloc(&from, FAL_RESIZE_SIDE_MAX, 2048, "test"));
    memset(from, 255, (size_t)FAL_RESIZE_SIDE_MAX * 2048);
    assert_ok(fal_resize_area(from, 2048, FAL_RESIZE_SIDE_MAX, 1, to, 2, 2));
    assert_int_equal(to[0], 255);
    assert_int_equal(to[3], 255);
    assert_ok(fal_resize_area(from, FAL_RESIZE_SIDE_MAX, 2048, 1, to, 1, 3));
    assert_int_equal(to[1], 255);
    fal_free(from);
}

static void the_centre_has_the_wanted_proportions(void **state)
{
    (void)state;
    static const struct {
        int h, w, to_h, to_w, new_h, new_w, first_y, first_x;
    } cases[] = {{4, 7, 1, 1, 4, 4, 0, 1},  {7, 4, 5, 5, 4, 4, 1, 0}, {6, 6, 3, 3, 6, 6, 0, 0},
                 {4, 12, 1, 2, 4, 8, 0, 2}, {9, 4, 2, 1, 8, 4, 0, 0}, {1, 9, 100, 1, 1, 1, 0, 4}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int c = 1; c <= 3; c += 2) {
            int h = cases[i].h;
            int w = cases[i].w;
            uint8_t *pixels = picture_of(h, w, c, 5);
            uint8_t *kept = picture_of(h, w, c, 5);
            fal_resize_crop_centre(pixels, &h, &w, c, cases[i].to_h, cases[i].to_w);
            assert_int_equal(h, cases[i].new_h);
            assert_int_equal(w, cases[i].new_w);
            for (int y = 0; y < h; y++) {
                const int from = ((y + cases[i].first_y) * cases[i].w + cases[i].first_x) * c;
                assert_memory_equal(pixels + y * w * c, kept + from, (size_t)(w * c));
            }
            fal_free(kept);
            fal_free(pixels);
        }
    }
}

static void colours_become_the_luma_of_libraries(void **state)
{
    (void)state;
    /* Pillow: Image.fromarray(...).convert("L") */
    uint8_t pixels[18] = {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 10, 20, 30, 200, 100, 7};
    const uint8_t expected[6] = {76, 150, 29, 255, 18, 119};
    fal_resize_to_grey(pixels, 6);
    assert_memory_equal(pixels, expected, 6);
    fal_resize_to_colour(pixels, 6);
    for (int i = 0; i < 18; i++) {
        assert_int_equal(pixels[i], expected[i / 3]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(areas_agree_with_integrals_to_the_rounding),
                                       cmocka_unit_test(whole_blocks_are_rounded_means_with_halves_up),
                                       cmocka_unit_test(parts_of_pixels_count_by_their_part),
                                       cmocka_unit_test(the_largest_picture_does_not_overflow),
                                       cmocka_unit_test(the_centre_has_the_wanted_proportions),
                                       cmocka_unit_test(colours_become_the_luma_of_libraries)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
