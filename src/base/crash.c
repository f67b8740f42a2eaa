/* Ends that the program does not choose, said. What handlers share with the rest is atomic and lock-free. */
#include "fal/base/crash.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include "fal/base/status.h"
#include "log_internal.h"

static const struct {
    int number;
    const char *name;
} broken[] = {{SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"}, {SIGFPE, "SIGFPE"}, {SIGILL, "SIGILL"}, {SIGABRT, "SIGABRT"}};
enum { BROKEN = sizeof broken / sizeof broken[0], STACK = 1 << 16 };

static atomic_int owner; /* process id; 0: nobody has anything to say */
static void (*cleaner)(void);
static char stack[STACK]; /* the usual one may be what ran out */

/** Once: what comes after it is silent. */
static bool is_ours(void)
{
    int process = getpid();
    return atomic_compare_exchange_strong(&owner, &process, 0);
}

/* Async-signal-safe, as all that it calls. The handler is gone when it runs (SA_RESETHAND). */
static void say_crash(int number)
{
    if (is_ours()) {
        char text[128] = "crashed by ";
        for (int i = 0; i < BROKEN; i++) {
            if (broken[i].number == number) {
                strcat(text, broken[i].name);
            }
        }
        cleaner();
        fal_log_last_words(strcat(text, ", in a library most likely; what was saved is whole"));
    }
    (void)raise(number);
}

static void say_exit(void)
{
    if (is_ours()) {
        cleaner();
        fal_log_last_words("a library ended the program, for lack of memory most likely; what was saved is whole");
        _exit(fal_status_exit_code(FAL_ERR_INTERNAL));
    }
}

void fal_crash_install(void (*clean)(void))
{
    const stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
    (void)sigaltstack(&own, NULL);
    cleaner = clean;
    for (int i = 0; i < BROKEN; i++) {
        struct sigaction action;
        if (sigaction(broken[i].number, NULL, &action) == 0 && action.sa_handler == SIG_DFL) {
            memset(&action, 0, sizeof action);
            (void)sigemptyset(&action.sa_mask);
            action.sa_flags = (int)((unsigned)SA_RESETHAND | SA_ONSTACK | SA_NODEFER);
            action.sa_handler = say_crash;
            (void)sigaction(broken[i].number, &action, NULL);
        }
    }
    if (atexit(say_exit) == 0) {
        owner = getpid();
    }
}

void fal_crash_leave(void) { owner = 0; }
