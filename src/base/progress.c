/* The progress display: what is shown, and when. */
#include "fal/base/progress.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/clock.h"
#include "fal/base/log.h"
#include "fal/base/text.h"
#include "log_internal.h"
#include "progress_internal.h"

enum { SIGN_OF_LIFE = 10 }; /* seconds */
enum { WIDTH_MOST = 80, BAR_MOST = 24, BAR_LEAST = 6 };
static const double REDRAW = 0.1; /* seconds */

typedef enum { STEP, MILESTONE, PHASE, PHASE_GOES_ON } event;

static struct {
    bool silent, rounds;
    double seconds; /* between lines */
    int64_t total, done, done_before;
    bool has_left; /* `left` counts, not the number of steps */
    double left;
    double started, drawn, said;
} state;

fal_status fal_progress_pace(const char *text)
{
    static const char seconds[] = "seconds:";
    double number = SIGN_OF_LIFE;
    const bool timed = strncmp(text, seconds, sizeof seconds - 1) == 0;
    if ((timed && (!fal_text_to_real(text + sizeof seconds - 1, &number) || number < 0)) ||
        (!timed && strcmp(text, "rounds") != 0 && strcmp(text, "none") != 0)) {
        return fal_fail(FAL_ERR_USAGE, "--progress %.40s: must be rounds, seconds:N (N >= 0), or none", text);
    }
    state.silent = strcmp(text, "none") == 0;
    state.rounds = strcmp(text, "rounds") == 0;
    state.seconds = number;
    return FAL_OK;
}

void fal_progress_start(int64_t total, int64_t done_before)
{
    state.total = total;
    state.done = done_before;
    state.done_before = done_before;
    state.has_left = false;
    state.started = fal_clock_seconds();
    state.drawn = 0;
    state.said = state.seconds > 0 ? state.started : -INFINITY;
}

/* Columns of a character that begins with this byte, at most: what may be wide counts as two. */
static int columns_of(unsigned char byte) { return (byte & 0xC0) == 0x80 ? 0 : byte >= 0xE1 ? 2 : 1; }

/* Bytes of `text` that fit into so many columns, whole characters. */
static size_t bytes_that_fit(const char *text, int columns)
{
    size_t bytes = 0;
    int used = 0;
    while (text[bytes] != '\0' && used + columns_of((unsigned char)text[bytes]) <= columns) {
        used += columns_of((unsigned char)text[bytes++]);
    }
    return bytes;
}

/* The same, but whole parts if the first one fits. */
static size_t parts_that_fit(const char *text, int columns)
{
    size_t bytes = bytes_that_fit(text, columns);
    if (text[bytes] == '\0') {
        return bytes;
    }
    for (size_t end = bytes; end > 0; end--) {
        if (strncmp(text + end, ", ", 2) == 0) {
            return end;
        }
    }
    return bytes;
}

static int width_of(const char *text)
{
    int columns = 0;
    for (; *text != '\0'; text++) {
        columns += columns_of((unsigned char)*text);
    }
    return columns;
}

