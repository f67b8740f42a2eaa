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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_are_round_and_enclose_the_values),
        cmocka_unit_test(a_single_value_and_no_value_have_a_scale),
        cmocka_unit_test(zero_has_one_sign_and_places_follow_the_axis),
    };
    return cmocka_run_group_tests_name("plot/scale", tests, NULL, NULL);
}
