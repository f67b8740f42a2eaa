/* The parts of fal_data: reading foreign files in a process of their own, and what may be written over. */
#ifndef FAL_APPS_FAL_DATA_INTERNAL_H
#define FAL_APPS_FAL_DATA_INTERNAL_H

#include "fal/base/text.h"
#include "fal/data/describe.h"
#include "fal/data/partition.h"

/** describer(path, text), fal_digest_file, fal_digest_compare (item: "" for none) and fal_describe_partition (svg NULL:
 *  not drawn) in a process of their own. As fal_sandbox_run. */
fal_status fal_data_describe(const char *path, fal_status (*describer)(const char *path, fal_text *text),
                             fal_text *text);
fal_status fal_data_digest(const char *path, fal_text *sha256);
fal_status fal_data_compare(const char **files, fal_text *item);
fal_status fal_data_partition(const char *path, const fal_describe_partition_settings *settings, fal_text *table,
                              fal_text *svg);

/** FAL_ERR_USAGE if a file is there and is no dataset of ours: only those, and empty files, may be replaced. */
fal_status fal_data_check_output(const char *path);
/** The same for a picture, which must not be the dataset or the file of the partition either. */
fal_status fal_data_check_picture(const char *path, const char *dataset, const fal_partition_settings *partition);

#endif
