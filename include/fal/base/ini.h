/* Configuration files: INI with line numbers in messages (docs/formats: section Configuration).
 *
 * "name = value"; '#' or ';' starts a comment at the start of a line or after a blank; [sections] are for reading only;
 * an indented line continues the value above; a name may stand once per file; "include = FILE" reads another file,
 * relative to the including one, up to 8 deep. Lines up to 64 KiB, files up to 1 MiB. */
#ifndef FAL_BASE_INI_H
#define FAL_BASE_INI_H

#include "fal/base/status.h"

/** Called for each name and value in file order; `where` is "FILE:LINE". */
typedef fal_status fal_ini_visit(void *context, const char *name, const char *value, const char *where);

fal_status fal_ini_read(const char *path, fal_ini_visit *visit, void *context);

#endif
