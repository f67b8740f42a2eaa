/* Statuses: the first message wins and stays one line; exit codes are those of the documentation. */
#include "support.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void the_first_message_wins(void **state)
{
    (void)state;
    fal_status_clear();
    assert_string_equal(fal_status_message(), "");
    assert_int_equal(fal_fail(FAL_ERR_INPUT, "a.h5: %d rows", 3), FAL_ERR_INPUT);
    assert_int_equal(fal_fail(FAL_ERR_OUTPUT, "later"), FAL_ERR_OUTPUT);
    assert_string_equal(fal_status_message(), "a.h5: 3 rows");
    fal_status_clear();
    assert_string_equal(fal_status_message(), "");
}

static void messages_are_one_line_of_bounded_length(void **state)
{
    (void)state;
    char text[3 * FAL_MESSAGE_MAX];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    text[3] = '\n';
    text[5] = '\033';
    fal_status_clear();
    (void)fal_fail(FAL_ERR_INPUT, "%s", text);
    assert_int_equal(strlen(fal_status_message()), FAL_MESSAGE_MAX - 1);
    assert_memory_equal(fal_status_message(), "xxx?x?x", 7);
    fal_status_clear();
}

static void exit_codes_are_the_documented_ones(void **state)
{
    (void)state;
    assert_int_equal(fal_status_exit_code(FAL_OK), 0);
    assert_int_equal(fal_status_exit_code(FAL_ERR_INTERNAL), 1);
    assert_int_equal(fal_status_exit_code(FAL_ERR_USAGE), 2);
    assert_int_equal(fal_status_exit_code(FAL_ERR_INPUT), 3);
    assert_int_equal(fal_status_exit_code(FAL_ERR_OUTPUT), 4);
    assert_int_equal(fal_status_exit_code(FAL_ERR_NUMERIC), 5);
    assert_int_equal(fal_status_exit_code(FAL_STOPPED), 75);
    assert_int_equal(fal_status_exit_code(FAL_WAITING), 76);
    for (int i = 0; i < FAL_STATUS_COUNT; i++) {
        assert_true(fal_status_text((fal_status)i)[0] != '\0');
    }
}

static void an_error_is_worse_than_a_stop(void **state)
{
    (void)state;
    assert_int_equal(fal_status_worst(FAL_OK, FAL_STOPPED), FAL_STOPPED);
    assert_int_equal(fal_status_worst(FAL_ERR_USAGE, FAL_STOPPED), FAL_ERR_USAGE);
    assert_int_equal(fal_status_worst(FAL_WAITING, FAL_STOPPED), FAL_STOPPED); /* something is left to run */
    assert_int_equal(fal_status_worst(FAL_WAITING, FAL_OK), FAL_WAITING);
    assert_int_equal(fal_status_worst(FAL_OK, FAL_OK), FAL_OK);
}

static fal_status passes_up(void)
{
    FAL_TRY(fal_fail(FAL_ERR_NUMERIC, "NaN"));
    return FAL_OK;
}

static void try_returns_the_failure(void **state)
{
    (void)state;
    assert_fails(passes_up(), FAL_ERR_NUMERIC, "NaN");
}

static void end_with_seven(int exit_code) { _exit(exit_code + 6); }

static int status_of_child(void (*abort_all)(int exit_code))
{
    int status = 0;
    const pid_t child = fork();
    if (child == 0) {
        (void)close(STDERR_FILENO);
        fal_status_set_abort(abort_all);
        FAL_ASSERT(1 + 1 == 3);
        _exit(0);
    }
    assert_true(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void a_broken_invariant_ends_the_process_through_the_hook(void **state)
{
    (void)state;
    assert_int_equal(status_of_child(NULL), 1);
    assert_int_equal(status_of_child(end_with_seven), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_message_wins),
        cmocka_unit_test(messages_are_one_line_of_bounded_length),
        cmocka_unit_test(exit_codes_are_the_documented_ones),
        cmocka_unit_test(an_error_is_worse_than_a_stop),
        cmocka_unit_test(try_returns_the_failure),
        cmocka_unit_test(a_broken_invariant_ends_the_process_through_the_hook),
    };
    return cmocka_run_group_tests_name("base/status", tests, NULL, NULL);
}
