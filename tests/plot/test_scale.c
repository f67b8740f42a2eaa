/* Ticks: round numbers that enclose the values, whatever these are. */
#include "support.h"

#include <math.h>

#include "fal/plot/scale.h"

#define assert_near(a, b) assert_true(fabs((double)(a) - (double)(b)) <= 1e-9)

static void ticks_are_round_and_enclose_the_values(void **state)
{
    (void)state;
    static const struct {
        double low, high;
        int wanted;
        double first, step;
        int ticks, decimals;
    } cases[] = {
        {0, 10, 6, 0, 2, 6, 0},           {0.3, 9.7, 6, 0, 2, 6, 0},
        {41.2, 73.9, 6, 40, 5, 8, 0},     {0.1, 0.5, 5, 0.1, 0.1, 5, 1},
        {0.05, 0.2, 4, 0.05, 0.05, 4, 2}, {-3, 3, 4, -4, 2, 5, 0},
        {-1e6, 1e6, 3, -1e6, 1e6, 3, 0},  {0.012, 0.0135, 4, 0.012, 0.0005, 4, 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const fal_scale scale = fal_scale_make(cases[i].low, cases[i].high, cases[i].wanted);
        assert_true(scale.low <= cases[i].low + 1e-9 && scale.high >= cases[i].high - 1e-9);
        assert_near(scale.low, cases[i].first);
        assert_near(scale.step, cases[i].step);
        assert_int_equal(scale.ticks, cases[i].ticks);
        assert_int_equal(scale.decimals, cases[i].decimals);
        assert_near(fal_scale_tick(&scale, scale.ticks - 1), scale.high);
    }
}

static void a_single_value_and_no_value_have_a_scale(void **state)
{
    (void)state;
    static const double cases[][2] = {{5, 5}, {0, 0}, {-2, -2}, {NAN, NAN}, {INFINITY, -INFINITY}, {3, 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const fal_scale scale = fal_scale_make(cases[i][0], cases[i][1], 5);
        assert_true(isfinite(scale.low) && scale.high > scale.low && scale.ticks >= 2 && scale.ticks < 20);
    }
}

static void zero_has_one_sign_and_places_follow_the_axis(void **state)
{
    (void)state;
    const fal_scale scale = fal_scale_make(-0.3, 0.3, 7);
    for (int i = 0; i < scale.ticks; i++) {
        assert_false(signbit(fal_scale_tick(&scale, i)) && fabs(fal_scale_tick(&scale, i)) < scale.step / 2);
    }
    assert_near(fal_scale_place(&scale, scale.low, 300, 20), 300);
    assert_near(fal_scale_place(&scale, scale.high, 300, 20), 20);
    assert_near(fal_scale_place(&scale, 0, 300, 20), 160);
}

static void logarithmic_ticks_enclose_the_values(void **state)
{
    (void)state;
    static const struct {
        double low, high;
        int wanted, ticks;
        double first, last;
        const char *second; /* tick as text */
    } cases[] = {
        {5, 75, 6, 5, 5, 100, "10"},
        {1, 1000, 10, 10, 1, 1000, "2"},
        {0.002, 0.3, 8, 8, 0.002, 0.5, "0.005"},
        {1, 1e6, 4, 4, 1, 1e6, "100"},
        {3, 3, 5, 2, 2, 5, "5"},
        {10, 10, 5, 2, 10, 20, "20"},
        {1e-3, 1e9, 4, 4, 1e-4, 1e8 * 1e0, NULL},
        {200, 60000, 6, 4, 100, 1e5, "1000"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const fal_scale scale = fal_scale_make_log(cases[i].low, cases[i].high, cases[i].wanted);
        assert_true(scale.low <= cases[i].low * (1 + 1e-9) && scale.high >= cases[i].high * (1 - 1e-9));
        assert_true(scale.log && scale.ticks <= cases[i].wanted + 3);
        if (cases[i].second != NULL) {
            char text[FAL_SCALE_TEXT];
            fal_scale_text(&scale, 1, text);
            assert_string_equal(text, cases[i].second);
            assert_int_equal(scale.ticks, cases[i].ticks);
            assert_near(scale.low, cases[i].first);
            assert_near(scale.high, cases[i].last);
        }
        for (int t = 1; t < scale.ticks; t++) {
            assert_true(fal_scale_tick(&scale, t) > fal_scale_tick(&scale, t - 1));
        }
        assert_near(fal_scale_place(&scale, scale.low, 300, 20), 300);
        assert_near(fal_scale_place(&scale, scale.high, 300, 20), 20);
        assert_near(fal_scale_place(&scale, sqrt(scale.low * scale.high), 300, 20), 160);
    }
    static const double without[][2] = {{0, 5}, {-3, 2}, {NAN, NAN}, {INFINITY, -INFINITY}, {5, 2}, {1, INFINITY}};
    for (size_t i = 0; i < sizeof without / sizeof *without; i++) {
        const fal_scale scale = fal_scale_make_log(without[i][0], without[i][1], 5);
        assert_near(scale.low, 1);
        assert_near(scale.high, 10);
    }
    const fal_scale scale = fal_scale_make_log(1, 10, 5);
    assert_true(fal_scale_holds(&scale, 1e-9));
    assert_false(fal_scale_holds(&scale, 0) || fal_scale_holds(&scale, -1) || fal_scale_holds(&scale, NAN));
}

static void the_ends_of_what_a_double_holds_have_scales(void **state)
{
    (void)state;
    static const double cases[][2] = {{-1.7e308, 1.7e308}, {5e-324, 5e-324}, {0, 5e-324},
                                      {1e16, 1e16 + 2},    {1, 1 + 1e-15},   {-1.7e308, -1.6e308}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[FAL_SCALE_TEXT];
        const fal_scale scale = fal_scale_make(cases[i][0], cases[i][1], 6);
        assert_true(isfinite(scale.low) && isfinite(scale.high) && scale.high > scale.low);
        assert_true(scale.ticks >= 2 && scale.ticks < 20);
        fal_scale_text(&scale, scale.ticks - 1, text);
        assert_true(isfinite(fal_scale_place(&scale, cases[i][0], 300, 20)));
    }
    assert_true(fal_scale_make_log(5e-324, 1.7e308, 6).ticks < 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_are_round_and_enclose_the_values),
        cmocka_unit_test(a_single_value_and_no_value_have_a_scale),
        cmocka_unit_test(zero_has_one_sign_and_places_follow_the_axis),
        cmocka_unit_test(logarithmic_ticks_enclose_the_values),
        cmocka_unit_test(the_ends_of_what_a_double_holds_have_scales),
    };
    return cmocka_run_group_tests_name("plot/scale", tests, NULL, NULL);
}
