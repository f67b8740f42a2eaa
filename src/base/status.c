/* Status codes, the one message that goes with a failure, and failed assertions. */
#include "fal/base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "fal/base/text.h"

static char last_message[FAL_MESSAGE_MAX];
static void (*abort_hook)(int exit_code);

#define STATUS_EXIT(name, exit_code, text) [name] = exit_code,
static const int exit_codes[FAL_STATUS_COUNT] = {FAL_STATUS_LIST(STATUS_EXIT)};
#define STATUS_TEXT(name, exit_code, text) [name] = text,
static const char *const texts[FAL_STATUS_COUNT] = {FAL_STATUS_LIST(STATUS_TEXT)};

fal_status fal_fail(fal_status status, const char *format, ...)
{
    if (last_message[0] == '\0') {
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(last_message, sizeof last_message, format, arguments);
        va_end(arguments);
        fal_text_make_printable(last_message, false); /* one line, whatever file names hold */
    }
    return status;
}

const char *fal_status_message(void) { return last_message; }

void fal_status_clear(void) { last_message[0] = '\0'; }

int fal_status_exit_code(fal_status status) { return exit_codes[status]; }

const char *fal_status_text(fal_status status) { return texts[status]; }

fal_status fal_status_worst(fal_status a, fal_status b) { return a > b ? a : b; }

void fal_assert_failed(const char *condition, const char *file, int line)
{
    (void)fprintf(stderr, "internal error: %s:%d: %s does not hold; please report this\n", file, line, condition);
    (void)fflush(stderr);
    if (abort_hook != NULL) {
        abort_hook(1);
    }
    _Exit(1);
}

void fal_status_set_abort(void (*abort_all)(int exit_code)) { abort_hook = abort_all; }
