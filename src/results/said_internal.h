/* Shared by the readers of answers. */
#ifndef FAL_RESULTS_SAID_INTERNAL_H
#define FAL_RESULTS_SAID_INTERNAL_H

#include "fal/results/said.h"

/** One row, as texts; NULL or "" for what it does not say. */
typedef struct {
    const char *where; /* for messages */
    const char *label;
    const char *file;  /* name of the picture */
    const char *image; /* row in /train, or another place where the picture's name may stand */
    const char *client, *annotator, *seconds;
    int64_t place;
} fal_said_texts;

fal_status fal_said_begin_file(fal_said_list *list, const char *path, fal_said_form form);
/** Check and add it; without a label it is counted as open. */
fal_status fal_said_add(fal_said_list *list, const fal_said_texts *texts);
/** A class, FAL_ANSWER_CANNOT_TELL, or FAL_ANSWER_NONE (refused, with the nearest name in the message). */
fal_status fal_said_label(fal_said_list *list, const char *where, const char *text, int *label);

fal_status fal_said_read_csv(fal_said_list *list, const char *path);
fal_status fal_said_read_json(fal_said_list *list, const char *path);
fal_status fal_said_read_folder(fal_said_list *list, const char *path);

#endif
