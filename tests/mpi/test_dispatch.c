/* Trials handed to groups: each exactly once, in the order given, while world rank 0 is busy; stops and failures. */
#include <stdlib.h>

#include "experiment/dispatch_internal.h"
#include "mpi_support.h"

enum { PER_GROUP = 5, MOST = 512 };

static int64_t order[MOST];

/* Groups of `each` ranks; what is left over joins the last one. */
static int make_groups(const fal_comm *world, int each, fal_comm **group)
{
    const int size = fal_comm_size(world);
    const int groups = size / each > 0 ? size / each : 1;
    const int wanted = fal_comm_rank(world) / each;
    CHECK(fal_comm_split(world, wanted < groups ? wanted : groups - 1, group) == FAL_OK);
    return groups;
}

/* How often each trial was taken, over all groups, on every rank. */
static void sum_taken(const fal_comm *world, const fal_comm *group, int64_t *taken)
{
    for (int i = 0; fal_comm_rank(group) != 0 && i < MOST; i++) {
        taken[i] = 0; /* a group counts once */
    }
    fal_comm_sum_int64(world, taken, MOST);
}

/* World rank 0 is in one trial until all others are handed out: it answers from inside its trial. */
static void others_take_trials_while_rank_0_is_busy(const fal_comm *world, int each)
{
    fal_comm *group = NULL;
    fal_dispatch dispatch;
    int64_t taken[MOST] = {0};
    const int groups = make_groups(world, each, &group);
    const int count = PER_GROUP * groups;
    int number = 0;
    int last = -1;
    fal_dispatch_init(&dispatch, world, group, groups, order, count);
    for (;;) {
        CHECK(fal_dispatch_next(&dispatch, FAL_OK, false, &number) == FAL_OK);
        if (number < 0) {
            break;
        }
        taken[number]++;
        CHECK(number < last || last < 0); /* the order below is falling */
        last = number;
        for (bool busy = groups > 1; busy && fal_comm_rank(world) == 0;) {
            fal_dispatch_serve(&dispatch);
            busy = dispatch.next < count;
        }
    }
    fal_dispatch_end(&dispatch);
    sum_taken(world, group, taken);
    for (int i = 0; i < MOST; i++) {
        CHECK(taken[i] == (i < count ? 1 : 0));
    }
    fal_comm_destroy(group);
}

/* After the first request to stop nothing is handed out, and every group that finds trials left knows of the stop. */
static void a_stop_ends_the_handing_out(const fal_comm *world, int each)
{
    fal_comm *group = NULL;
    fal_dispatch dispatch;
    const int groups = make_groups(world, each, &group);
    int64_t own = 0;
    int number = 0;
    fal_dispatch_init(&dispatch, world, group, groups, order, PER_GROUP * groups);
    fal_status status = fal_dispatch_next(&dispatch, FAL_OK, false, &number);
    while (number >= 0) {
        own++;
        status = fal_dispatch_next(&dispatch, FAL_OK, own == 2, &number);
    }
    CHECK(own <= 2);
    CHECK(status == FAL_STOPPED);
    fal_dispatch_end(&dispatch);
    CHECK(fal_comm_agree(world, status) == FAL_STOPPED);
    fal_comm_destroy(group);
}

/* A trial that was itself stopped is a stop even if it was the last one. */
static void a_stop_in_the_last_trial_is_a_stop(const fal_comm *world)
{
    fal_comm *group = NULL;
    fal_dispatch dispatch;
    int number = 0;
    const int groups = make_groups(world, 1, &group);
    fal_dispatch_init(&dispatch, world, group, groups, order, groups);
    fal_status status = fal_dispatch_next(&dispatch, FAL_OK, false, &number);
    for (fal_status mine = FAL_STOPPED; number >= 0;) {
        status = fal_dispatch_next(&dispatch, mine, true, &number);
        CHECK(status == FAL_STOPPED);
    }
    fal_dispatch_end(&dispatch);
    CHECK(fal_comm_agree(world, status) == FAL_STOPPED);
    fal_comm_destroy(group);
}

/* The last group fails in its first trial; the others, if there are any, do all the rest. */
static void a_failing_group_leaves_and_the_others_go_on(const fal_comm *world, int each)
{
    fal_comm *group = NULL;
    fal_dispatch dispatch;
    int64_t taken[MOST] = {0};
    const int groups = make_groups(world, each, &group);
    const int count = PER_GROUP * groups;
    const bool fails = fal_comm_rank(world) / each >= groups - 1;
    int number = 0;
    int64_t all = 0;
    fal_status last = FAL_OK;
    fal_status status = FAL_OK;
    fal_dispatch_init(&dispatch, world, group, groups, order, count);
    fal_status_clear();
    for (;;) {
        status = fal_dispatch_next(&dispatch, last, false, &number);
        if (number < 0) {
            break;
        }
        taken[number]++;
        last = fails ? fal_fail(FAL_ERR_NUMERIC, "diverged") : FAL_OK;
    }
    CHECK(status == last);
    fal_dispatch_end(&dispatch);
    sum_taken(world, group, taken);
    for (int i = 0; i < count; i++) {
        CHECK(taken[i] <= 1);
        all += taken[i];
    }
    CHECK(all == (groups > 1 ? count : 1));
    /* Whether the last group came to a trial at all is the others' speed. */
    const fal_status agreed = fal_comm_agree(world, status);
    CHECK(agreed == FAL_ERR_NUMERIC || (agreed == FAL_OK && groups > 1));
    fal_status_clear();
    fal_comm_destroy(group);
}

int main(int argc, char **argv)
{
    fal_comm *world = check_start(&argc, &argv);
    if (world == NULL) {
        return 1;
    }
    for (int each = 1; each <= 2; each++) {
        const int size = fal_comm_size(world);
        const int count = PER_GROUP * (size / each > 0 ? size / each : 1);
        for (int i = 0; i < count; i++) {
            order[i] = count - 1 - i;
        }
        others_take_trials_while_rank_0_is_busy(world, each);
        a_stop_ends_the_handing_out(world, each);
        a_failing_group_leaves_and_the_others_go_on(world, each);
    }
    a_stop_in_the_last_trial_is_a_stop(world);
    return check_end(world);
}
