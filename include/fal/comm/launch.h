/* What the launcher (mpirun, srun, ...) says about this process in environment variables, without MPI. */
#ifndef FAL_COMM_LAUNCH_H
#define FAL_COMM_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>

#include "fal/base/status.h"

/** What the environment said; MPI libraries change these variables when they start, so look before that. */
typedef struct {
    int launcher; /* which; -1 if none */
    int count;    /* processes that it started, at least */
    bool speaks;  /* fal_launch_speaks() */
} fal_launch;

/** `library` is the MPI's name: its own launcher is believed before others. */
fal_launch fal_launch_look(const char *library);

/** This process's number among those that the launcher started; 0 where nothing says so. For answers that need no MPI:
 *  only number 0 prints them. */
int fal_launch_rank(void);

/** True if a launcher started this process. */
bool fal_launch_happened(void);

/** True in the one process that says why a start failed: number 0, or number 1 where the launcher names no size and so
 *  number 0 cannot know of the others. */
bool fal_launch_speaks(void);

/** For a process that is alone in its MPI world: was it meant to be? FAL_ERR_USAGE, with what to do, if the launcher
 *  started several: then every copy would run the whole job by itself. */
fal_status fal_launch_check_alone(const fal_launch *launch, const char *library);

/** Options of this library's mpirun, each with a space before it; nothing where none are needed or known: `cores` of
 * its own for each rank (0 or 1: as it comes), `crowded`: more ranks than cores. */
void fal_launch_options(const char *library, int cores, bool crowded, char *text, size_t size);

/** What to try where MPI does not start at all; ends with a zero. */
void fal_launch_advice(const fal_launch *launch, const char *library, char *text, size_t size);

#endif
