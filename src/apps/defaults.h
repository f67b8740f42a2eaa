/* Defaults of the scientific parameters, as reports compare settings with them. */
#ifndef FAL_APPS_DEFAULTS_H
#define FAL_APPS_DEFAULTS_H

#include "fal/report/report.h"

/** *defaults [*count] (fal_free); texts are static. */
fal_status fal_defaults_take(fal_report_default **defaults, int *count);

#endif
