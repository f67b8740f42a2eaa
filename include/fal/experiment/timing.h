/* Where the time of trials went. */
#ifndef FAL_EXPERIMENT_TIMING_H
#define FAL_EXPERIMENT_TIMING_H

#include <stdint.h>

#include "fal/base/text.h"

/** Seconds of a group's rank 0 by section, added up over AL rounds. */
typedef struct {
    double train, communicate, local_only, embed, select, evaluate, io, total;
} fal_sections;
/** to += factor * from */
void fal_sections_add(fal_sections *to, const fal_sections *from, double factor);
/** What is neither training, nor a query, nor evaluation. */
double fal_sections_overhead(const fal_sections *sections);

enum { FAL_ROUNDS_SHOWN = 32 };
/** Seconds of each AL round, added up over trials, on rank 0 of a group. AL round r is entry r - 1; those beyond the
 * last entry are added to it. */
typedef struct {
    fal_sections at[FAL_ROUNDS_SHOWN];
    int64_t al_rounds[FAL_ROUNDS_SHOWN]; /* that were added */
    int64_t fl_rounds[FAL_ROUNDS_SHOWN]; /* in these */
} fal_round_costs;

/** The tables of a job's end: by section and by AL round. rounds: FL rounds that were run. */
fal_status fal_timing_describe(const fal_sections *sections, const fal_round_costs *costs, int64_t rounds,
                               fal_text *text);

#endif
