/* What a job would take: images and bytes follow from the settings, speeds are measured (dryrun_measure.c), and trials
 * are handed to groups as the job would. World rank 0 counts and writes. */
#include "fal/experiment/dryrun.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cost_internal.h"
#include "dryrun_internal.h"
#include "dryrun_limit_internal.h"
#include "fal/base/clock.h"
#include "fal/base/memory.h"
#include "fal/comm/launch.h"
#include "fal/experiment/settings.h"

static const double MIB = 1048576;
/* Threads of a rank: 1.9 times as fast for two (docs/performance.md), and so on. */
static const double THREAD_POWER = 0.93;

/* Where the job would run. */
typedef struct {
    int groups, ranks_per_trial, threads;
    double faster; /* a rank there against one that was measured */
} place;

typedef struct {
    double all, longest; /* seconds: the job; the longest trial */
    double round;        /* the longest FL round: the labelled set grows to twice its mean */
    double bytes;        /* of a rank, the most */
} demand;

typedef struct {
    const fal_plan *plan;
    const fal_dataset *dataset;
    const fal_speeds *speeds;
    int speed_count;
    int64_t *order; /* [count] in which trials are handed out */
    double *free;   /* [count] when each group is free */
    size_t program; /* bytes of a rank before its first trial */
} estimate;

static const fal_speeds *speeds_of(const estimate *e, const fal_planned *planned)
{
    const char *architecture = fal_params_text(planned->id.params, "model");
    for (int i = 0; i < e->speed_count; i++) {
        if (strcmp(e->speeds[i].architecture, architecture) == 0) {
            return &e->speeds[i];
        }
    }
    return &e->speeds[0];
}

static fal_status seconds_of(const estimate *e, const fal_planned *planned, const place *where, double *seconds,
                             double *round)
{
    const fal_speeds *s = speeds_of(e, planned);
    fal_work work;
    FAL_TRY(fal_work_count(planned, e->dataset, where->ranks_per_trial, &work));
    const double local_only = s->local_only_share * work.local_only;
    const double tested = work.evaluations * ceil((double)e->dataset->n_test / where->ranks_per_trial);
    *seconds = ((work.train + local_only) / s->train + (work.infer + local_only + tested) / s->infer) / where->faster +
               (double)work.fl_rounds * s->reduce;
    *round = 2 * *seconds / fmax(1, (double)work.fl_rounds);
    return FAL_OK;
}

/* The job's own rule: whichever group is free takes the next trial of the order. */
static fal_status demand_of(const estimate *e, const place *where, demand *out)
{
    *out = (demand){0};
    for (int g = 0; g < where->groups; g++) {
        e->free[g] = 0;
    }
    for (int i = 0; i < e->plan->count; i++) {
        const fal_planned *planned = &e->plan->trials[e->order[i]];
        double seconds = 0;
        double round = 0;
        size_t bytes = 0;
        int next = 0;
        FAL_TRY(seconds_of(e, planned, where, &seconds, &round));
        FAL_TRY(fal_trial_bytes(planned, e->dataset, where->ranks_per_trial, &bytes));
        for (int g = 1; g < where->groups; g++) {
            next = e->free[g] < e->free[next] ? g : next;
        }
        e->free[next] += seconds;
        out->all = fmax(out->all, e->free[next]);
        out->longest = fmax(out->longest, seconds);
        out->round = fmax(out->round, round);
        out->bytes = fmax(out->bytes, (double)(bytes + e->program));
    }
    return FAL_OK;
}

static fal_status add_sizes(const estimate *e, fal_text *text)
{
    double disk = 0;
    double flops = 0;
    double sent = 0;
    int64_t most_rounds = 0;
    for (int i = 0; i < e->plan->count; i++) {
        const fal_planned *planned = &e->plan->trials[i];
        const fal_settings *s = &planned->settings;
        fal_work work;
        fal_model *model = NULL;
        double of_trial = 0;
        FAL_TRY(fal_work_count(planned, e->dataset, 1, &work));
        FAL_TRY(fal_trial_disk(planned, e->dataset, &of_trial));
        disk += of_trial;
        FAL_TRY(fal_flops_of_trial(planned, e->dataset, speeds_of(e, planned)->local_only_share, &of_trial));
        flops += of_trial;
        FAL_TRY(fal_model_create(&s->model, &model));
        sent = fmax(sent, (double)fal_model_size(model) * 8 + s->clients * 8.0);
        fal_model_destroy(model);
        most_rounds = work.fl_rounds > most_rounds ? work.fl_rounds : most_rounds;
    }
    const int count = e->plan->count;
    fal_text_add(text, "  trials      %d of up to %lld FL rounds\n", count, (long long)most_rounds);
    fal_text_add(text, "  work        %.3g PFLOP in all, counted as direct convolutions\n", flops / 1e15);
    fal_text_add(text,
                 "  disk        %.2f MiB of results, %.2f MiB a trial; a running trial keeps two checkpoints of "
                 "that size\n",
                 disk / MIB, disk / count / MIB);
    fal_text_add(text, "  network     %.2f MiB sent by each rank per FL round (one rank: none)\n", sent / MIB);
    return fal_text_status(text);
}

