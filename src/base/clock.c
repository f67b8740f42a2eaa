/* Time: a monotonic clock for durations, ISO 8601 for people. */
#include "fal/base/clock.h"

#include <stdio.h>
#include <time.h>

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double fal_clock_seconds(void) { return seconds_of(CLOCK_MONOTONIC); }

double fal_clock_cpu_seconds(void) { return seconds_of(CLOCK_PROCESS_CPUTIME_ID); }

void fal_clock_now_text(char text[FAL_CLOCK_TEXT])
{
    const time_t now = time(NULL);
    struct tm parts;
    if (gmtime_r(&now, &parts) == NULL || strftime(text, FAL_CLOCK_TEXT, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        (void)snprintf(text, FAL_CLOCK_TEXT, "unknown");
    }
}

void fal_clock_duration_text(double seconds, char text[FAL_CLOCK_TEXT])
{
    const double limit = 1e9; /* 31 years: more is nonsense, and casts stay defined */
    const long total = (long)((seconds > 0 ? (seconds < limit ? seconds : limit) : 0) + 0.5);
    if (seconds < 10) {
        (void)snprintf(text, FAL_CLOCK_TEXT, "%.1f s", seconds > 0 ? seconds : 0.0);
    } else if (total < 60) {
        (void)snprintf(text, FAL_CLOCK_TEXT, "%ld s", total);
    } else if (total < 3600) {
        (void)snprintf(text, FAL_CLOCK_TEXT, "%ld:%02ld min", total / 60, total % 60);
    } else if (total < 86400) {
        (void)snprintf(text, FAL_CLOCK_TEXT, "%ld:%02ld h", total / 3600, total / 60 % 60);
    } else {
        (void)snprintf(text, FAL_CLOCK_TEXT, "%ld d %ld h", total / 86400, total / 3600 % 24);
    }
}
