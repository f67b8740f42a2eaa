/* Configuration files: INI with line numbers in messages (docs/operations.md, "Command lines and
 * configuration files").
 *
 * "name = value"; '#' or ';' starts a comment at the start of a line or after a blank; [sections] are for reading only;
 * a line that is indented deeper than the name above continues its value (and may hold no '='); a name may stand once
 * per file, '-' and '_' alike; values have no quotes; "include = FILE" reads another file, relative to the including
 * one, up to 8 deep and 100 in all. UTF-8, a byte order mark is skipped; lines end with LF, CR LF or CR. Regular files
 * only, lines up to 64 KiB, files up to 1 MiB. */
#ifndef FAL_BASE_INI_H
#define FAL_BASE_INI_H

#include "fal/base/status.h"

/** Called for each name and value in file order; `where` is "FILE:LINE". */
typedef fal_status fal_ini_visit(void *context, const char *name, const char *value, const char *where);

/** Is the value read again as it is written? Not with a comment mark that stands first or follows a blank, with blanks
 *  at its ends, or with quotes. */
bool fal_ini_holds(const char *value);

fal_status fal_ini_read(const char *path, fal_ini_visit *visit, void *context);

#endif
