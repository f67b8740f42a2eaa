/* Looking at files from elsewhere: a child process reads them first, by the functions that this process is going to use
 * itself. What crashes a library, or makes it work without end, ends there, and the file is named. */
#ifndef FAL_IO_LOOK_H
#define FAL_IO_LOOK_H

#include <stdint.h>

#include "fal/base/status.h"

/** Reads part `index` of what is looked at, as far as this process will before it believes it: heads, types, shapes,
 *  small arrays, no pixels. In the child: all that it makes is gone with the child, what it prints is not seen, and of
 *  its failure the status and the message come back. */
typedef fal_status (*fal_look_reader)(void *context, int64_t index);

typedef struct fal_look fal_look;

/** A child that reads parts 0 .. count-1, ahead of who asks for them. `name` is named where one crashes before it opens
 *  an HDF5 file. Costs a fork, and the reading once more. `context` must stay as it is until fal_look_end. Not under
 * MPI and not with threads running: in fal_hpc, before MPI_Init. */
fal_status fal_look_begin(const char *name, int64_t count, fal_look_reader read, void *context, fal_look **look);
/** How the reading of the next part ended: FAL_OK, or its failure as if it had happened here. A crash, or more time
 *  than a file of its size is worth, is FAL_ERR_INPUT and names the file; so is more memory than a limit from outside
 *  leaves (FAL_ERR_MEMORY where there is none). The parts after it are read by another child. */
fal_status fal_look_next(fal_look *look);
/** NULL is fine; also before all parts were asked for. */
void fal_look_end(fal_look *look);

/** All of that for a single part. */
fal_status fal_look_once(const char *name, fal_look_reader read, void *context);

#endif
