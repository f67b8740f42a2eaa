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
#include "handout_internal.h"

#include "fal/base/stop.h"

enum { TAG_ASK = 1, TAG_ANSWER = 2 };
enum { NONE = -1, STOPPED = -2 };

typedef enum { WANTS, WANTS_TO_STOP, HAS_FAILED } request;

void fal_handout_init(fal_handout *handout, const fal_comm *world, const fal_comm *group, int groups,
                      const int64_t *order, int count)
{
    *handout = (fal_handout){.world = world, .group = group};
    if (fal_comm_rank(world) == 0) {
        FAL_ASSERT(fal_comm_rank(group) == 0);
        handout->order = order;
        handout->count = count;
        handout->groups_out = groups - 1;
    }
}

/* World rank 0: a trial, NONE or STOPPED. */
static int answer(fal_handout *handout, request asked)
{
    handout->stopped = handout->stopped || asked == WANTS_TO_STOP;
    if (handout->next == handout->count || asked == HAS_FAILED) {
        return NONE;
    }
    return handout->stopped ? STOPPED : (int)handout->order[handout->next++];
}

static void serve_one(fal_handout *handout, int from)
{
    request asked = WANTS;
    fal_comm_receive(handout->world, &asked, sizeof asked, from, TAG_ASK);
    const int trial = answer(handout, asked);
    handout->groups_out -= trial < 0;
    if (asked != HAS_FAILED) {
        fal_comm_send(handout->world, &trial, sizeof trial, from, TAG_ANSWER);
    }
}

void fal_handout_serve(fal_handout *handout)
{
    int from = 0;
    while (handout->groups_out > 0 && fal_comm_arrived(handout->world, TAG_ASK, &from)) {
        serve_one(handout, from);
    }
}

void fal_handout_end(fal_handout *handout)
{
    while (handout->groups_out > 0) {
        serve_one(handout, fal_comm_await(handout->world, TAG_ASK));
    }
}

/* Rank 0 of a group. */
static int ask(fal_handout *handout, request asked)
{
    int trial = NONE;
    if (fal_comm_rank(handout->world) == 0) {
        fal_handout_serve(handout); /* who has waited longer comes first */
        return answer(handout, asked);
    }
    fal_comm_send(handout->world, &asked, sizeof asked, 0, TAG_ASK);
    if (asked != HAS_FAILED) {
        fal_comm_receive(handout->world, &trial, sizeof trial, 0, TAG_ANSWER);
    }
    return trial;
}

fal_status fal_handout_next(fal_handout *handout, fal_status last, bool stop, int *trial)
{
    int got = NONE;
    if (fal_comm_rank(handout->group) == 0) {
        const bool failed = last != FAL_OK && last != FAL_STOPPED;
        const bool stopping = last == FAL_STOPPED || stop || fal_stop_requests() > 0;
        got = ask(handout, failed ? HAS_FAILED : stopping ? WANTS_TO_STOP : WANTS);
    }
    fal_comm_broadcast(handout->group, &got, sizeof got, 0);
    *trial = got >= 0 ? got : -1;
    return last != FAL_OK ? last : got == STOPPED ? FAL_STOPPED : FAL_OK;
}
