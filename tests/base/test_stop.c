/* Requests to stop: counted, and what asked is known for the last message. */
#include "support.h"

#include <signal.h>
#include <string.h>

#include "fal/base/stop.h"

static void signals_are_counted_and_named(void **state)
{
    (void)state;
    char cause[FAL_STOP_TEXT];
    fal_stop_cause(cause);
    assert_string_equal(cause, "");
    fal_stop_install();
    assert_int_equal(raise(SIGUSR1), 0);
    fal_stop_cause(cause);
    assert_string_equal(cause, " by SIGUSR1");
    assert_int_equal(raise(SIGTERM), 0);
    fal_stop_cause(cause);
    assert_string_equal(cause, " by SIGTERM");
    assert_int_equal(fal_stop_requests(), 2);
}

static void a_file_is_named_before_signals(void **state)
{
    (void)state;
    char cause[FAL_STOP_TEXT];
    char longer[2 * FAL_STOP_TEXT];
    fal_stop_note_file("outputs/STOP");
    fal_stop_cause(cause);
    assert_string_equal(cause, " by the file outputs/STOP");
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    fal_stop_note_file(longer);
    fal_stop_cause(cause);
    assert_true(strlen(cause) < FAL_STOP_TEXT && strncmp(cause, " by the file xxx", 16) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_are_counted_and_named),
        cmocka_unit_test(a_file_is_named_before_signals),
    };
    return cmocka_run_group_tests_name("base/stop", tests, NULL, NULL);
}
