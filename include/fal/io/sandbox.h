/* Work on files from strangers in a child process: what crashes or loops there ends there. */
#ifndef FAL_IO_SANDBOX_H
#define FAL_IO_SANDBOX_H

#include "fal/base/status.h"
#include "fal/base/text.h"

/** Run work(context, text) in a child that may not write files and has limits on memory and time; its status, message
 *  and text come back as if it had run here. A crash or an exceeded limit is FAL_ERR_INPUT and names `path`. Nothing
 *  else that the child changes is seen here. Not under MPI and not with threads running. */
fal_status fal_sandbox_run(const char *path, fal_status (*work)(void *context, fal_text *text), void *context,
                           fal_text *text);

#endif
