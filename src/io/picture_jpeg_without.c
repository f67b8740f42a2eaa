/* Stands in for picture_jpeg.c where libturbojpeg is missing. */
#include "picture_internal.h"

fal_status fal_picture_decode_jpeg(const fal_picture_file *file, fal_picture *picture, int *orientation)
{
    (void)picture;
    (void)orientation;
    return fal_fail(FAL_ERR_USAGE, "%s: built without libturbojpeg: install libturbojpeg0-dev and rebuild", file->name);
}

bool fal_picture_has_jpeg(void) { return false; }
