/* What people see, from one rank, one flushed line at a time. */
#include "fal/base/log.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <unistd.h>

#include "fal/base/clock.h"
#include "fal/base/text.h"

enum { SAID_MAX = 16 };

static struct {
    char program[64];
    bool speaking;
    bool bar_shown;
    int64_t total;
    int64_t done_before;
    double started;
    double drawn;
    const char *said[SAID_MAX]; /* formats of warnings that are given once */
    int said_count;
    int failure; /* errno of the first line that standard output did not take; 0: none */
} state = {.program = "fal", .speaking = true};

/** A file that is opened while a standard descriptor is closed would take its place, and get what is printed. The null
 *  device the wrong way round takes it instead: reading and printing fail, as they would without it. */
static void keep_standard_descriptors(void)
{
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++) {
        if (fcntl(descriptor, F_GETFD) < 0 && errno == EBADF) {
            (void)open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        }
    }
}

/** SIGPIPE and SIGXFSZ come back as errors of write. */
static void ignore_signals_of_output(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    (void)sigemptyset(&action.sa_mask);
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
    (void)sigaction(SIGXFSZ, &action, NULL);
}

void fal_log_start(const char *program, bool speaking)
{
    keep_standard_descriptors();
    ignore_signals_of_output();
    (void)fal_text_copy(state.program, sizeof state.program, program);
    state.speaking = speaking;
}

bool fal_log_speaking(void) { return state.speaking; }

/** After every piece of output: what is wrong is known only now. */
static void flush(FILE *to)
{
    if ((fflush(to) != 0 || ferror(to)) && to == stdout && state.failure == 0) {
        state.failure = errno != 0 ? errno : EIO;
    }
}

static void clear_bar(void)
{
    if (state.bar_shown) {
        (void)fputs("\r\033[K", stderr);
        (void)fflush(stderr);
        state.bar_shown = false;
    }
}

fal_status fal_log_finish(fal_status status)
{
    if (status != FAL_OK || !state.speaking) {
        return status;
    }
    clear_bar();
    flush(stdout);
    /* Some file systems tell of a full disk when a descriptor is closed; a copy, since MPI still needs the original. */
    const int copy = state.failure == 0 ? dup(STDOUT_FILENO) : -1;
    if (copy >= 0 && close(copy) != 0 && errno != EINTR) {
        state.failure = errno;
    }
    /* A reader that had enough (head, a pager) is no failure of ours. */
    return state.failure == 0 || state.failure == EPIPE
               ? FAL_OK
               : fal_fail(FAL_ERR_OUTPUT, "standard output: cannot be written: %s", strerror(state.failure));
}

/* Texts may hold what files and strangers named: they are shown only as far as a terminal may see them. */
static void line(FILE *to, const char *before, const char *format, va_list arguments)
{
    char *text = NULL;
    if (!state.speaking || vasprintf(&text, format, arguments) < 0) {
        return;
    }
    fal_text_make_printable(text, false);
    clear_bar();
    errno = 0; /* a long text fails before the flush */
    (void)fprintf(to, "%s%s\n", before, text);
    flush(to);
    free(text);
}

void fal_log_say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    line(stdout, "", format, arguments);
    va_end(arguments);
}

void fal_log_print(const char *text)
{
    char *shown = state.speaking && text != NULL ? strdup(text) : NULL;
    if (shown != NULL) {
        fal_text_make_printable(shown, true);
        clear_bar();
        errno = 0;
        (void)fputs(shown, stdout);
        flush(stdout);
        free(shown);
    }
}

static void warn(const char *format, va_list arguments)
{
    char before[96];
    (void)snprintf(before, sizeof before, "%s: warning: ", state.program);
    line(stderr, before, format, arguments);
}

void fal_log_warn(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    warn(format, arguments);
    va_end(arguments);
}

void fal_log_warn_once(const char *format, ...)
{
    va_list arguments;
    for (int i = 0; i < state.said_count; i++) {
        if (strcmp(state.said[i], format) == 0) {
            return;
        }
    }
    if (state.said_count < SAID_MAX) {
        state.said[state.said_count++] = format;
    }
    va_start(arguments, format);
    warn(format, arguments);
    va_end(arguments);
}

void fal_log_failure(fal_status status)
{
    if (state.speaking) {
        const char *message = fal_status_message();
        clear_bar();
        (void)fprintf(stderr, "%s: %s\n", state.program, message[0] != '\0' ? message : fal_status_text(status));
        (void)fflush(stderr);
    }
}

void fal_progress_start(int64_t total, int64_t done_before)
{
    state.total = total;
    state.done_before = done_before;
    state.started = fal_clock_seconds();
    state.drawn = 0;
}

void fal_progress_step(int64_t done, const char *format, ...)
{
    if (!state.speaking) {
        return;
    }
    const double now = fal_clock_seconds();
    const double spent = now - state.started;
    const int64_t here = done - state.done_before;
    const double remaining = here > 0 ? spent / (double)here * (double)(state.total - done) : 0;
    char left[FAL_CLOCK_TEXT];
    fal_clock_duration_text(remaining, left);
    const double percent = state.total > 0 ? 100.0 * (double)done / (double)state.total : 100.0;
    const bool terminal = isatty(STDERR_FILENO) != 0;
    if (terminal && now - state.drawn < 0.1 && done < state.total) {
        return;
    }
    char what[160];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    fal_text_make_printable(what, false);
    if (terminal) {
        enum { WIDTH = 24 };
        char bar[WIDTH + 1];
        const int filled = (int)(percent * WIDTH / 100.0);
        memset(bar, '.', WIDTH);
        memset(bar, '#', (size_t)(filled < 0 ? 0 : filled > WIDTH ? WIDTH : filled));
        bar[WIDTH] = '\0';
        (void)fprintf(stderr, "\r\033[K[%s] %3.0f %%  %s left  %s", bar, percent, left, what);
        (void)fflush(stderr);
        state.bar_shown = true;
        state.drawn = now;
    } else {
        errno = 0;
        (void)fprintf(stdout, "%5.1f %%  %s  (%s left)\n", percent, what, left);
        flush(stdout);
    }
}

void fal_progress_expect(int64_t total) { state.total = total; }

void fal_progress_skip(int64_t steps) { state.done_before += steps; }

void fal_progress_end(void) { clear_bar(); }
