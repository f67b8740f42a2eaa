/* One trial on a group of ranks: the loop over AL rounds, from the start or from a checkpoint, to complete results. */
#ifndef FAL_EXPERIMENT_TRIAL_H
#define FAL_EXPERIMENT_TRIAL_H

#include "fal/comm/comm.h"
#include "fal/experiment/plan.h"

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

typedef struct fal_holding fal_holding; /* the images that this rank holds (holding_internal.h) */

/** How to run, the same for all trials of a job. */
typedef struct {
    fal_holding *held;         /* stays for the next trial */
    const char *command;       /* for the record */
    const char *hosts;         /* likewise */
    double checkpoint_seconds; /* longest time between checkpoints */
    int64_t steps_before;      /* FL rounds of the group's earlier trials, for the progress display */
    int64_t *first_lock;       /* when the group took its first lock, in ns by the file system's clock; 0: not yet. A
                                  STOP file that is older is a left-over */
    fal_round_costs *costs;    /* finished AL rounds are added */
    void (*attend)(void *context); /* called on every rank between two FL rounds and two clients' queries; NULL: not */
    void *context;                 /* its argument */
} fal_trial_options;

typedef struct {
    fal_sections sections;
    int64_t rounds;    /* FL rounds run in this start */
    bool was_complete; /* nothing was left to do */
    bool stop_asked;   /* a stop was asked, though the trial may have come to its end */
} fal_trial_outcome;

/** Run or go on. FAL_OK: the results file is complete. FAL_STOPPED: stopped on request, resumable. Collective over
 *  `group`; the same status on all its ranks. */
fal_status fal_trial_run(const fal_comm *group, const fal_planned *planned, const fal_trial_options *options,
                         fal_trial_outcome *outcome);

#endif
