/* What the progress display needs of the log: the bar is a line that other output first removes. And what signal
 * handlers say. */
#ifndef FAL_BASE_LOG_INTERNAL_H
#define FAL_BASE_LOG_INTERNAL_H

/** Columns of the terminal that stderr is, 80 where they are not known; 0: it is none. */
int fal_log_columns(void);
/** In place of the bar that is shown, if any. */
void fal_log_bar(const char *line);
void fal_log_clear_bar(void);

/** "program: TEXT" on stderr from within a signal handler (async-signal-safe); nothing before fal_log_start. */
void fal_log_signal(const char *text);
/** The same from any rank, also one that is not speaking. */
void fal_log_last_words(const char *text);

#endif
