/* What people see, from one rank, one flushed line at a time. */
#include "fal/base/log.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
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
} state = {.program = "fal", .speaking = true};

void fal_log_start(const char *program, bool speaking)
{
    (void)fal_text_copy(state.program, sizeof state.program, program);
    state.speaking = speaking;
}

bool fal_log_speaking(void) { return state.speaking; }

static void clear_bar(void)
{
    if (state.bar_shown) {
        (void)fputs("\r\033[K", stderr);
        (void)fflush(stderr);
        state.bar_shown = false;
    }
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
    (void)fprintf(to, "%s%s\n", before, text);
    (void)fflush(to);
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
        (void)fputs(shown, stdout);
        (void)fflush(stdout);
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
        (void)fprintf(stdout, "%5.1f %%  %s  (%s left)\n", percent, what, left);
        (void)fflush(stdout);
    }
}

void fal_progress_expect(int64_t total) { state.total = total; }

void fal_progress_skip(int64_t steps) { state.done_before += steps; }

void fal_progress_end(void) { clear_bar(); }
