/* Stands in for matfile.c and matfile_check.c where matio is missing. */
#include "mat_internal.h"

fal_status fal_mat5_check(const char *path, size_t limit)
{
    (void)limit;
    return fal_fail(FAL_ERR_USAGE, "%s: built without matio: install libmatio-dev and rebuild", path);
}

fal_status fal_mat5_read(const char *path, const char *name, size_t limit, fal_mat_shape *shape, uint8_t **bytes,
                         double **numbers)
{
    (void)name;
    (void)shape;
    (void)bytes;
    (void)numbers;
    return fal_mat5_check(path, limit);
}

bool fal_mat_available(void) { return false; }
