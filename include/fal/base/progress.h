/* Progress of a long job, from the one rank that speaks: on a terminal a bar that is redrawn in place on stderr and
 * never wraps, elsewhere lines on stdout, as often as people like to read them. */
#ifndef FAL_BASE_PROGRESS_H
#define FAL_BASE_PROGRESS_H

#include <stdint.h>

#include "fal/base/status.h"

/** How often lines come where there is no terminal: "rounds": at each milestone and, in between, when nothing was said
 *  for 10 s; "seconds:N": at most one every N s, 0: after every step (so it is from the start); "none": nothing, on
 * terminals neither. FAL_ERR_USAGE for any other text. */
fal_status fal_progress_pace(const char *text);

/** A job of `total` steps, of which `done_before` were done before a restart: these do not count for the time left. */
void fal_progress_start(int64_t total, int64_t done_before);
/** `done` steps are done; the text says what was done last, most important first, parts after ", " ("AL round 2, FL
 *  round 7/100, loss 0.12"): on a terminal the last parts give way where they find no room,
 *  and if not even the first one does, what stands before ": ". */
void fal_progress_step(int64_t done, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** The same at the end of something that people count ("AL round 2/5"). */
void fal_progress_milestone(int64_t done, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** What the job does now, beside steps. begins: this is new; otherwise it is the same, further on. */
void fal_progress_phase(bool begins, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Seconds that are left, for the next step or phase, from somebody who knows better than the number of steps; NaN: not
 *  known yet, nothing is shown. Once given, only this counts. */
void fal_progress_left(double seconds);
/** The job turns out to have so many steps in all: for work that is handed out as it goes. */
void fal_progress_expect(int64_t total);
/** Steps that turn out to take no time (a trial that is already complete): they count as done before. */
void fal_progress_skip(int64_t steps);
/** Removes the bar, so that other output can follow. */
void fal_progress_end(void);

#endif
