/* Requests to stop: by signal (SIGUSR1, SIGUSR2, SIGTERM, SIGINT, SIGHUP; SIGCONT keeps its meaning, SIGPIPE and
 * SIGXFSZ: fal_log_start), or because time is up. Handlers only count, and the work looks at the count: between two
 * pieces of it after the first request, inside a piece after the second one. Source: measurements in docs/operations.md
 * of what mpirun sends. */
#ifndef FAL_BASE_STOP_H
#define FAL_BASE_STOP_H

#include "fal/base/status.h"

/** Count requests from here on: as early as can be. A SIGHUP that is ignored (nohup) stays so. */
void fal_stop_install(void);
/** Around the start of this program again in its own place: requests wait for its fal_stop_install, those that were
 *  counted already as well; or until the release, where it fails. Nothing where no handlers are installed. */
void fal_stop_hold(void);
void fal_stop_release(void);

/** From here on requests are acknowledged on stderr (fal_log_speaking), and the third ends the process at once, with
 * the exit code of FAL_STOPPED; `clean`, if not NULL, is called before (async-signal-safe). launched: by an mpirun or
 * the like, whose SIGTERM is never an impatient user's second request. */
void fal_stop_escalate(bool launched, void (*clean)(void));
/** From here on, and where one has come already, any request ends the process at once: there is nothing to save. */
void fal_stop_end_at_once(void);

/** The program is leaving with its outcome known: requests are only counted. Launchers send SIGTERM to the rest when
 * the first rank has left with an error. */
void fal_stop_leave(void);

/** Number of requests so far. Signals within 0.1 s count as one. */
int fal_stop_requests(void);
/** FAL_STOPPED after the first request: for the places between two pieces of work. */
fal_status fal_stop_between(void);
/** FAL_STOPPED after the second request, or when time is up: for places inside a piece of work, whose results are
 * thrown away then. Once it is, it always is. */
fal_status fal_stop_inside(void);
/** The same after the second request only: for places whose end is needed to save what went before. */
fal_status fal_stop_impatient(void);
/** Time is up at this second of fal_clock_seconds; INFINITY: never. */
void fal_stop_set_end(double clock);

/** This process knows another reason than a signal: "the file outputs/STOP". The first one stays. */
void fal_stop_note(const char *reason);
/** What asked this process to stop, for the message at the end: " by the file outputs/STOP", " by SIGUSR1"; "" if it
 * saw nothing itself. */
enum { FAL_STOP_TEXT = 512 };
void fal_stop_cause(char text[FAL_STOP_TEXT]);

#endif
