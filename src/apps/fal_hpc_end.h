/* What a finished job says and writes about its trials. */
#ifndef FAL_APPS_FAL_HPC_END_H
#define FAL_APPS_FAL_HPC_END_H

#include "fal/experiment/plan.h"

/** The same tables and verdict as fal_report prints, from the same files by the same code; with --report also the page.
 *  On one rank. */
fal_status fal_hpc_conclude(const fal_plan *plan, const fal_params *params);
/** Before the trials: can the page be written where it is wanted? On one rank. */
fal_status fal_hpc_check_report(const fal_params *params);

#endif
