/* Files from outside, read within bounds: regular files only, never blocking on a pipe or a device. The one place that
 * opens what a user names as input; `failure` is the status of its failures (FAL_ERR_INPUT, or FAL_ERR_USAGE for
 * configuration). */
#ifndef FAL_BASE_INPUT_H
#define FAL_BASE_INPUT_H

#include <stddef.h>

#include <sys/types.h>

#include "fal/base/status.h"

/** A regular file opened for reading; the caller closes the descriptor. Anything else, such as a folder, a pipe, a
 *  device, is a failure that says so. */
fal_status fal_input_open(const char *path, fal_status failure, int *descriptor, size_t *size);
/** Up to `count` bytes from a descriptor; *got is less only at the end of the file. `path` for the message. */
fal_status fal_input_take(int descriptor, const char *path, fal_status failure, char *bytes, size_t count, size_t *got);
/** As many of `count` bytes at `offset` as the file has, however often a signal or the file system cuts the reading
 *  short; -1 with errno. */
ssize_t fal_input_at(int descriptor, void *bytes, size_t count, off_t offset);
/** The whole file in *bytes (fal_free), with an end mark after it; a failure if it is larger than `limit`. */
fal_status fal_input_read(const char *path, size_t limit, fal_status failure, char **bytes, size_t *count);
/** The same for a text in UTF-8: a byte order mark at the start is removed; UTF-16 and NUL bytes are a failure. */
fal_status fal_input_read_text(const char *path, size_t limit, fal_status failure, char **text, size_t *count);
/** Cut the next line off: *at moves behind its end (LF, CR LF or CR), which becomes an end mark. NULL after the last.
 */
char *fal_input_line(char **at);

#endif
