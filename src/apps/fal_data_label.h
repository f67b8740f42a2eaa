/* The two halves of fal_data label: a trial that waits, and a dataset (--into). */
#ifndef FAL_APPS_FAL_DATA_LABEL_H
#define FAL_APPS_FAL_DATA_LABEL_H

#include "fal/results/take.h"
#include "fal_data_command.h"

typedef struct {
    const char *path, *annotator, *output, *trials;
    int resolve; /* fal_resolve */
    bool into;
} fal_data_label_request;

/** All files behind the first. */
fal_status fal_data_label_read(const fal_data_call *call, fal_said_list *list);
/** Who disagrees. */
void fal_data_label_report(const fal_taken *taken);
/** The answers become labels of the dataset. */
fal_status fal_data_label_into(const fal_data_label_request *in, const fal_data_call *call);

#endif
