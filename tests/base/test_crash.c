/* Ends that the program does not choose: one line, the unfinished files gone, and the signal's own meaning. */
#include "child.h"
#include "support.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fal/base/crash.h"
#include "fal/base/log.h"

static int number; /* the signal that the child gives itself */

static void clean(void) { (void)!write(STDERR_FILENO, "clean ", 6); }

/* The test runner has handlers of its own. */
static void install(bool speaking)
{
    (void)signal(number, SIG_DFL);
    fal_log_start("fal", speaking);
    fal_crash_install(clean);
}

static void crash(void)
{
    install(true);
    (void)raise(number);
}

static void crash_silently(void)
{
    install(false);
    (void)raise(number);
}

static void crash_with_a_handler(void)
{
    (void)signal(number, SIG_IGN);
    fal_log_start("fal", true);
    fal_crash_install(clean);
    (void)raise(number);
}

static void overflow_the_stack(void)
{
    volatile char room[1 << 12];
    static int depth;
    room[0] = 1;
    if (++depth < 1 << 20) {
        overflow_the_stack();
    }
    room[1] = room[0];
}

static void run_out_of_stack(void)
{
    struct rlimit limit;
    (void)getrlimit(RLIMIT_STACK, &limit); /* may be unlimited */
    limit.rlim_cur = 8 << 20;
    (void)setrlimit(RLIMIT_STACK, &limit);
    install(true);
    overflow_the_stack();
}

static void leave_by_a_library(void)
{
    install(true);
    exit(255);
}

static void leave_in_order(void)
{
    install(true);
    fal_crash_leave();
    exit(3);
}

/* As the process that reads files from elsewhere: whoever waits for it says how it ended. */
static void leave_in_a_child(void)
{
    int state = 0;
    install(true);
    const pid_t child = fork();
    if (child == 0) {
        (void)raise(number);
    }
    (void)waitpid(child, &state, 0);
    _exit(WIFSIGNALED(state) ? WTERMSIG(state) : 0);
}

static void crashes_are_said_and_keep_their_meaning(void **state)
{
    static const int all[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    static const char *const names[] = {"SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT"};
    char said[256];
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        char expected[256];
        number = all[i];
        (void)snprintf(expected, sizeof expected,
                       "clean fal: crashed by %s, in a library most likely; what was saved is whole\n", names[i]);
        assert_int_equal(fal_test_child(crash, said, sizeof said), 128 + number);
        assert_string_equal(said, expected);
        assert_int_equal(fal_test_child(crash_silently, said, sizeof said), 128 + number);
        assert_string_equal(said, expected);
    }
}

static void a_handler_that_is_there_stays(void **state)
{
    char said[256];
    (void)state;
    number = SIGFPE;
    assert_int_equal(fal_test_child(crash_with_a_handler, said, sizeof said), 0);
    assert_string_equal(said, "");
}

static void a_stack_that_overflows_is_said(void **state)
{
    char said[256];
    (void)state;
    number = SIGSEGV;
    assert_int_equal(fal_test_child(run_out_of_stack, said, sizeof said), 128 + SIGSEGV);
    assert_non_null(strstr(said, "fal: crashed by SIGSEGV"));
}

static void an_exit_of_a_library_is_said(void **state)
{
    char said[256];
    (void)state;
    number = SIGSEGV;
    assert_int_equal(fal_test_child(leave_by_a_library, said, sizeof said), 1);
    assert_string_equal(
        said, "clean fal: a library ended the program, for lack of memory most likely; what was saved is whole\n");
    assert_int_equal(fal_test_child(leave_in_order, said, sizeof said), 3);
    assert_string_equal(said, "");
}

static void children_end_without_a_word(void **state)
{
    char said[256];
    (void)state;
    number = SIGABRT;
    assert_int_equal(fal_test_child(leave_in_a_child, said, sizeof said), SIGABRT);
    assert_string_equal(said, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crashes_are_said_and_keep_their_meaning), cmocka_unit_test(a_handler_that_is_there_stays),
        cmocka_unit_test(a_stack_that_overflows_is_said), cmocka_unit_test(an_exit_of_a_library_is_said),
        cmocka_unit_test(children_end_without_a_word)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
