/* Trials handed to groups of ranks: whichever group is free takes the next one.
 *
 * World rank 0 has the list. Rank 0 of a free group sends it a message and waits for the answer; world rank 0 looks for
 * messages between two FL rounds and between two clients' queries of its own trial, and once its own group has left
 * until all others have. A one-sided counter would need no answer, but where MPI has no hardware for it, it moves only
 * when world rank 0 enters MPI, which a group of one rank may not do for a whole trial.
 *
 * Nothing can hang: a group waits for world rank 0 only while it has no trial, and everything that world rank 0 waits
 * for inside a trial comes from its own group, which waits for nobody else. So world rank 0 always comes to its next
 * look. Every group is answered "leave" once, or says once that it leaves after a failure: the last loop ends. The
 * price is a wait of at most one FL round, or one client's query, of world rank 0 per trial. */
#include "dispatch_internal.h"

#include "fal/base/stop.h"

enum { TAG_ASK = 1, TAG_ANSWER = 2 };
enum { NONE = -1, STOPPED = -2 };

typedef enum { WANTS, WANTS_TO_STOP, HAS_FAILED } request;

void fal_dispatch_init(fal_dispatch *dispatch, const fal_comm *world, const fal_comm *group, int groups,
                       const int64_t *order, int count)
{
    *dispatch = (fal_dispatch){.world = world, .group = group};
    if (fal_comm_rank(world) == 0) {
        FAL_ASSERT(fal_comm_rank(group) == 0);
        dispatch->order = order;
        dispatch->count = count;
        dispatch->groups_out = groups - 1;
    }
}

/* World rank 0: a trial, NONE or STOPPED. */
static int answer(fal_dispatch *dispatch, request asked)
{
    dispatch->stopped = dispatch->stopped || asked == WANTS_TO_STOP;
    if (dispatch->next == dispatch->count || asked == HAS_FAILED) {
        return NONE;
    }
    return dispatch->stopped ? STOPPED : (int)dispatch->order[dispatch->next++];
}

static void serve_one(fal_dispatch *dispatch, int from)
{
    request asked = WANTS;
    fal_comm_receive(dispatch->world, &asked, sizeof asked, from, TAG_ASK);
    const int trial = answer(dispatch, asked);
    dispatch->groups_out -= trial < 0;
    if (asked != HAS_FAILED) {
        fal_comm_send(dispatch->world, &trial, sizeof trial, from, TAG_ANSWER);
    }
}

void fal_dispatch_serve(fal_dispatch *dispatch)
{
    int from = 0;
    while (dispatch->groups_out > 0 && fal_comm_arrived(dispatch->world, TAG_ASK, &from)) {
        serve_one(dispatch, from);
    }
}

void fal_dispatch_end(fal_dispatch *dispatch)
{
    while (dispatch->groups_out > 0) {
        serve_one(dispatch, fal_comm_await(dispatch->world, TAG_ASK));
    }
}

/* Rank 0 of a group. */
static int ask(fal_dispatch *dispatch, request asked)
{
    int trial = NONE;
    if (fal_comm_rank(dispatch->world) == 0) {
        fal_dispatch_serve(dispatch); /* who has waited longer comes first */
        return answer(dispatch, asked);
    }
    fal_comm_send(dispatch->world, &asked, sizeof asked, 0, TAG_ASK);
    if (asked != HAS_FAILED) {
        fal_comm_receive(dispatch->world, &trial, sizeof trial, 0, TAG_ANSWER);
    }
    return trial;
}

fal_status fal_dispatch_next(fal_dispatch *dispatch, fal_status last, bool stop, int *trial)
{
    int got = NONE;
    if (fal_comm_rank(dispatch->group) == 0) {
        const bool failed = last != FAL_OK && last != FAL_STOPPED;
        const bool stopping = last == FAL_STOPPED || stop || fal_stop_requests() > 0;
        got = ask(dispatch, failed ? HAS_FAILED : stopping ? WANTS_TO_STOP : WANTS);
    }
    fal_comm_broadcast(dispatch->group, &got, sizeof got, 0);
    *trial = got >= 0 ? got : -1;
    return last != FAL_OK ? last : got == STOPPED ? FAL_STOPPED : FAL_OK;
}
