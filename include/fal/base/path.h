/* Paths as people write them, in one form. */
#ifndef FAL_BASE_PATH_H
#define FAL_BASE_PATH_H

#include <stddef.h>

#include "fal/base/status.h"

/** `given` in its plain form: a leading "~/" (or "~" alone) stands for $HOME, as in a shell, wherever the path was
 *  written; "./" parts, doubled and trailing slashes go; ".." and links stay as they are. "" stays "". FAL_ERR_USAGE:
 *  any other leading '~' (write ./~x for a file of that name), HOME not set, more than size - 1 bytes. */
fal_status fal_path_clean(const char *given, char *to, size_t size);
/** What stands behind the last '/'. */
const char *fal_path_base(const char *path);

#endif
