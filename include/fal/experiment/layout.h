/* Ranks, threads, cores: what a job uses, chosen so that no more threads run than there are cores (architecture.md
 * section 5; measurements: performance.md, "Measured"). */
#ifndef FAL_EXPERIMENT_LAYOUT_H
#define FAL_EXPERIMENT_LAYOUT_H

#include "fal/base/params.h"
#include "fal/base/text.h"
#include "fal/comm/comm.h"

typedef struct {
    int ranks, node_ranks; /* in the job; on this node */
    int cores;             /* this rank may use */
    bool shared;           /* those are other ranks' cores too */
    int threads;           /* per rank */
    bool by_user;          /* OMP_NUM_THREADS or --threads decided */
    int ranks_per_trial, groups;
    char hosts[1024]; /* all nodes, "a, b" */
} fal_layout;

/** Choose and set the number of threads; agree on the groups. Warns (from the one rank that speaks) when the user's
 *  choice oversubscribes. Collective over the world. */
fal_status fal_layout_choose(const fal_comm *world, const fal_params *params, int clients, int trials,
                             fal_layout *layout);
/** Lines for the banner, with the one better command if the choice wastes the machine. */
fal_status fal_layout_describe(const fal_layout *layout, int clients, fal_text *text);

#endif
