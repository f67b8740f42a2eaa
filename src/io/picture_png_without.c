/* Stands in for picture_png.c where libpng is missing. */
#include "picture_internal.h"

fal_status fal_picture_decode_png(const fal_picture_file *file, fal_picture *picture, int *orientation)
{
    (void)picture;
    (void)orientation;
    return fal_fail(FAL_ERR_USAGE, "%s: built without libpng: install libpng-dev and rebuild", file->name);
}

bool fal_picture_has_png(void) { return false; }
