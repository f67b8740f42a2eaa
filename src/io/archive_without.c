/* Stands in for archive.c where libarchive is missing. */
#include "fal/io/archive.h"

fal_status fal_archive_visit(const char *path, size_t limit_bytes, fal_archive_visitor visit, void *context)
{
    (void)limit_bytes;
    (void)visit;
    (void)context;
    return fal_fail(FAL_ERR_USAGE, "%s: built without libarchive: install libarchive-dev and rebuild", path);
}

bool fal_archive_available(void) { return false; }
