/* Trials handed to groups of ranks: whichever group is free takes the next one. */
#ifndef FAL_EXPERIMENT_DISPATCH_INTERNAL_H
#define FAL_EXPERIMENT_DISPATCH_INTERNAL_H

#include "fal/comm/comm.h"

typedef struct {
    const fal_comm *world;
    const fal_comm *group;
    /* what follows is world rank 0's alone */
    const int64_t *order; /* [count] trials in the order of handing out; borrowed */
    int count;
    int next;       /* handed out so far */
    int groups_out; /* other groups that are still to be answered */
    bool stopped;   /* a group was asked to stop: nothing more is handed out */
} fal_dispatch;

/** order [count]: on world rank 0, elsewhere NULL. World rank 0 must be rank 0 of its group. Not collective. */
void fal_dispatch_init(fal_dispatch *dispatch, const fal_comm *world, const fal_comm *group, int groups,
                       const int64_t *order, int count);

/** The group has no trial, or no longer one: `last` is the status of the one it had. *trial out: the next one; -1:
 * leave. stop: a stop was asked during the last one (rank 0 of the group looks for new requests itself). FAL_OK with
 * -1: all trials are handed out. FAL_STOPPED: `last` was that, or a stop was asked and trials are left. A failure as
 * `last` comes back as it is; the other groups go on. The same on all ranks of the group. Collective over the group.
 * After *trial = -1 the group must not ask again. */
fal_status fal_dispatch_next(fal_dispatch *dispatch, fal_status last, bool stop, int *trial);

/** World rank 0 answers the groups that have asked; nothing elsewhere. Never waits. To be called often in a trial. */
void fal_dispatch_serve(fal_dispatch *dispatch);
/** World rank 0 answers until every other group has left; nothing elsewhere. After its own group has left. */
void fal_dispatch_end(fal_dispatch *dispatch);

#endif
