/* A job: the trials of a plan on groups of ranks. */
#include "fal/experiment/job.h"

#include "cost_internal.h"
#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "handout_internal.h"
#include "holding_internal.h"

/* The job at work on one rank. */
typedef struct {
    const fal_comm *group;
    const fal_plan *plan;
    const fal_job_options *options;
    fal_job_outcome *outcome;
    fal_holding held;
    fal_handout handout;
    int groups;
    int64_t first_lock;
    int64_t steps_taken; /* FL rounds of this group's trials so far */
    /* world rank 0 alone */
    int64_t *order; /* [count] in which trials are handed out */
    int64_t *steps; /* [count] FL rounds of each trial */
} job;

/* The group's share of the job's FL rounds, as far as it can be known: what it took, and its part of what is left. */
static void expect_steps(const job *this)
{
    int64_t left = 0;
    for (int i = this->handout.next; this->steps != NULL && i < this->handout.count; i++) {
        left += this->steps[this->order[i]];
    }
    fal_progress_expect(this->steps_taken + (left + this->groups - 1) / this->groups);
}

static void attend(void *context)
{
    job *this = context;
    const int before = this->handout.next;
    fal_handout_serve(&this->handout);
    if (this->handout.next != before) {
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
                                   .steps_before = this->steps_taken,
                                   .first_lock = &this->first_lock,
                                   .costs = &outcome->costs,
                                   .attend = attend,
                                   .context = this};
    const int64_t steps = this->steps != NULL ? this->steps[number] : 0;
    fal_trial_outcome trial;
    this->steps_taken += steps;
    expect_steps(this);
    FAL_TRY(fal_trial_run(this->group, planned, &how, &trial));
    fal_sections_add(&outcome->sections, &trial.sections, 1);
    outcome->done += !trial.was_complete;
    outcome->already += trial.was_complete;
    outcome->rounds += trial.rounds;
    *stop = trial.stop_asked;
    if (trial.was_complete) {
        fal_log_say("%s: already complete", planned->path);
        fal_progress_skip(steps);
    }
    return FAL_OK;
}

/* Collective over the group. */
static fal_status run_list(job *this)
{
    fal_status last = FAL_OK;
    bool stop = false;
    for (;;) {
        int number = -1;
        const fal_status status = fal_handout_next(&this->handout, last, stop, &number);
        if (number < 0) {
            return status;
        }
        last = run_one(this, number, &stop);
    }
}

/* What world rank 0 must know to hand trials out. */
static fal_status make_list(job *this, const fal_dataset *dataset)
{
    const fal_plan *plan = this->plan;
    FAL_TRY(fal_alloc(&this->order, (size_t)plan->count, sizeof *this->order, "trials"));
    FAL_TRY(fal_alloc(&this->steps, (size_t)plan->count, sizeof *this->steps, "trials"));
    for (int i = 0; i < plan->count; i++) {
        FAL_TRY(fal_trial_steps(&plan->trials[i], dataset, &this->steps[i]));
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
    FAL_TRY_GOTO(fal_comm_agree(world, fal_comm_rank(world) == 0 ? make_list(&this, dataset) : FAL_OK));
    /* Ranks left over help the last group. */
    FAL_TRY_GOTO(fal_comm_split(world, wanted < last ? wanted : last, &group));
    this.group = group;
    fal_handout_init(&this.handout, world, group, layout->groups, this.order, plan->count);
    fal_progress_start(0, 0);
    status = run_list(&this);
    fal_progress_end();
    fal_handout_end(&this.handout);
    status = fal_comm_agree(world, status);
done:
    fal_comm_destroy(group);
    fal_holding_destroy(&this.held);
    fal_free(this.steps);
    fal_free(this.order);
    return status;
}

/* Seconds of an AL round, mean over those that were run, and the overhead of an FL round. */
static fal_status add_round(const fal_round_costs *costs, int r, fal_text *text)
{
    const fal_sections *spent = &costs->at[r];
    const double n = (double)costs->al_rounds[r];
    return fal_text_add(text, "  %2d%-7s %10.2f %10.2f %10.2f %10.2f %10.2f %10.2f %12.2f ms\n", r + 1,
                        r + 1 == FAL_ROUNDS_SHOWN ? " on" : "", spent->total / n, spent->train / n,
                        (spent->local_only + spent->embed + spent->select) / n, spent->evaluate / n,
                        spent->communicate / n, fal_sections_overhead(spent) / n,
                        1e3 * fal_sections_overhead(spent) / (double)costs->fl_rounds[r]);
}

static fal_status add_rounds(const fal_round_costs *costs, fal_text *text)
{
    FAL_TRY(fal_text_add(text,
                         "\nSeconds of an AL round (rank 0, mean over its trials); overhead is all but training, "
                         "queries and evaluation\n  %-9s %10s %10s %10s %10s %10s %10s %15s\n",
                         "AL round", "in all", "training", "queries", "evaluation", "aggregate", "overhead",
                         "per FL round"));
    for (int r = 0; r < FAL_ROUNDS_SHOWN; r++) {
        if (costs->al_rounds[r] > 0) {
            FAL_TRY(add_round(costs, r, text));
        }
    }
    return FAL_OK;
}

fal_status fal_job_timing(const fal_job_outcome *outcome, fal_text *text)
{
    const fal_sections *spent = &outcome->sections;
    const struct {
        const char *name;
        double seconds;
    } rows[] = {{"local training", spent->train},      {"aggregation and waiting", spent->communicate},
                {"evaluation", spent->evaluate},       {"local-only models", spent->local_only},
                {"query: inference", spent->embed},    {"query: selection", spent->select},
                {"results and checkpoints", spent->io}};
    double sum = 0;
    FAL_TRY(fal_text_add(text, "\nWhere the time went (rank 0)\n"));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sum += rows[i].seconds;
        FAL_TRY(fal_text_add(text, "  %-24s %10.2f s %6.1f %%\n", rows[i].name, rows[i].seconds,
                             spent->total > 0 ? 100 * rows[i].seconds / spent->total : 0));
    }
    FAL_TRY(fal_text_add(text, "  %-24s %10.2f s %6.1f %%\n", "everything else", spent->total - sum,
                         spent->total > 0 ? 100 * (spent->total - sum) / spent->total : 0));
    FAL_TRY(fal_text_add(text, "  %-24s %10.2f s\n", "trials together", spent->total));
    FAL_TRY(fal_text_add(text, "  %-24s %10.2f ms (%lld FL rounds; all but training, queries and evaluation)\n",
                         "overhead per FL round",
                         outcome->rounds > 0 ? 1e3 * fal_sections_overhead(spent) / (double)outcome->rounds : 0,
                         (long long)outcome->rounds));
    return add_rounds(&outcome->costs, text);
}
