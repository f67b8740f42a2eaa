/* Ends that the program does not choose: a signal that says that it is broken (SIGSEGV, SIGBUS, SIGFPE, SIGILL,
 * SIGABRT), or a library that calls exit. HDF5 1.10 does both where memory runs out. Each leaves one line on stderr
 * and no unfinished file. */
#ifndef FAL_BASE_CRASH_H
#define FAL_BASE_CRASH_H

/** From here on such ends are said, as "program: what" (the program of fal_log_start), by every rank; then the signal
 *  has its own meaning, and an exit becomes code 1. Handlers that are there, as of sanitizers, stay. `clean` is called
 *  before and must be async-signal-safe. Children that are forked end as without it. */
void fal_crash_install(void (*clean)(void));

/** The program ends by itself now: an exit needs no word. */
void fal_crash_leave(void);

#endif
