/* Requests to stop by signal. Handlers only count (async-signal-safe); the loop looks at the count at points that all
 * ranks share. SIGUSR1, SIGUSR2, SIGTERM, SIGINT, SIGHUP ask to stop; SIGCONT keeps its meaning (SIGPIPE and SIGXFSZ:
 * fal_log_start). Source: measurements in docs/operations.md of what mpirun sends. */
#ifndef FAL_BASE_STOP_H
#define FAL_BASE_STOP_H

/** First thing in main, before MPI starts. */
void fal_stop_install(void);
/** Number of requests so far. */
int fal_stop_requests(void);
/** This process has seen a request in a file of that path. */
void fal_stop_note_file(const char *path);
/** What asked this process to stop, for the message at the end: " by the file outputs/STOP", " by SIGUSR1"; "" if it
 * saw nothing itself. */
enum { FAL_STOP_TEXT = 512 };
void fal_stop_cause(char text[FAL_STOP_TEXT]);

#endif
