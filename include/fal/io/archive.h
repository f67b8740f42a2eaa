/* Compressed files and archives of other people: their regular members, one after the other, in bounded memory. */
#ifndef FAL_IO_ARCHIVE_H
#define FAL_IO_ARCHIVE_H

#include <stddef.h>

#include "fal/base/status.h"

/** One regular file. `bytes` is valid during the call only. `inside`: it came out of an archive with members, else it
 * is the file itself (decompressed) and `name` its base name without .gz, .xz or .bz2. */
typedef fal_status (*fal_archive_visitor)(void *context, const char *name, const unsigned char *bytes, size_t count,
                                          bool inside);

/** Visit the members of `path`: plain, .gz, .xz, .bz2, tar of these, or zip, told apart by content. Nothing is written
 *  to disk. At most `limit_bytes` in all members together and 1,000,000 members. FAL_ERR_INPUT for damage, links, and
 *  names that are absolute or lead upwards. Without libarchive: FAL_ERR_USAGE. */
fal_status fal_archive_visit(const char *path, size_t limit_bytes, fal_archive_visitor visit, void *context);
/** Was the program built with libarchive? */
bool fal_archive_available(void);

#endif
