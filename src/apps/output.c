/* What a program may write over. */
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libgen.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fal/base/input.h"
#include "fal/io/file.h"
#include "fal/io/h5.h"
#include "fal/io/look.h"

typedef struct {
    const char *path, *format;
} looking;

static fal_status look_for_format(void *context, int64_t index)
{
    const looking *at = context;
    fal_h5 *file = NULL;
    (void)index;
    FAL_TRY(fal_h5_open(at->path, &file));
    char format[32] = "";
    fal_status status = fal_h5_get_text(file, "/", "fal_format", format, sizeof format);
    if (status == FAL_OK && strcmp(format, at->format) != 0) {
        status = fal_fail(FAL_ERR_INPUT, "%s: is a %s file", at->path, format);
    }
    fal_h5_close(file);
    return status;
}

/** Where a new file cannot be made, people should learn it before minutes of reading. */
static fal_status check_folder_of(const char *path)
{
    char *copy = strdup(path);
    if (copy == NULL) {
        return fal_fail(FAL_ERR_MEMORY, "%s: no memory for a file name", path);
    }
    const bool good = access(dirname(copy), W_OK | X_OK) == 0;
    const int reason = errno;
    free(copy);
    return good ? FAL_OK : fal_fail(FAL_ERR_OUTPUT, "%s: cannot make the file: %s", path, strerror(reason));
}

static fal_status refuse(const char *path, const char *what)
{
    return fal_fail(FAL_ERR_USAGE, "%s: is there already and is no %s: choose another output, or remove it first", path,
                    what);
}

fal_status fal_output_check(const char *path, const char *format, const char *what, const char *missing)
{
    struct stat about;
    looking at = {path, format};
    if (path == NULL) {
        return fal_fail(FAL_ERR_USAGE, "--output is missing: %s", missing);
    }
    if (stat(path, &about) != 0) {
        return check_folder_of(path);
    }
    if (S_ISDIR(about.st_mode)) { /* fal_file_replace would say so when all is read */
        return fal_fail(FAL_ERR_OUTPUT, "%s: is a folder: choose another name", path);
    }
    if (!S_ISREG(about.st_mode) || about.st_size == 0) {
        return FAL_OK; /* what is no regular file, fal_file_replace refuses */
    }
    const fal_status status = fal_look_once(path, look_for_format, &at);
    if (status != FAL_OK) {
        fal_status_clear();
        return refuse(path, what);
    }
    return FAL_OK;
}

fal_status fal_output_check_text(const char *path, const char *begin, const char *what)
{
    enum { ROOM = 256 };
    char first[ROOM];
    int descriptor = -1;
    size_t size = 0;
    const size_t length = strlen(begin);
    FAL_ASSERT(length <= ROOM);
    if (!fal_file_exists(path)) {
        return FAL_OK;
    }
    if (fal_file_open(path, &descriptor, &size) != FAL_OK) { /* fal_file_replace says why */
        fal_status_clear();
        return FAL_OK;
    }
    const bool ours = size == 0 || (fal_input_at(descriptor, first, length, 0) == (int64_t)length &&
                                    memcmp(first, begin, length) == 0);
    (void)close(descriptor);
    return ours ? FAL_OK : refuse(path, what);
}
