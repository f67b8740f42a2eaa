/* A job: the trials of a plan on groups of ranks. */
#include "fal/experiment/job.h"

#include "cost_internal.h"
#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/base/progress.h"
#include "fal/base/stop.h"
#include "deadline_internal.h"
#include "dispatch_internal.h"
#include "local_images_internal.h"

/* The job at work on one rank. */
typedef struct {
    const fal_comm *group;
    const fal_plan *plan;
    const fal_job_options *options;
    fal_job_outcome *outcome;
    fal_local_images held;
    fal_dispatch dispatch;
    fal_text waiting; /* a line for each of this group's trials that waits, on rank 0 of the group */
    int groups;
    int64_t first_lock;
    int64_t steps_taken; /* FL rounds of this group's trials so far */
    /* world rank 0 alone */
    int64_t *order;  /* [count] in which trials are handed out */
    fal_load *loads; /* [count] what each trial is */
    fal_forecast forecast;
    fal_deadline deadline;
    bool advanced; /* an FL round or a query of this group came to its end */
} job;

static int64_t steps_of(const job *this, int number)
{
    return this->loads != NULL ? (int64_t)this->loads[number].fl_rounds : 0;
}

/* The group's share of the job's FL rounds, as far as it can be known: what it took, and its part of what is left. The
 * same for the time that is left. */
static void expect_steps(job *this)
{
    int64_t left = 0;
    fal_forecast_forget_waiting(&this->forecast);
    for (int i = this->dispatch.next; this->loads != NULL && i < this->dispatch.count; i++) {
        const int number = (int)this->order[i];
        left += steps_of(this, number);
        fal_forecast_add_waiting(&this->forecast, this->plan->trials[number].settings.strategy, &this->loads[number]);
    }
    fal_progress_expect(this->steps_taken + (left + this->groups - 1) / this->groups);
}

static void attend(void *context)
{
    job *this = context;
    const int before = this->dispatch.next;
    fal_dispatch_serve(&this->dispatch);
    if (this->dispatch.next != before) {
        expect_steps(this);
    }
}

/* Collective over the group. */
static fal_status run_one(job *this, int number, bool *stop)
{
    const fal_planned *planned = &this->plan->trials[number];
    fal_job_outcome *outcome = this->outcome;
    const fal_trial_options how = {.held = &this->held,
                                   .command = this->options->command,
                                   .hosts = this->options->hosts,
                                   .checkpoint_seconds = this->options->checkpoint_seconds,
                                   .stop_after = this->options->stop_after,
                                   .steps_before = this->steps_taken,
                                   .first_lock = &this->first_lock,
                                   .costs = &outcome->costs,
                                   .forecast = &this->forecast,
                                   .deadline = &this->deadline,
                                   .attend = attend,
                                   .context = this};
    const int64_t steps = steps_of(this, number);
    fal_trial_outcome trial;
    this->steps_taken += steps;
    expect_steps(this);
    const fal_status status = fal_trial_run(this->group, planned, &how, &trial);
    const bool waits = status == FAL_WAITING;
    this->advanced = this->advanced || trial.advanced;
    if (waits && trial.waiting.chars != NULL) {
        fal_text_add(&this->waiting, "%s\n", trial.waiting.chars);
    }
    fal_text_destroy(&trial.waiting);
    if (status != FAL_OK && !waits) {
        return status;
    }
    fal_sections_add(&outcome->sections, &trial.sections, 1);
    outcome->done += !trial.was_complete && !waits;
    outcome->already += trial.was_complete;
    outcome->rounds += trial.rounds;
    *stop = trial.stop_asked;
    if (trial.was_complete) {
        fal_log_say("%s: already complete", planned->id.path);
        fal_progress_skip(steps);
    }
    return status;
}

/* Collective over the group. */
static fal_status run_list(job *this)
{
    fal_status last = FAL_OK;
    bool stop = false;
    bool waits = false;
    for (;;) {
        int number = -1;
        const fal_now now = fal_deadline_now();
        stop = stop || !fal_deadline_fits(&this->deadline, this->deadline.slowest, &now);
        const fal_status status = fal_dispatch_next(&this->dispatch, last, stop, &number);
        if (number < 0) {
            return status == FAL_OK && waits ? FAL_WAITING : status;
        }
        last = run_one(this, number, &stop);
        if (last == FAL_WAITING) { /* the others of the list can be run meanwhile */
            waits = true;
            last = FAL_OK;
        }
    }
}

