/* What fal_data may write over. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libgen.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fal/base/input.h"
#include "fal/base/log.h"
#include "fal/io/file.h"
#include "fal/io/h5.h"
#include "fal/io/look.h"
#include "fal_data_internal.h"

static fal_status look_for_dataset(void *context, int64_t index)
{
    fal_h5 *file = NULL;
    (void)index;
    FAL_TRY(fal_h5_open(context, &file));
    char format[32] = "";
    fal_status status = fal_h5_get_text(file, "/", "fal_format", format, sizeof format);
    if (status == FAL_OK && strcmp(format, "dataset") != 0) {
        status = fal_fail(FAL_ERR_INPUT, "%s: is a %s file", (const char *)context, format);
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

fal_status fal_data_check_output(const char *path)
{
    struct stat about;
    if (path == NULL) {
        return fal_fail(FAL_ERR_USAGE, "--output is missing: name the dataset file to write, e.g. -o inputs/NAME.h5");
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
    const fal_status status = fal_look_once(path, look_for_dataset, (void *)(uintptr_t)path);
    if (status != FAL_OK) {
        fal_status_clear();
        return fal_fail(FAL_ERR_USAGE,
                        "%s: is there already and is no dataset of fal_data: choose another output, or remove it first",
                        path);
    }
    return FAL_OK;
}

fal_status fal_data_check_picture(const char *path, const char *dataset, const fal_partition_settings *partition)
{
    const char *const inputs[] = {dataset, partition->kind == FAL_PARTITION_FILE ? partition->file : NULL};
    int descriptor = -1;
    size_t size = 0;
    char first = '<';
    FAL_TRY(fal_file_refuse_input(path, inputs, 2));
    if (!fal_file_exists(path)) {
        return FAL_OK;
    }
    if (fal_file_open(path, &descriptor, &size) != FAL_OK) { /* fal_file_replace says why */
        fal_status_clear();
        return FAL_OK;
    }
    const bool svg = size == 0 || (fal_input_at(descriptor, &first, 1, 0) == 1 && first == '<');
    (void)close(descriptor);
    return svg ? FAL_OK
               : fal_fail(FAL_ERR_USAGE,
                          "--plot %s: is there already and is no SVG picture: choose another name, or remove it first",
                          path);
}

fal_status fal_data_write(const fal_dataset_parts *parts, const char *path)
{
    FAL_TRY(fal_dataset_write(parts, path));
    fal_log_say("%s: %s, %lld training and %lld test images of %d x %d x %d, %d classes", path, parts->name,
                (long long)parts->n_train, (long long)parts->n_test, parts->h, parts->w, parts->c, parts->classes);
    return FAL_OK;
}
