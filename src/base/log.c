/* What people see, from one rank, one flushed line at a time. */
#include "fal/base/log.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fal/base/text.h"
#include "log_internal.h"

enum { SAID_MAX = 16 };

static struct {
    char program[64];
    bool started, speaking;
    bool bar_shown;
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
    state.started = true;
}

bool fal_log_speaking(void) { return state.speaking; }

void fal_log_hush(void) { state.speaking = false; }

/** After every piece of output: what is wrong is known only now. */
static void flush(FILE *to)
{
    if ((fflush(to) != 0 || ferror(to)) && to == stdout && state.failure == 0) {
        state.failure = errno != 0 ? errno : EIO;
    }
}

void fal_log_clear_bar(void)
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
    fal_log_clear_bar();
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
    fal_log_clear_bar();
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

/* Sentences are broken between words where a terminal would break them anywhere; files get them whole. */
static int width_of_output(void)
{
    struct winsize size;
    const bool terminal = isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
    return terminal && size.ws_col > 0 ? size.ws_col : INT_MAX;
}

void fal_log_print(const char *text)
{
    fal_text shown = {0};
    if (!state.speaking || text == NULL) {
        return;
    }
    fal_text_wrap(&shown, text, width_of_output());
    if (fal_text_status(&shown) == FAL_OK && shown.chars != NULL) {
        fal_text_make_printable(shown.chars, true);
        fal_log_clear_bar();
        errno = 0;
        (void)fputs(shown.chars, stdout);
        flush(stdout);
    }
    fal_text_destroy(&shown);
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
        fal_log_clear_bar();
        (void)fprintf(stderr, "%s: %s\n", state.program, message[0] != '\0' ? message : fal_status_text(status));
        (void)fflush(stderr);
    }
}

void fal_log_last_words(const char *text)
{
    char line[256] = "";
    if (state.started && strlen(text) < sizeof line - sizeof state.program - 8) {
        strcat(strcat(strcat(line, state.bar_shown ? "\r\033[K" : ""), state.program), ": ");
        strcat(strcat(line, text), "\n");
        (void)!write(STDERR_FILENO, line, strlen(line));
    }
}

void fal_log_signal(const char *text)
{
    if (state.speaking) {
        fal_log_last_words(text);
    }
}

int fal_log_columns(void)
{
    enum { USUAL = 80 };
    struct winsize size = {0};
    if (isatty(STDERR_FILENO) == 0) {
        return 0;
    }
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : USUAL;
}

void fal_log_bar(const char *line)
{
    if (state.speaking) {
        (void)fprintf(stderr, "\r\033[K%s", line);
        (void)fflush(stderr);
        state.bar_shown = true;
    }
}
