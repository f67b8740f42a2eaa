/* A job under a scheduler's time limit: starts, times and lines by hand. */
#include "support.h"

#include <string.h>

#include "experiment/dryrun_limit_internal.h"

/* An FL round of 40 s takes 50 with its slack: with 90 s to begin and to stop, 140 s of each start do no work. */
static fal_piece piece(double seconds)
{
    return (fal_piece){.seconds = seconds, .all = seconds, .round = 40, .ranks = 10, .threads = 1, .mebibytes = 100};
}

static void what_fits_is_one_start_of_whole_quarters(void **state)
{
    (void)state;
    const fal_piece p = piece(3600); /* 5400 s with its safety, and 140: 1:32:20 */
    double seconds = 0;
    assert_int_equal(fal_limit_starts(&p, 4, &seconds), 1);
    assert_float_equal(seconds, 6300, 0);
}

static void one_start_never_asks_for_more_than_the_limit(void **state)
{
    (void)state;
    const fal_piece p = piece((1.6 * 3600 - 140) / 1.5);
    double seconds = 0;
    assert_int_equal(fal_limit_starts(&p, 1.6, &seconds), 1);
    assert_float_equal(seconds, 96 * 60, 0); /* not 1:45:00 */
}

static void longer_work_takes_several_starts_of_the_whole_limit(void **state)
{
    (void)state;
    const double usable = 4 * 3600 - 140;
    double seconds = 0;
    fal_piece p = piece(2.99 * usable / 1.5);
    assert_int_equal(fal_limit_starts(&p, 4, &seconds), 3);
    assert_float_equal(seconds, 4 * 3600, 0);
    p = piece(3.01 * usable / 1.5);
    assert_int_equal(fal_limit_starts(&p, 4, &seconds), 4);
}

static void a_limit_without_room_for_an_fl_round_is_told(void **state)
{
    (void)state;
    fal_piece p = piece(1000);
    double seconds = 0;
    p.round = 90; /* 90 s around, 112.5 lost, 90 done */
    assert_int_equal(fal_limit_starts(&p, 292.0 / 3600, &seconds), 0);
    assert_int_equal(fal_limit_starts(&p, 300.0 / 3600, &seconds), 16); /* 97.5 s each */
    fal_text text = {0};
    fal_limit_describe(&p, 3, 3, NULL, 0, 292.0 / 3600, "outputs", &text);
    assert_non_null(strstr(text.chars, "too short"));
    assert_null(strstr(text.chars, "--ntasks"));
    fal_text_destroy(&text);
}

static void limits_are_whole_minutes(void **state)
{
    (void)state;
    char text[FAL_SLURM_TIME];
    assert_int_equal(fal_limit_check(0), FAL_OK);
    assert_int_equal(fal_limit_check(1.0 / 60), FAL_OK);
    assert_int_equal(fal_limit_check(0.0166), FAL_ERR_USAGE);
    fal_status_clear();
    const fal_piece p = piece(1e7);
    double seconds = 0;
    (void)fal_limit_starts(&p, 0.7, &seconds); /* 42 minutes, less a bit in binary */
    fal_limit_time(seconds, text);
    assert_string_equal(text, "0:42:00");
    fal_limit_time(124.5 * 3600, text);
    assert_string_equal(text, "124:30:00");
}

static void lines_for_sbatch_hold_tasks_cores_memory_and_time(void **state)
{
    (void)state;
    const fal_piece task = piece(20000);
    fal_piece whole = piece(50000);
    fal_text text = {0};
    whole.ranks = 40;
    whole.threads = 2;
    fal_limit_describe(&task, 48, 4, &whole, 10, 4, "outputs/x", &text);
    assert_non_null(strstr(text.chars, "  layout      48 jobs, 4 at a time, of 10 ranks x 1 thread\n"));
    assert_non_null(strstr(text.chars, "  starts      up to 3 for "));
    assert_non_null(strstr(text.chars, " sbatch --array=0-47%4 --ntasks=10 --cpus-per-task=1 --mem-per-cpu=192M "
                                       "--time=4:00:00 jobs/array.sbatch ...\n"));
    assert_non_null(strstr(text.chars, " sbatch --ntasks=40 --cpus-per-task=2 --mem-per-cpu=128M --time=4:00:00 "
                                       "jobs/single.sbatch ... --ranks-per-trial 10\n"));
    assert_non_null(strstr(text.chars, " sbatch --dependency=afterany:JOB jobs/report.sbatch outputs/x\n"));
    fal_text_destroy(&text);
    fal_limit_describe(&task, 1, 1, NULL, 0, 12, "outputs", &text);
    assert_non_null(strstr(text.chars, " sbatch --ntasks=10 --cpus-per-task=1 --mem-per-cpu=192M --time=8:30:00 "
                                       "jobs/single.sbatch ...\n"));
    fal_text_destroy(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_is_one_start_of_whole_quarters),
        cmocka_unit_test(one_start_never_asks_for_more_than_the_limit),
        cmocka_unit_test(longer_work_takes_several_starts_of_the_whole_limit),
        cmocka_unit_test(a_limit_without_room_for_an_fl_round_is_told),
        cmocka_unit_test(limits_are_whole_minutes),
        cmocka_unit_test(lines_for_sbatch_hold_tasks_cores_memory_and_time),
    };
    return cmocka_run_group_tests_name("experiment/dryrun_limit", tests, NULL, NULL);
}
