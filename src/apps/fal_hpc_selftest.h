/* fal_hpc --selftest: what an installation must show, on data of its own. */
#ifndef FAL_APPS_FAL_HPC_SELFTEST_H
#define FAL_APPS_FAL_HPC_SELFTEST_H

#include "fal/comm/comm.h"

/** Prints versions, then a line PASS or FAIL for each check, on rank 0; its files are in a folder under TMPDIR and gone
 *  at the end. FAL_ERR_INTERNAL if a check fails, FAL_ERR_OUTPUT if there is no place for the files, FAL_STOPPED on
 *  request. Collective. */
fal_status fal_hpc_selftest(const fal_comm *world);

#endif
