/* Requests to stop: counted, acknowledged, the third one ends the process; what asked is known for the last message. */
#include "child.h"
#include "support.h"

#include <math.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include <unistd.h>

#include "fal/base/clock.h"
#include "fal/base/log.h"
#include "fal/base/stop.h"

/* Signals that come together are one request. */
static void signal_later(int number)
{
    const struct timespec moment = {.tv_nsec = 150000000};
    (void)nanosleep(&moment, NULL);
    (void)raise(number);
}

static void signals_are_counted_and_named(void **state)
{
    (void)state;
    char cause[FAL_STOP_TEXT];
    fal_stop_cause(cause);
    assert_string_equal(cause, "");
    fal_stop_install();
    assert_int_equal(fal_stop_between(), FAL_OK);
    assert_int_equal(raise(SIGUSR1), 0);
    fal_stop_cause(cause);
    assert_string_equal(cause, " by SIGUSR1");
    assert_int_equal(raise(SIGTERM), 0);
    assert_int_equal(fal_stop_requests(), 1);
    assert_int_equal(fal_stop_between(), FAL_STOPPED);
    assert_int_equal(fal_stop_inside(), FAL_OK);
    signal_later(SIGTERM);
    fal_stop_cause(cause);
    assert_string_equal(cause, " by SIGTERM");
    assert_int_equal(fal_stop_requests(), 2);
    assert_int_equal(fal_stop_inside(), FAL_STOPPED);
}

static void a_reason_is_named_before_signals(void **state)
{
    (void)state;
    char cause[FAL_STOP_TEXT];
    char longer[2 * FAL_STOP_TEXT];
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    fal_stop_note(longer);
    fal_stop_cause(cause);
    assert_true(strlen(cause) < FAL_STOP_TEXT && strncmp(cause, " by xxx", 7) == 0);
    fal_stop_note("the file outputs/STOP");
    fal_stop_cause(cause);
    assert_true(strncmp(cause, " by xxx", 7) == 0);
}

static void clean(void) { (void)!write(STDERR_FILENO, "cleaned\n", 8); }

static void ask_three_times(void)
{
    fal_log_start("fal_test", true);
    fal_stop_install();
    fal_stop_escalate(false, clean);
    signal_later(SIGINT);
    signal_later(SIGTERM);
    signal_later(SIGINT);
    _exit(99);
}

static void the_third_request_ends_the_process(void **state)
{
    (void)state;
    char said[1024];
    assert_int_equal(fal_test_child(ask_three_times, said, sizeof said), 75);
    assert_string_equal(said,
                        "fal_test: stopping after this FL round or client's query (again: after this batch; a third "
                        "time: at once)\n"
                        "fal_test: stopping after this batch (again: at once)\n"
                        "cleaned\n"
                        "fal_test: ended at once by SIGINT; the same command goes on from the last checkpoint\n");
}

/* mpirun sends SIGTERM 1 s after somebody else did; a terminal that is closed sends SIGHUP from two sides. */
static void ask_as_launchers_do(void)
{
    fal_log_start("fal_test", false);
    fal_stop_install();
    fal_stop_escalate(true, NULL);
    signal_later(SIGTERM);
    signal_later(SIGTERM);
    signal_later(SIGHUP);
    signal_later(SIGTERM);
    _exit(fal_stop_requests() == 1 && fal_stop_inside() == FAL_OK ? 0 : 1);
}

static void a_launchers_signals_are_one_request(void **state)
{
    (void)state;
    char said[1024];
    assert_int_equal(fal_test_child(ask_as_launchers_do, said, sizeof said), 0);
    assert_string_equal(said, ""); /* this rank does not speak */
}

static void ask_before_anybody_answers(void)
{
    (void)signal(SIGHUP, SIG_IGN);
    fal_stop_install();
    (void)raise(SIGHUP);
    if (fal_stop_requests() != 0) {
        _exit(1);
    }
    (void)raise(SIGUSR2);
    fal_log_start("fal_test", true);
    fal_stop_escalate(true, NULL);
    fal_stop_end_at_once();
    _exit(99);
}

static void early_requests_are_answered_and_nohup_is_respected(void **state)
{
    (void)state;
    char said[1024];
    assert_int_equal(fal_test_child(ask_before_anybody_answers, said, sizeof said), 75);
    assert_non_null(strstr(said, "fal_test: stopping after"));
    assert_non_null(strstr(said, "\nfal_test: ended at once by SIGUSR2\n"));
}

static void hold_and_release(void)
{
    fal_stop_install();
    (void)raise(SIGUSR1);
    fal_stop_hold(); /* the one that was counted is pending for who comes next */
    sigset_t pending;
    if (sigpending(&pending) != 0 || sigismember(&pending, SIGUSR1) != 1 || fal_stop_requests() != 1) {
        _exit(1);
    }
    signal_later(SIGINT);
    if (fal_stop_requests() != 1) {
        _exit(2);
    }
    fal_stop_release();
    _exit(fal_stop_requests() == 2 ? 0 : 3); /* both at once */
}

static void held_requests_wait(void **state)
{
    (void)state;
    char said[1024];
    assert_int_equal(fal_test_child(hold_and_release, said, sizeof said), 0);
}

static void run_out_of_time(void)
{
    fal_stop_set_end(fal_clock_seconds() + 1000);
    if (fal_stop_inside() != FAL_OK) {
        _exit(1);
    }
    fal_stop_set_end(fal_clock_seconds());
    if (fal_stop_inside() != FAL_STOPPED || fal_stop_between() != FAL_OK) {
        _exit(2);
    }
    fal_stop_set_end(INFINITY); /* what was thrown away cannot be had back */
    _exit(fal_stop_inside() == FAL_STOPPED ? 0 : 3);
}

static void time_that_is_up_stays_up(void **state)
{
    (void)state;
    char said[1024];
    assert_int_equal(fal_test_child(run_out_of_time, said, sizeof said), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_third_request_ends_the_process),
        cmocka_unit_test(a_launchers_signals_are_one_request),
        cmocka_unit_test(early_requests_are_answered_and_nohup_is_respected),
        cmocka_unit_test(held_requests_wait),
        cmocka_unit_test(time_that_is_up_stays_up),
        cmocka_unit_test(signals_are_counted_and_named),
        cmocka_unit_test(a_reason_is_named_before_signals),
    };
    return cmocka_run_group_tests_name("base/stop", tests, NULL, NULL);
}
