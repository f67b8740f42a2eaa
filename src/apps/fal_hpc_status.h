/* fal_hpc --list-trials --status. */
#ifndef FAL_APPS_FAL_HPC_STATUS_H
#define FAL_APPS_FAL_HPC_STATUS_H

#include "fal/experiment/plan.h"

/** The table of all trials of the job, those that have not begun as well. World rank 0 looks; not collective. */
fal_status fal_hpc_status(const fal_plan *plan, bool csv);

#endif
