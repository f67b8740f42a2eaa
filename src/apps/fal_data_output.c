/* What fal_data may write over. */
#include <string.h>

#include "fal/base/log.h"
#include "fal/base/path.h"
#include "fal/io/file.h"
#include "fal_data_internal.h"
#include "output.h"

fal_status fal_data_check_output(const char *path)
{
    return fal_output_check(path, "dataset", "dataset of fal_data",
                            "name the dataset file to write, e.g. -o inputs/NAME.h5");
}

fal_status fal_data_check_picture(const char *path, const char *dataset, const fal_partition_settings *partition)
{
    const char *const inputs[] = {dataset, partition->kind == FAL_PARTITION_FILE ? partition->file : NULL};
    FAL_TRY(fal_file_refuse_input(path, inputs, 2));
    return fal_output_check_text(path, "<", "SVG picture");
}

void fal_data_stem(const char *path, char name[FAL_NAME_MAX])
{
    const char *stem = fal_path_base(path);
    const char *dot = strrchr(stem, '.');
    const size_t length = dot != NULL && dot != stem ? (size_t)(dot - stem) : strlen(stem);
    name[0] = '\0'; /* a longer one is no name: cut short, two outputs would share it */
    if (length < FAL_NAME_MAX) {
        memcpy(name, stem, length);
        name[length] = '\0';
    }
}

fal_status fal_data_write(const fal_dataset_parts *parts, const char *path)
{
    FAL_TRY(fal_dataset_write(parts, path));
    fal_log_say("%s: %s, %lld training and %lld test images of %d x %d x %d, %d classes", path, parts->name,
                (long long)parts->n_train, (long long)parts->n_test, parts->h, parts->w, parts->c, parts->classes);
    return FAL_OK;
}
