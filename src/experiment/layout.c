/* Ranks, threads, cores: what a job uses. */
#include "fal/experiment/layout.h"

#include <stdio.h>
#include <string.h>

#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/comm/launch.h"

static void choose_threads(const fal_comm *world, const fal_params *params, fal_layout *layout)
{
    const int asked = (int)fal_params_int(params, "threads");
    layout->cores = fal_parallel_cores();
    layout->node_ranks = fal_comm_node_size(world);
    layout->shared = fal_comm_cores_shared(world);
    const int own = layout->shared ? layout->cores / layout->node_ranks : layout->cores;
    layout->threads = own < 1 ? 1 : own;
    layout->by_user = asked > 0 || fal_parallel_user_threads(&layout->threads);
    if (asked > 0) {
        layout->threads = asked;
    }
    fal_parallel_set_threads(layout->threads);
    const int runnable = layout->shared ? layout->threads * layout->node_ranks : layout->threads;
    if (layout->by_user && layout->threads > 1 && runnable > layout->cores) {
        fal_log_warn(
            "%d ranks x %d threads on %d cores: more threads than cores make a job many times slower; "
            "leave --threads and OMP_NUM_THREADS unset to have them chosen, or at least set OMP_WAIT_POLICY=passive",
            layout->node_ranks, layout->threads, layout->cores);
    }
}

/* All nodes' names, each once, in rank order. Collective. */
static fal_status list_hosts(const fal_comm *world, char hosts[1024])
{
    enum { NAME = 256 };
    char name[NAME] = "";
    void *all = NULL;
    (void)snprintf(name, sizeof name, "%s", fal_comm_host());
    FAL_TRY(fal_comm_gather(world, name, sizeof name, &all, NULL));
    memset(hosts, 0, 1024);
    for (int r = 0; all != NULL && r < fal_comm_size(world); r++) {
        const char *next = (const char *)all + (size_t)r * NAME;
        const size_t used = strlen(hosts);
        if (r == 0 || strcmp(next, next - NAME) != 0) { /* ranks of a node are neighbours */
            (void)snprintf(hosts + used, 1024 - used, "%s%.*s", r > 0 ? ", " : "", NAME - 1, next);
        }
    }
    fal_free(all);
    fal_comm_broadcast(world, hosts, 1024, 0);
    return FAL_OK;
}

fal_status fal_layout_choose(const fal_comm *world, const fal_params *params, int clients, int trials,
                             fal_layout *layout)
{
    fal_layout made = {.ranks = fal_comm_size(world)};
    choose_threads(world, params, &made);
    FAL_TRY(list_hosts(world, made.hosts));
    const int asked = (int)fal_params_int(params, "ranks_per_trial");
    const int wanted = asked > 0 ? asked : clients;
    made.ranks_per_trial = wanted < made.ranks ? wanted : made.ranks;
    made.groups = made.ranks / made.ranks_per_trial;
    made.groups = made.groups < trials ? made.groups : trials;
    *layout = made;
    return FAL_OK;
}

fal_status fal_layout_describe(const fal_layout *layout, int clients, fal_text *text)
{
    const int per_trial = layout->ranks_per_trial;
    const char *shared = layout->node_ranks == 1              ? ""
                         : !layout->shared                    ? " each"
                         : layout->node_ranks > layout->cores ? ", shared by the ranks of the node, which give way"
                                                              : ", shared by the ranks of the node";
    fal_text_add(text, "layout   %d rank%s (%d on this node) x %d thread%s%s; %d core%s%s\n", layout->ranks,
                 layout->ranks == 1 ? "" : "s", layout->node_ranks, layout->threads, layout->threads == 1 ? "" : "s",
                 layout->by_user ? " (your choice)" : "", layout->cores, layout->cores == 1 ? "" : "s", shared);
    if (layout->groups > 1) {
        fal_text_add(text, "         %d trials at a time, %d ranks each\n", layout->groups, per_trial);
    }
    const int idle = layout->ranks - (per_trial > clients ? clients : per_trial) * layout->groups;
    if (idle > 0) {
        fal_text_add(text, "         %d ranks have no client: mpirun -np %d does the same work\n", idle,
                     layout->ranks - idle);
    } else if (per_trial < clients && clients % per_trial != 0 && layout->cores * layout->ranks > 1) {
        char options[80];
        int better = per_trial;
        while (clients % better != 0) {
            better++;
        }
        fal_launch_options(fal_comm_library(), 0, better * layout->groups > layout->cores, options, sizeof options);
        fal_text_add(text, "         %d clients do not divide over %d ranks: mpirun -np %d%s balances them\n", clients,
                     per_trial, better * layout->groups, options);
    }
    return fal_text_status(text);
}
