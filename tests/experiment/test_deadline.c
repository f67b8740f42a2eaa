/* The decision whether what comes next fits into the time that is left: made-up clocks. */
#include "support.h"

#include <math.h>

#include "experiment/deadline_internal.h"
#include "fal/experiment/job.h"

static const double started = 1000, wall_start = 1.7e9; /* the process began at both */

static fal_now after(double seconds) { return (fal_now){.clock = started + seconds, .wall = wall_start + seconds}; }

static void without_a_limit_everything_fits(void **state)
{
    (void)state;
    const fal_now now = after(1e6);
    fal_deadline d = fal_deadline_make(0, started, 0, &now);
    char name[FAL_DEADLINE_NAME];
    d.checkpoint = 1000;
    assert_true(isinf(fal_deadline_left(&d, &now)));
    assert_true(fal_deadline_fits(&d, 1e9, &now));
    fal_deadline_name(&d, name);
    assert_string_equal(name, "");
}

static void time_counts_from_the_start_of_the_process(void **state)
{
    (void)state;
    const fal_now late = after(20);
    const fal_deadline d = fal_deadline_make(0.01, started, 0, &late);
    char name[FAL_DEADLINE_NAME];
    assert_float_equal(fal_deadline_left(&d, &late), 16, 1e-6);
    fal_deadline_name(&d, name);
    assert_string_equal(name, "--max-hours 0.01");
}

/* 36 s: the margin is 2 s. With a checkpoint of 4 s, which may take 5, work must be done after 29 s. */
static void work_and_its_checkpoint_must_fit(void **state)
{
    (void)state;
    const fal_now begin = after(0);
    const fal_now later = after(19);
    fal_deadline d = fal_deadline_make(0.01, started, 0, &begin);
    d.checkpoint = 4;
    assert_float_equal(fal_deadline_work_left(&d, &begin), 29, 1e-6);
    assert_true(fal_deadline_fits(&d, 7.9, &later)); /* a quarter longer: 9.9 s of 10 */
    assert_false(fal_deadline_fits(&d, 8.1, &later));
    const fal_now end = after(29.1);
    assert_false(fal_deadline_fits(&d, 0, &end)); /* nothing fits any more */
}

static void the_earlier_limit_counts_and_is_named(void **state)
{
    (void)state;
    const fal_now begin = after(0);
    const fal_now middle = after(600);
    char name[FAL_DEADLINE_NAME];
    fal_deadline d = fal_deadline_make(1, started, wall_start + 1800, &begin);
    assert_float_equal(fal_deadline_left(&d, &middle), 1200, 1e-6);
    fal_deadline_name(&d, name);
    assert_string_equal(name, "SLURM_JOB_END_TIME");
    d = fal_deadline_make(0.25, started, wall_start + 1800, &begin);
    assert_float_equal(fal_deadline_left(&d, &middle), 300, 1e-6);
    fal_deadline_name(&d, name);
    assert_string_equal(name, "--max-hours 0.25");
}

/* A scheduler's end is one of the wall clock, wherever that goes meanwhile; hours are not. */
static void each_limit_has_its_clock(void **state)
{
    (void)state;
    const fal_now begin = after(0);
    fal_now moved = after(100);
    moved.wall += 50;
    fal_deadline d = fal_deadline_make(0, started, wall_start + 1000, &begin);
    assert_float_equal(fal_deadline_left(&d, &moved), 850, 1e-6);
    d = fal_deadline_make(1, started, 0, &begin);
    assert_float_equal(fal_deadline_left(&d, &moved), 3500, 1e-6);
}

static void margins_are_between_2_and_60_seconds(void **state)
{
    (void)state;
    const fal_now begin = after(0);
    assert_float_equal(fal_deadline_make(0.01, started, 0, &begin).margin, 2, 1e-9);
    assert_float_equal(fal_deadline_make(0.5, started, 0, &begin).margin, 36, 1e-9);
    assert_float_equal(fal_deadline_make(24, started, 0, &begin).margin, 60, 1e-9);
}

static void only_an_end_in_the_year_to_come_is_taken(void **state)
{
    (void)state;
    double end = 0;
    assert_true(fal_job_end_time("1700000100", wall_start, &end));
    assert_float_equal(end, 1700000100.0, 1e-3);
    static const char *const nonsense[] = {"",      "1699999999",  "1700000000", "soon",
                                           "1.7e9", "1700000100x", "-1",         "9999999999"};
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
        assert_false(fal_job_end_time(nonsense[i], wall_start, &end));
        assert_true(end == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_limit_everything_fits),
        cmocka_unit_test(time_counts_from_the_start_of_the_process),
        cmocka_unit_test(work_and_its_checkpoint_must_fit),
        cmocka_unit_test(the_earlier_limit_counts_and_is_named),
        cmocka_unit_test(each_limit_has_its_clock),
        cmocka_unit_test(margins_are_between_2_and_60_seconds),
        cmocka_unit_test(only_an_end_in_the_year_to_come_is_taken),
    };
    return cmocka_run_group_tests_name("experiment/deadline", tests, NULL, NULL);
}
