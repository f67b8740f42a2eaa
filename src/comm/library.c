/* Names of MPI libraries. What they say about themselves ranges from "MPICH Version:      5.0.2" over "Intel(R) MPI
 * Library 2021.18 for Linux* OS" to lines of build options, so the family is looked for first, then its number. */
#include "library.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* The more special ones first: Intel's, Cray's and MVAPICH are MPICH inside, and say so. */
static const struct {
    const char *mark, *name;
} families[] = {
    {"Open MPI", "Open MPI"},     {"Intel(R) MPI Library", "Intel MPI"},
    {"CRAY MPICH", "Cray MPICH"}, {"MVAPICH2", "MVAPICH2"},
    {"MVAPICH", "MVAPICH"},       {"MPICH", "MPICH"},
};

void fal_library_name(const char *version, char *name, size_t size)
{
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        const char *found = strstr(version, families[i].mark);
        if (found != NULL) {
            found += strlen(families[i].mark);
            found += strcspn(found, "0123456789\n");
            size_t length = 0;
            while (isalnum((unsigned char)found[length]) || found[length] == '.') {
                length++;
            }
            (void)snprintf(name, size, "%s%s%.*s", families[i].name, length > 0 ? " " : "", (int)length, found);
            return;
        }
    }
    (void)snprintf(name, size, "%.*s", (int)strcspn(version, ",\n"), version);
}

bool fal_library_gives_way(const char *version) { return strstr(version, "Open MPI") != NULL; }
