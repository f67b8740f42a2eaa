/* Which MPI library this is: its name for people, and what it is known to do while it waits. */
#ifndef FAL_COMM_LIBRARY_H
#define FAL_COMM_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

/** "Open MPI 5.0.11", "MPICH 4.3.2", "Intel MPI 2021.18.1" from what MPI_Get_library_version says; the first line of
 *  that for a library that is not known. Always ends with a zero. */
void fal_library_name(const char *version, char *name, size_t size);

/** True if this library's own blocking calls give the core away while they wait. */
bool fal_library_gives_way(const char *version);

#endif