static void add_speeds(const estimate *e, fal_text *text)
{
    for (int i = 0; i < e->speed_count; i++) {
        const fal_speeds *s = &e->speeds[i];
        fal_text_add(text, "  %-11s %.0f images/s of training, %.0f of inference per rank, %.1f ms to add up\n",
                     s->architecture, s->train, s->infer, 1e3 * s->reduce);
        fal_text_add(text, "              local-only models take %.0f %% of their epochs (%s)\n",
                     100 * s->local_only_share, s->local_only_measured ? "measured on two" : "assumed");
    }
}

static void add_demand(const estimate *e, const place *where, const demand *need, fal_text *text)
{
    char all[FAL_CLOCK_TEXT];
    char longest[FAL_CLOCK_TEXT];
    const int ranks = where->groups * where->ranks_per_trial;
    fal_clock_duration_text(need->all, all);
    fal_clock_duration_text(need->longest, longest);
    fal_text_add(text, "  layout      %d trial%s at a time on %d rank%s x %d thread%s each\n", where->groups,
                 where->groups == 1 ? "" : "s", where->ranks_per_trial, where->ranks_per_trial == 1 ? "" : "s",
                 where->threads, where->threads == 1 ? "" : "s");
    fal_text_add(text, "  memory      %.0f MiB per rank, %.1f GiB in all\n", need->bytes / MIB,
                 need->bytes * ranks / MIB / 1024);
    if (e->plan->count == 1) {
        fal_text_add(text, "  time        about %s\n", all);
    } else {
        fal_text_add(text, "  time        about %s; the longest trial %s\n", all, longest);
    }
}

/* Ranks per trial such that clients divide evenly and the job ends first; with cores to spare, threads. */
static fal_status choose_place(const estimate *e, int clients, int cores, double per_core, place *best, demand *need)
{
    bool found = false;
    for (int ranks = 1; ranks <= clients && ranks <= cores; ranks++) {
        if (clients % ranks != 0) {
            continue;
        }
        place where = {.ranks_per_trial = ranks, .groups = cores / ranks};
        where.groups = where.groups < e->plan->count ? where.groups : e->plan->count;
        where.threads = cores / (where.groups * ranks);
        where.faster = per_core * pow(where.threads, THREAD_POWER);
        demand there;
        FAL_TRY(demand_of(e, &where, &there));
        if (!found || there.all < 0.999 * need->all) {
            *best = where;
            *need = there;
        }
        found = true;
    }
    return FAL_OK;
}

/* A core with one thread against a rank as it was measured. */
static double per_core(const fal_layout *layout)
{
    const int busy = layout->node_ranks * layout->threads; /* threads that shared the node's cores when measured */
    return layout->cores < busy ? (double)layout->node_ranks / layout->cores : 1.0 / layout->threads;
}

static fal_piece piece_of(double seconds, const place *where, const demand *need)
{
    return (fal_piece){.seconds = seconds,
                       .all = need->all,
                       .round = need->round,
                       .ranks = where->groups * where->ranks_per_trial,
                       .threads = where->threads,
                       .mebibytes = need->bytes / MIB};
}

/* Without a limit: a job array. */
static fal_status add_array(const estimate *e, const fal_layout *layout, int clients, fal_text *text)
{
    const place task = {.groups = e->plan->count, .ranks_per_trial = clients, .threads = 1, .faster = per_core(layout)};
    demand alone;
    char duration[FAL_CLOCK_TEXT];
    char limit[FAL_SLURM_TIME];
    char script[FAL_LIMIT_SCRIPT];
    FAL_TRY(demand_of(e, &task, &alone));
    const fal_piece piece = piece_of(alone.longest, &task, &alone);
    fal_clock_duration_text(alone.longest, duration);
    fal_limit_time(fal_limit_quarters(alone.longest), limit);
    fal_limit_script("array.sbatch", script);
    fal_text_add(text,
                 "  or          a job array of %d tasks, %d cores and up to %s each, %.0f MiB per core:\n"
                 "              sbatch --array=0-%d --ntasks=%d --cpus-per-task=1 --mem-per-cpu=%.0fM "
                 "--time=%s %s ...\n",
                 e->plan->count, clients, duration, piece.mebibytes, e->plan->count - 1, clients,
                 fal_limit_memory(&piece), limit, script);
    return FAL_OK;
}

