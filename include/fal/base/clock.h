/* Time: a monotonic clock for durations, ISO 8601 for people. */
#ifndef FAL_BASE_CLOCK_H
#define FAL_BASE_CLOCK_H

#include <stddef.h>

/** Seconds since an arbitrary point, never going back. */
double fal_clock_seconds(void);
/** CPU seconds that this process has had, all threads together: what other processes take does not count. */
double fal_clock_cpu_seconds(void);
enum { FAL_CLOCK_TEXT = 32 };
/** Now as "2026-01-31T12:34:56Z" (UTC). */
void fal_clock_now_text(char text[FAL_CLOCK_TEXT]);
/** A duration as people read it: "42 s", "12:34 min", "3:05 h", "2 d 4 h". */
void fal_clock_duration_text(double seconds, char text[FAL_CLOCK_TEXT]);

#endif
