/* Linked into every program of the flavour coverage, and into nothing else: what a process has run through is written
 * down however it ends. Children that read a stranger's file may write no file and leave by _exit, and they may be
 * killed once they have told what is wrong. */
#include <stdbool.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void __gcov_dump(void);
int __real_kill(pid_t process, int number);
int __real_raise(int number);
int __real_setrlimit(int resource, const struct rlimit *limit);
_Noreturn void __real__exit(int code);
_Noreturn void __real__Exit(int code);

int __wrap_kill(pid_t process, int number);
int __wrap_raise(int number);
int __wrap_setrlimit(int resource, const struct rlimit *limit);
_Noreturn void __wrap__exit(int code);
_Noreturn void __wrap__Exit(int code);

/** A child that is about to end is given the time for it; one that hangs is not waited for long. */
int __wrap_kill(pid_t process, int number)
{
    enum { TRIES = 100 };
    const struct timespec pause = {.tv_nsec = 10000000};
    siginfo_t ended;
    for (int i = 0; number == SIGKILL && i < TRIES; i++) {
        memset(&ended, 0, sizeof ended);
        if (waitid(P_PID, (id_t)process, &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid == process) {
            break;
        }
        (void)nanosleep(&pause, NULL);
    }
    return __real_kill(process, number);
}

/** Where files may not grow, only the soft limit says so (see below): it is lifted for the counters. */
static void write_counters(void)
{
    struct rlimit size;
    if (getrlimit(RLIMIT_FSIZE, &size) == 0 && size.rlim_cur != size.rlim_max) {
        size.rlim_cur = size.rlim_max;
        (void)__real_setrlimit(RLIMIT_FSIZE, &size);
    }
    __gcov_dump();
}

int __wrap_raise(int number)
{
    write_counters();
    return __real_raise(number);
}

int __wrap_setrlimit(int resource, const struct rlimit *limit)
{
    struct rlimit soft = *limit;
    struct rlimit before;
    if (resource == RLIMIT_FSIZE && getrlimit(resource, &before) == 0) {
        soft.rlim_max = before.rlim_max;
        soft.rlim_cur = limit->rlim_cur < before.rlim_max ? limit->rlim_cur : before.rlim_max;
    }
    return __real_setrlimit(resource, &soft);
}

void __wrap__exit(int code)
{
    write_counters();
    __real__exit(code);
}

void __wrap__Exit(int code)
{
    write_counters();
    __real__Exit(code);
}
