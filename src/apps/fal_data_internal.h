/* What the subcommands of fal_data share: reading foreign files in a process of their own, what may be written over,
 * progress. */
#ifndef FAL_APPS_FAL_DATA_INTERNAL_H
#define FAL_APPS_FAL_DATA_INTERNAL_H

#include <stdint.h>

#include "fal/base/text.h"
#include "fal/data/dataset.h"
#include "fal/data/partition.h"

/** describer(path, text) in a process of its own. As fal_sandbox_run. */
fal_status fal_data_describe(const char *path, fal_status (*describer)(const char *path, fal_text *text),
                             fal_text *text);
/** "0.5,0.25,0.125": the shortest form that gives the same float. */
void fal_data_add_numbers(const float *values, int count, fal_text *text);

/** "shapes" of "inputs/shapes.h5"; "" where that is too long for a dataset's name. */
void fal_data_stem(const char *path, char name[FAL_NAME_MAX]);

/** FAL_ERR_USAGE if no output is named, or if a file is there and is no dataset of ours: only those, and empty files,
 *  may be replaced. */
fal_status fal_data_check_output(const char *path);
/** The same for a picture, which must not be the dataset or the file of the partition either. */
fal_status fal_data_check_picture(const char *path, const char *dataset, const fal_partition_settings *partition);
/** Writes a dataset and says what it holds. */
fal_status fal_data_write(const fal_dataset_parts *parts, const char *path);

/** A display for what takes longer than a moment; a file gets a line now and then. */
typedef struct {
    double started, shown;
    bool running;
} fal_data_display;
/** `what` names what is worked on, e.g. "reading a.png". Afterwards: fal_progress_end. */
void fal_data_show(fal_data_display *d, int64_t done, int64_t total, const char *what);

#endif
