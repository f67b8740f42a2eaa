/* Time: never back, ISO 8601, durations as people read them. */
#include "support.h"

#include <math.h>
#include <string.h>

#include "fal/base/clock.h"

static void the_clock_never_goes_back(void **state)
{
    (void)state;
    double last = fal_clock_seconds();
    for (int i = 0; i < 1000; i++) {
        const double now = fal_clock_seconds();
        assert_true(now >= last);
        last = now;
    }
}

static void now_is_written_as_iso_8601(void **state)
{
    (void)state;
    static const char pattern[] = "dddd-dd-ddTdd:dd:ddZ";
    char text[FAL_CLOCK_TEXT];
    fal_clock_now_text(text);
    assert_int_equal(strlen(text), strlen(pattern));
    for (size_t i = 0; i < strlen(pattern); i++) {
        assert_true(pattern[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == pattern[i]);
    }
}

static void durations_are_read_easily(void **state)
{
    (void)state;
    static const struct {
        double seconds;
        const char *text;
    } cases[] = {{0, "0.0 s"},       {-3, "0.0 s"},     {4.26, "4.3 s"},     {42.4, "42 s"}, {59.6, "1:00 min"},
                 {754, "12:34 min"}, {11100, "3:05 h"}, {187200, "2 d 4 h"}, {NAN, "0 s"},   {1e300, "11574 d 1 h"}};
    char text[FAL_CLOCK_TEXT];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fal_clock_duration_text(cases[i].seconds, text);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_clock_never_goes_back),
        cmocka_unit_test(now_is_written_as_iso_8601),
        cmocka_unit_test(durations_are_read_easily),
    };
    return cmocka_run_group_tests_name("base/clock", tests, NULL, NULL);
}