static fal_status add_cluster(const estimate *e, const fal_layout *layout, int clients, const fal_target *target,
                              fal_text *text)
{
    place where = {0};
    demand need = {0};
    char options[80];
    FAL_TRY(choose_place(e, clients, target->cores, per_core(layout), &where, &need));
    const int ranks = where.groups * where.ranks_per_trial;
    fal_text_add(text, "\nOn %d cores like these\n", target->cores);
    add_demand(e, &where, &need, text);
    fal_text_add(text, "  core hours  %.1f\n", need.all / 3600 * ranks * where.threads);
    fal_launch_options(fal_comm_library(), where.threads, false, options, sizeof options);
    fal_text_add(text, "  command     mpirun -np %d%s fal_hpc ... --ranks-per-trial %d\n", ranks, options,
                 where.ranks_per_trial);
    if (e->plan->count > 1 && target->hours == 0) {
        FAL_TRY(add_array(e, layout, clients, text));
    }
    return fal_text_status(text);
}

/* A job per trial, with the cores that are there: as many at a time as fit, and to spare, threads. */
static fal_status add_limit(const estimate *e, const fal_layout *layout, int clients, const fal_target *target,
                            fal_text *text)
{
    const int count = e->plan->count;
    place task = {.ranks_per_trial = clients, .groups = count, .threads = 1};
    demand alone;
    place where = {0};
    demand need = {0};
    fal_piece whole = {0};
    if (target->cores > 0) {
        while (task.ranks_per_trial > target->cores || clients % task.ranks_per_trial != 0) {
            task.ranks_per_trial--;
        }
        task.groups = target->cores / task.ranks_per_trial < count ? target->cores / task.ranks_per_trial : count;
        task.threads = target->cores / (task.groups * task.ranks_per_trial);
        FAL_TRY(choose_place(e, clients, target->cores, per_core(layout), &where, &need));
        whole = piece_of(need.all, &where, &need);
    }
    task.faster = per_core(layout) * pow(task.threads, THREAD_POWER);
    FAL_TRY(demand_of(e, &task, &alone));
    fal_piece one = piece_of(alone.longest, &task, &alone);
    one.ranks = task.ranks_per_trial;
    fal_limit_describe(&one, count, task.groups, target->cores > 0 && count > 1 ? &whole : NULL, where.ranks_per_trial,
                       target->hours, fal_params_text(e->plan->trials[0].id.params, "output"), text);
    return fal_text_status(text);
}

static fal_status describe(const estimate *e, const fal_layout *layout, int clients, const fal_target *target,
                           fal_text *text)
{
    demand need;
    const place here = {
        .groups = layout->groups, .ranks_per_trial = layout->ranks_per_trial, .threads = layout->threads, .faster = 1};
    FAL_TRY(demand_of(e, &here, &need));
    fal_text_add(text, "\nThe job (nothing was run or written)\n");
    FAL_TRY(add_sizes(e, text));
    fal_text_add(text, "\nMeasured here, with everything else that runs now\n");
    add_speeds(e, text);
    fal_text_add(text, "\nAs started, on this machine\n");
    add_demand(e, &here, &need, text);
    if (target->cores > 0) {
        FAL_TRY(add_cluster(e, layout, clients, target, text));
    }
    if (target->hours > 0) {
        FAL_TRY(add_limit(e, layout, clients, target, text));
    }
    fal_text_add(text, "\nLeft out: selection inside queries, files, start-up; a cluster's network is taken to be "
                       "as fast as here.\ndocs/operations.md compares estimates with real runs.\n");
    return fal_text_status(text);
}

fal_status fal_dryrun(const fal_comm *world, const fal_plan *plan, fal_dataset *dataset, const fal_layout *layout,
                      const fal_target *target, fal_text *text)
{
    fal_speeds speeds[FAL_SPEEDS_MAX];
    estimate e = {.plan = plan, .dataset = dataset, .speeds = speeds, .program = fal_memory_resident()};
    const int rank = fal_comm_rank(world);
    fal_status status = FAL_OK;
    FAL_TRY(fal_comm_agree(world, fal_limit_check(target->hours)));
    FAL_TRY(fal_dryrun_measure(world, plan, dataset, layout, speeds, &e.speed_count));
    if (rank == 0) {
        FAL_TRY_GOTO(fal_alloc(&e.order, (size_t)plan->count, sizeof *e.order, "trials"));
        FAL_TRY_GOTO(fal_alloc(&e.free, (size_t)plan->count, sizeof *e.free, "trials"));
        FAL_TRY_GOTO(fal_cost_order(plan, dataset, e.order));
        FAL_TRY_GOTO(describe(&e, layout, plan->trials[0].settings.clients, target, text));
    }
done:
    fal_free(e.free);
    fal_free(e.order);
    return fal_comm_agree(world, status);
}
