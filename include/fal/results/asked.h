/* What a trial asked people, from its files alone: the results, the checkpoint with the query that waits, and the
 * folders in which people are asked. */
#ifndef FAL_RESULTS_ASKED_H
#define FAL_RESULTS_ASKED_H

#include "fal/results/take.h"

typedef struct {
    fal_answers_data data;
    char (*class_names)[FAL_NAME_MAX]; /* [data.classes] */
    int64_t al_round;                  /* that waits for labels */
    fal_asked *rows;                   /* each image once; those of `al_round` as the checkpoint has them */
    int64_t count, room;
} fal_asked_list;

/** results: "NAME.h5". FAL_ERR_USAGE: the trial waits for no labels; FAL_ERR_INPUT: a file that cannot be read. */
fal_status fal_asked_read(const char *results, fal_asked_list *list);
/** Also fine for a zeroed struct. */
void fal_asked_destroy(fal_asked_list *list);

#endif
