/* What taking a lock and looking at one share: who a lock file names. */
#ifndef FAL_IO_LOCK_INTERNAL_H
#define FAL_IO_LOCK_INTERNAL_H

#include <stdbool.h>

enum { FAL_HOST_SIZE = 128, FAL_OWNER_SIZE = 192 };

void fal_lock_host(char name[FAL_HOST_SIZE]);
/** Host and process id from the text of a lock file; false if it says nothing that we wrote. */
bool fal_lock_owner(const char *text, char host[FAL_HOST_SIZE], long *process);
/** Does a program of ours run on this host under that number? Numbers are given again: one that another program has, or
 * that has ended and whose parent has not asked yet, is of nobody. */
bool fal_lock_process_is_there(long process);

#endif
