/* fal_report --status. */
#ifndef FAL_APPS_FAL_REPORT_STATUS_H
#define FAL_APPS_FAL_REPORT_STATUS_H

#include "fal/base/status.h"

/** The table of the trials that have files in these folders, or of these results files. */
fal_status fal_report_status(const char *const *paths, int path_count, bool csv);

#endif
