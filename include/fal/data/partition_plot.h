/* A picture of a partition: clients by classes, darker where a client holds more. */
#ifndef FAL_DATA_PARTITION_PLOT_H
#define FAL_DATA_PARTITION_PLOT_H

#include <stdint.h>

#include "fal/base/status.h"
#include "fal/base/text.h"

typedef struct {
    const char *title;     /* UTF-8, one line; escaped here */
    const int64_t *counts; /* [clients][classes] */
    int clients, classes;
    const char *class_names; /* [classes] strings, each in `name_size` bytes; NULL: class numbers */
    int name_size;
} fal_partition_plot;

/** Appends a whole SVG file: a row per client, a column per class with the number of images, and each client's images
 * and distance from uniform (EMD); below, the local and the global EMD and rho. Cells shrink as there are more of them;
 *  numbers are left out where they would not fit. */
fal_status fal_partition_plot_svg(const fal_partition_plot *plot, fal_text *text);

#endif
