/* Requests to stop. What handlers share with the rest is atomic and lock-free, since signals may come to any thread. */
#include "fal/base/stop.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <unistd.h>

#include "fal/base/clock.h"
#include "fal/base/log.h"
#include "log_internal.h"

_Static_assert(ATOMIC_INT_LOCK_FREE == 2 && ATOMIC_LLONG_LOCK_FREE == 2, "signal handlers use atomics");

/* A launcher may pass on a signal that the terminal gave to the ranks as well: that is one request. */
static const long long TOGETHER_NANOSECONDS = 100000000;

static const struct {
    int number;
    const char *name;
} asking[] = {{SIGUSR1, "SIGUSR1"}, {SIGUSR2, "SIGUSR2"}, {SIGTERM, "SIGTERM"}, {SIGINT, "SIGINT"}, {SIGHUP, "SIGHUP"}};
enum { ASKING = sizeof asking / sizeof asking[0] };

enum { IMPATIENT = 2, AT_ONCE = 3 }; /* requests */
typedef enum { COUNTING, ESCALATING, ENDING } manner;

static atomic_int requests;
static atomic_int last_signal;
static atomic_llong last_time; /* nanoseconds of the monotonic clock */
static atomic_int how = COUNTING;
static atomic_int launched;
static atomic_int owner; /* process id: children that were forked have the handler, but nothing to say */
static void (*cleaner)(void);
static atomic_int installed;
static atomic_int time_is_up;
static double end_of_time = INFINITY;
static char reason[FAL_STOP_TEXT - 32];

static const char *name_of(int number)
{
    for (int i = 0; i < ASKING; i++) {
        if (asking[i].number == number) {
            return asking[i].name;
        }
    }
    return "";
}

/* Async-signal-safe, as all that is called by the handler. */
static void end_at_once(int number)
{
    char text[128] = "ended at once by ";
    if (cleaner != NULL) {
        cleaner();
    }
    strcat(strcat(text, name_of(number)), how == ENDING ? "" : "; the same command goes on from the last checkpoint");
    fal_log_signal(text);
    _exit(fal_status_exit_code(FAL_STOPPED));
}

static void answer(int number)
{
    const int count = requests;
    if (how == ENDING || (how == ESCALATING && count >= AT_ONCE)) {
        end_at_once(number);
    } else if (how == ESCALATING && count == IMPATIENT) {
        fal_log_signal("stopping after this batch (again: at once)");
    } else if (how == ESCALATING) {
        fal_log_signal(
            "stopping after this FL round or client's query (again: after this batch; a third time: at once)");
    }
}

/* Whoever closes a terminal, or ends a whole job, says so by several ways and means it once: a launcher's SIGTERM comes
 * 1 s after one to the ranks. */
static bool means_once(int number) { return number == SIGHUP || (number == SIGTERM && launched != 0); }

static bool is_own(void) { return owner == 0 || owner == getpid(); }

static void count_request(int number)
{
    const int before = errno;
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    const long long time = now.tv_sec * 1000000000LL + now.tv_nsec;
    const bool again = requests > 0 && (means_once(number) || time - last_time < TOGETHER_NANOSECONDS);
    if (!again && is_own()) {
        last_signal = number;
        last_time = time;
        atomic_fetch_add(&requests, 1);
        answer(number);
    }
    errno = before;
}

static sigset_t asking_set(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    for (int i = 0; i < ASKING; i++) {
        (void)sigaddset(&set, asking[i].number);
    }
    return set;
}

void fal_stop_install(void)
{
    struct sigaction action;
    const sigset_t set = asking_set();
    memset(&action, 0, sizeof action);
    action.sa_mask = set;
    action.sa_flags = SA_RESTART;
    action.sa_handler = count_request;
    for (int i = 0; i < ASKING; i++) {
        struct sigaction there;
        const bool known = sigaction(asking[i].number, NULL, &there) == 0;
        if (asking[i].number != SIGHUP || !known || there.sa_handler != SIG_IGN) {
            (void)sigaction(asking[i].number, &action, NULL);
        }
    }
    installed = 1;
    fal_stop_release();
}

void fal_stop_hold(void)
{
    const sigset_t set = asking_set();
    if (installed != 0) {
        (void)sigprocmask(SIG_BLOCK, &set, NULL); /* what is blocked and pending stays so in the next program */
    }
    if (requests > 0) {
        (void)raise(last_signal);
    }
}

void fal_stop_release(void)
{
    const sigset_t set = asking_set();
    if (installed != 0) {
        (void)sigprocmask(SIG_UNBLOCK, &set, NULL);
    }
}

void fal_stop_escalate(bool by_launcher, void (*clean)(void))
{
    launched = by_launcher;
    cleaner = clean;
    owner = getpid();
    how = ESCALATING;
    if (requests > 0) { /* it came before anybody could answer */
        answer(last_signal);
    }
}

void fal_stop_end_at_once(void)
{
    how = ENDING;
    if (requests > 0 && is_own()) {
        end_at_once(last_signal);
    }
}

void fal_stop_leave(void) { how = COUNTING; }

int fal_stop_requests(void) { return requests; }

fal_status fal_stop_between(void) { return requests > 0 ? FAL_STOPPED : FAL_OK; }

fal_status fal_stop_impatient(void) { return requests >= IMPATIENT ? FAL_STOPPED : FAL_OK; }

fal_status fal_stop_inside(void)
{
    if (isfinite(end_of_time) && fal_clock_seconds() >= end_of_time) {
        time_is_up = 1;
    }
    return requests >= IMPATIENT || time_is_up != 0 ? FAL_STOPPED : FAL_OK;
}

void fal_stop_set_end(double clock) { end_of_time = clock; }

void fal_stop_note(const char *why)
{
    if (reason[0] == '\0') {
        (void)snprintf(reason, sizeof reason, "%s", why);
    }
}

void fal_stop_cause(char text[FAL_STOP_TEXT])
{
    text[0] = '\0';
    if (reason[0] != '\0') {
        (void)snprintf(text, FAL_STOP_TEXT, " by %s", reason);
    } else if (last_signal != 0) {
        (void)snprintf(text, FAL_STOP_TEXT, " by %s", name_of(last_signal));
    }
}
