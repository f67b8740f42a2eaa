/* JPEG through libjpeg-turbo's TurboJPEG interface, whose errors are return values. A warning counts as damage: the
 * library would fill what is missing with grey.
 *
 * Every scan of a progressive file runs over the whole picture, so a small file with many of them can take hours; the
 * scans are counted before. The library keeps such a file's coefficients, two bytes per value: at most twice our limit
 * for pixels. */
#include <string.h>

#include <turbojpeg.h>

#include "picture_internal.h"

#include "fal/base/memory.h"

enum { SCANS_MAX = 100 };
static const uint64_t work_max = 4000000000U; /* pixels times scans: a quarter of a minute */

bool fal_picture_has_jpeg(void) { return true; }

static fal_status check_marks(const fal_picture_file *file, const fal_picture_jpeg_marks *marks)
{
    if (marks->components == 0) {
        return fal_picture_damaged(file->name, "no frame header");
    }
    FAL_TRY(fal_picture_check_size(file->name, (uint64_t)marks->h, (uint64_t)marks->w, marks->components == 1 ? 1 : 3));
    if (!marks->ends) {
        return fal_picture_damaged(file->name, "it ends too early");
    }
    if (marks->scans > SCANS_MAX || (uint64_t)marks->h * (uint64_t)marks->w * (uint64_t)marks->scans > work_max) {
        return fal_fail(FAL_ERR_INPUT, "%s: %d scans of %d x %d pixels are more than any camera writes: leave it out",
                        file->name, marks->scans, marks->h, marks->w);
    }
    return FAL_OK;
}

static fal_status decode(const fal_picture_file *file, tjhandle library, fal_picture *picture)
{
    int w = 0;
    int h = 0;
    int sampling = 0;
    int colours = 0;
    if (tjDecompressHeader3(library, file->bytes, file->count, &w, &h, &sampling, &colours) != 0) {
        return fal_picture_damaged(file->name, tjGetErrorStr2(library));
    }
    if (colours == TJCS_CMYK || colours == TJCS_YCCK) {
        return fal_fail(FAL_ERR_INPUT,
                        "%s: is in the colours of a printer (CMYK): convert it to RGB, e.g. with "
                        "ImageMagick's mogrify -colorspace sRGB",
                        file->name);
    }
    const int c = colours == TJCS_GRAY ? 1 : 3;
    FAL_TRY(fal_picture_check_size(file->name, (uint64_t)h, (uint64_t)w, c));
    FAL_TRY(fal_alloc(&picture->pixels, (size_t)h * (size_t)w, (size_t)c, file->name));
    if (tjDecompress2(library, file->bytes, file->count, picture->pixels, w, 0, h, c == 1 ? TJPF_GRAY : TJPF_RGB,
                      TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS) != 0) {
        return fal_picture_damaged(file->name, tjGetErrorStr2(library));
    }
    picture->h = h;
    picture->w = w;
    picture->c = c;
    return FAL_OK;
}

fal_status fal_picture_decode_jpeg(const fal_picture_file *file, fal_picture *picture, int *orientation)
{
    const fal_picture_jpeg_marks marks = fal_picture_walk_jpeg(file->bytes, file->count);
    FAL_TRY(check_marks(file, &marks));
    tjhandle library = tjInitDecompress();
    if (library == NULL) {
        return fal_fail(FAL_ERR_MEMORY, "%s: libturbojpeg has no memory", file->name);
    }
    const fal_status status = decode(file, library, picture);
    (void)tjDestroy(library);
    *orientation = marks.orientation;
    return status;
}