/* The lines of all groups, on world rank 0. Collective over the world. */
static fal_status say_waiting(const job *this, const fal_comm *world)
{
    void *all = NULL;
    fal_text text = {0};
    size_t *sizes = NULL;
    size_t bytes = 0;
    fal_status status = FAL_OK;
    FAL_TRY(fal_comm_agree(world, fal_text_status(&this->waiting)));
    FAL_TRY(fal_comm_agree(world, fal_alloc(&sizes, (size_t)fal_comm_size(world), sizeof *sizes, "messages")));
    FAL_TRY_GOTO(fal_comm_gather(world, this->waiting.chars, this->waiting.length, &all, sizes));
    for (int i = 0; all != NULL && i < fal_comm_size(world); i++) {
        bytes += sizes[i];
    }
    if (bytes > 0) {
        fal_text_add(&text, "%.*s", (int)bytes, (const char *)all);
        fal_log_print(text.chars);
    }
done:
    fal_text_destroy(&text);
    fal_free(all);
    fal_free(sizes);
    return status;
}

/* World rank 0's environment counts: launchers do not take it to other nodes. Collective over the world. */
static void set_deadline(job *this, const fal_comm *world)
{
    const fal_now now = fal_deadline_now();
    double end = this->options->end_time;
    fal_comm_broadcast(world, &end, sizeof end, 0);
    this->deadline = fal_deadline_make(this->options->max_hours, this->options->started, end, &now);
    fal_stop_set_end(now.clock + fal_deadline_work_left(&this->deadline, &now));
}

/* What nobody asked for, time did. Collective over the world. */
static void explain_stop(const job *this, const fal_comm *world)
{
    char name[FAL_DEADLINE_NAME];
    char cause[FAL_STOP_TEXT];
    fal_stop_cause(cause);
    const bool asked = fal_comm_max(world, cause[0] != '\0') != 0;
    const bool advanced = fal_comm_max(world, this->advanced) != 0;
    fal_deadline_name(&this->deadline, name);
    if (!asked && name[0] != '\0') {
        fal_stop_note(name);
        if (!advanced) {
            fal_log_warn(
                "%s: is too short for a single FL round with what comes before it, so the same command would come "
                "no further: give more time",
                name);
        }
    }
}

/* What world rank 0 must know to hand trials out. */
static fal_status make_list(job *this, const fal_dataset *dataset)
{
    const fal_plan *plan = this->plan;
    FAL_TRY(fal_alloc(&this->order, (size_t)plan->count, sizeof *this->order, "trials"));
    FAL_TRY(fal_alloc(&this->loads, (size_t)plan->count, sizeof *this->loads, "trials"));
    for (int i = 0; i < plan->count; i++) {
        fal_shape shape;
        FAL_TRY(fal_shape_make(&plan->trials[i], dataset, &shape));
        this->loads[i] = fal_shape_after(&shape, 0);
        this->order[i] = i;
    }
    return this->groups > 1 ? fal_cost_order(plan, dataset, this->order) : FAL_OK;
}

fal_status fal_job_run(const fal_comm *world, const fal_plan *plan, fal_dataset *dataset, const fal_layout *layout,
                       const fal_job_options *options, fal_job_outcome *outcome)
{
    job this = {
        .plan = plan, .options = options, .outcome = outcome, .held.dataset = dataset, .groups = layout->groups};
    fal_comm *group = NULL;
    const int last = layout->groups - 1;
    const int wanted = fal_comm_rank(world) / layout->ranks_per_trial;
    fal_status status = FAL_OK;
    *outcome = (fal_job_outcome){0};
    this.forecast.groups = layout->groups;
    FAL_TRY_GOTO(fal_comm_agree(world, fal_comm_rank(world) == 0 ? make_list(&this, dataset) : FAL_OK));
    /* Ranks left over help the last group. */
    FAL_TRY_GOTO(fal_comm_split(world, wanted < last ? wanted : last, &group));
    this.group = group;
    set_deadline(&this, world);
    fal_dispatch_init(&this.dispatch, world, group, layout->groups, this.order, plan->count);
    fal_progress_start(0, 0);
    status = run_list(&this);
    fal_progress_end();
    fal_dispatch_end(&this.dispatch);
    const fal_status said = say_waiting(&this, world);
    status = fal_comm_agree(world, fal_status_worst(status, said));
    if (status == FAL_STOPPED) {
        explain_stop(&this, world);
    }
done:
    fal_text_destroy(&this.waiting);
    fal_comm_destroy(group);
    fal_local_images_destroy(&this.held);
    fal_free(this.loads);
    fal_free(this.order);
    return status;
}