void fal_progress_compose(int columns, double percent, const char *left, const char *what, char line[FAL_PROGRESS_TEXT])
{
    enum { FRAME = 3, FILL = 256 };
    char numbers[96];
    char bar[BAR_MOST + 1];
    char shown[FILL];
    const int room = columns < WIDTH_MOST ? columns - 1 : WIDTH_MOST - 1; /* the last column may wrap */
    (void)snprintf(numbers, sizeof numbers, "%3.0f %%  %s%s", percent, left, left[0] != '\0' ? " left  " : "");
    const int lead = width_of(numbers);
    const int for_text = room - lead - FRAME - BAR_LEAST;
    const size_t first_part = strcspn(what, ",");
    const char *tail = strstr(what, ": ");
    if (tail != NULL && bytes_that_fit(what, for_text) < first_part) { /* "logo seed 1: ": known, or in the next line */
        what = tail + 2;
    }
    const size_t bytes = for_text > 0 ? parts_that_fit(what, for_text) : 0;
    (void)snprintf(shown, sizeof shown, "%.*s", (int)(bytes < sizeof shown ? bytes : sizeof shown - 1), what);
    const int spare = room - lead - FRAME - width_of(shown);
    const int width = spare < BAR_MOST ? spare : BAR_MOST;
    if (width < BAR_LEAST) { /* too narrow for a bar */
        char all[FAL_PROGRESS_TEXT];
        (void)snprintf(all, sizeof all, "%s%s", numbers, what);
        (void)snprintf(line, FAL_PROGRESS_TEXT, "%.*s", room > 0 ? (int)bytes_that_fit(all, room) : 0, all);
        return;
    }
    const int filled = (int)(fmin(fmax(percent, 0), 100) * width / 100.0);
    memset(bar, '.', (size_t)width);
    memset(bar, '#', (size_t)filled);
    bar[width] = '\0';
    (void)snprintf(line, FAL_PROGRESS_TEXT, "[%s] %s%s", bar, numbers, shown);
}

/* Seconds between the last line and one for this event. */
static double patience(event what)
{
    switch (what) {
    case MILESTONE:
        return state.rounds ? 0 : state.seconds;
    case PHASE_GOES_ON: /* a client of many: nobody asked for these one by one */
        return fmax(state.seconds, SIGN_OF_LIFE);
    default:
        return state.seconds;
    }
}

static bool is_due(event what, bool terminal, double now)
{
    if (state.silent || !fal_log_speaking()) {
        return false;
    }
    if (terminal) {
        return what == PHASE || state.done >= state.total || now - state.drawn >= REDRAW;
    }
    return now - state.said >= patience(what);
}

static double seconds_left(double now)
{
    const int64_t here = state.done - state.done_before;
    if (state.has_left) {
        return state.left;
    }
    return here > 0 ? (now - state.started) / (double)here * (double)(state.total - state.done) : NAN;
}

static void show(event kind, const char *format, va_list arguments)
{
    char what[256];
    char left[FAL_CLOCK_TEXT] = "";
    const int columns = fal_log_columns();
    const double now = fal_clock_seconds();
    const double percent = state.total > 0 ? 100.0 * (double)state.done / (double)state.total : 100.0;
    if (!is_due(kind, columns > 0, now)) {
        return;
    }
    if (!isnan(seconds_left(now))) {
        fal_clock_duration_text(seconds_left(now), left);
    }
    (void)vsnprintf(what, sizeof what, format, arguments);
    fal_text_make_printable(what, false);
    if (columns > 0) {
        char line[FAL_PROGRESS_TEXT];
        fal_progress_compose(columns, percent, left, what, line);
        fal_log_bar(line);
        state.drawn = now;
    } else {
        fal_log_say("%5.1f %%  %s%s%s%s", percent, what, left[0] != '\0' ? "  (" : "", left,
                    left[0] != '\0' ? " left)" : "");
        state.said = now;
    }
}

void fal_progress_step(int64_t done, const char *format, ...)
{
    va_list arguments;
    state.done = done;
    va_start(arguments, format);
    show(STEP, format, arguments);
    va_end(arguments);
}

void fal_progress_milestone(int64_t done, const char *format, ...)
{
    va_list arguments;
    state.done = done;
    va_start(arguments, format);
    show(MILESTONE, format, arguments);
    va_end(arguments);
}

void fal_progress_phase(bool begins, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    show(begins ? PHASE : PHASE_GOES_ON, format, arguments);
    va_end(arguments);
}

void fal_progress_left(double seconds)
{
    state.has_left = true;
    state.left = seconds;
}

void fal_progress_expect(int64_t total) { state.total = total; }

void fal_progress_skip(int64_t steps) { state.done_before += steps; }

void fal_progress_end(void) { fal_log_clear_bar(); }
