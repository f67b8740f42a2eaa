/* What of replace.c others of this layer need. */
#ifndef FAL_IO_FILE_INTERNAL_H
#define FAL_IO_FILE_INTERNAL_H

#include <sys/types.h>

#include "fal/base/status.h"

/** A new file under `name`, which no other process uses: it ends in our process id. -1 with errno. */
int fal_file_open_temporary(const char *name, mode_t mode);
/** A rename is only safe from a power cut once the folder is on disk, too. FAL_ERR_OUTPUT. */
fal_status fal_file_sync_folder_of(const char *path);

#endif
