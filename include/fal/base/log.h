/* What people see: results on stdout, everything else on stderr, from one rank, one line at a time, flushed.
 * Texts go through fal_text_make_printable: names from files cannot steer a terminal or fake a line. */
#ifndef FAL_BASE_LOG_H
#define FAL_BASE_LOG_H

#include <stdio.h>

#include "fal/base/status.h"

/** First thing in main: name of the program in messages; `speaking` is true on the one rank that speaks. Standard
 *  descriptors that are closed are kept from being used for files, and SIGPIPE and SIGXFSZ come back as errors. Again
 *  when the program knows whether it speaks. */
void fal_log_start(const char *program, bool speaking);
/** Last thing in main: FAL_ERR_OUTPUT if anything that was said on stdout did not arrive and `status` is FAL_OK, unless
 *  a reader closed its end of a pipe early (| head); else `status`. Not collective. */
fal_status fal_log_finish(fal_status status);
bool fal_log_speaking(void);
/** Says nothing from here on: for a process that does something before another one does it. */
void fal_log_hush(void);

/** One line (newline added) on stdout. */
void fal_log_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** Text as it is on stdout, e.g. a table. */
void fal_log_print(const char *text);
/** "program: warning: ..." on stderr. */
void fal_log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** The same, but only the first time that this format comes: what holds for many files alike is said of one. */
void fal_log_warn_once(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** "program: MESSAGE" on stderr: the recorded message of a failure, or the status's text if there is none. */
void fal_log_failure(fal_status status);

#endif
