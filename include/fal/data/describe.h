/* What fal_data prints about a dataset: its content, its checks, its partition over clients. */
#ifndef FAL_DATA_DESCRIBE_H
#define FAL_DATA_DESCRIBE_H

#include "fal/base/status.h"
#include "fal/base/text.h"
#include "fal/data/partition.h"

/** Name, counts, shape, constants, class counts, checksums. */
fal_status fal_describe_dataset(const char *path, fal_text *text);
/** Everything that opening checks, then every image read and every checksum recomputed; one line per array.
 *  FAL_ERR_INPUT at the first that does not agree. */
fal_status fal_describe_verify(const char *path, fal_text *text);

typedef struct {
    fal_partition_settings partition;
    double rho; /* above 1: of a long tail that is cut first (longtail.h) */
    bool csv;
} fal_describe_partition_settings;

/** Images per client and class, with each client's distance from uniform: what a trial of that seed gets.
 *  svg: NULL, or gets the same as a picture (partition_plot.h). */
fal_status fal_describe_partition(const char *path, const fal_describe_partition_settings *settings, fal_text *text,
                                  fal_text *svg);

#endif
