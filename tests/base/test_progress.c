/* Progress: the bar never wraps, and what gives way does so from the end. */
#include "support.h"

#include <string.h>

#include "base/progress_internal.h"
#include "fal/base/progress.h"

static const char usual[] = "logo seed 1: AL round 2, FL round 37/100, loss 0.123, accuracy 45.3 %";

static void the_bar_fits_every_terminal(void **state)
{
    (void)state;
    static const char *const whats[] = {usual, "", "a", "reading \xe9\xa3\x9e\xe6\x9c\xba\xe9\xa3\x9e\xe6\x9c\xba.png"};
    static const char *const lefts[] = {"", "12:34 min", "11574 d 1 h"};
    for (int columns = 1; columns < 200; columns++) {
        for (size_t i = 0; i < 4; i++) {
            for (size_t k = 0; k < 3; k++) {
                char line[FAL_PROGRESS_TEXT];
                size_t used = 0;
                fal_progress_compose(columns, 100, lefts[k], whats[i], line);
                for (const char *p = line; *p != '\0'; p++) { /* what takes three bytes takes two columns */
                    used += ((unsigned char)*p & 0xC0) == 0x80 ? 0 : (unsigned char)*p >= 0xE1 ? 2 : 1;
                }
                assert_true(used < (size_t)columns && used < 80);
            }
        }
    }
}

static void the_last_parts_give_way_first_and_whole(void **state)
{
    (void)state;
    char line[FAL_PROGRESS_TEXT];
    fal_progress_compose(80, 45, "12:34 min", usual, line);
    assert_string_equal(line, "[#####........]  45 %  12:34 min left  logo seed 1: AL round 2, FL round 37/100");
    fal_progress_compose(66, 45, "12:34 min", usual, line);
    assert_string_equal(line, "[#######.........]  45 %  12:34 min left  logo seed 1: AL round 2");
    /* Where not even the first part fits, what it is about goes, not what it says. */
    fal_progress_compose(50, 45, "12:34 min", "entropy:local seed 1: AL round 2, FL round 37/100", line);
    assert_string_equal(line, "[#####........]  45 %  12:34 min left  AL round 2");
    fal_progress_compose(80, 7, "12:34 min", "entropy:local seed 1: AL round 2: 10 clients train local-only models",
                         line);
    assert_string_equal(line, "[.......]   7 %  12:34 min left  AL round 2: 10 clients train local-only models");
}

static void without_an_estimate_nothing_is_said_of_time(void **state)
{
    (void)state;
    char line[FAL_PROGRESS_TEXT];
    fal_progress_compose(80, 0, "", "logo seed 1: AL round 1", line);
    assert_string_equal(line, "[........................]   0 %  logo seed 1: AL round 1");
}

static void paces_are_three(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "round", "seconds", "seconds:", "seconds:-1", "seconds:x", "all", "none "};
    assert_ok(fal_progress_pace("none"));
    assert_ok(fal_progress_pace("seconds:2.5"));
    assert_ok(fal_progress_pace("seconds:0"));
    assert_ok(fal_progress_pace("rounds"));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_fails(fal_progress_pace(wrong[i]), FAL_ERR_USAGE, "must be rounds, seconds:N (N >= 0), or none");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bar_fits_every_terminal),
        cmocka_unit_test(the_last_parts_give_way_first_and_whole),
        cmocka_unit_test(without_an_estimate_nothing_is_said_of_time),
        cmocka_unit_test(paces_are_three),
    };
    return cmocka_run_group_tests_name("base/progress", tests, NULL, NULL);
}
