/* What a program may write over. */
#ifndef FAL_APPS_OUTPUT_H
#define FAL_APPS_OUTPUT_H

#include "fal/base/status.h"

/** FAL_ERR_USAGE if no output is named (`missing` says so), or if a file is there and is of another format than
 *  `format` (fal_format): only those, and empty files, may be replaced. what: "dataset of fal_data". FAL_ERR_OUTPUT: a
 *  file cannot be made there. */
fal_status fal_output_check(const char *path, const char *format, const char *what, const char *missing);

/** The same for texts, by how they begin; nothing there is fine. what: "SVG picture". */
fal_status fal_output_check_text(const char *path, const char *begin, const char *what);

#endif
