/* What the two files of answers share: answers.c (in memory) and answers_file.c. */
#ifndef FAL_RESULTS_ANSWERS_INTERNAL_H
#define FAL_RESULTS_ANSWERS_INTERNAL_H

#include "fal/results/answers.h"

extern const fal_table_kind fal_answers_given_kind, fal_answers_disputed_kind;

/** Image and label in range? */
bool fal_answers_row_fits(const fal_answers *answers, const fal_row_answer *row);

#endif
