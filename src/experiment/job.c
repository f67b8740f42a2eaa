/* A job: the trials of a plan on groups of ranks, one after another in each group. */
#include "fal/experiment/job.h"

#include "fal/base/log.h"

static void add_sections(fal_sections *to, const fal_sections *from)
{
    to->train += from->train;
    to->communicate += from->communicate;
    to->local_only += from->local_only;
    to->embed += from->embed;
    to->select += from->select;
    to->evaluate += from->evaluate;
    to->io += from->io;
    to->total += from->total;
}

static fal_status count_steps(const fal_plan *plan, const fal_dataset *dataset, int group, int groups, int64_t *steps)
{
    *steps = 0;
    for (int i = group; i < plan->count; i += groups) {
        int64_t of_trial = 0;
        FAL_TRY(fal_trial_steps(&plan->trials[i], dataset, &of_trial));
        *steps += of_trial;
    }
    return FAL_OK;
}

/* This group's trials in turn. Collective over the group. */
static fal_status run_list(const fal_comm *group, const fal_plan *plan, const fal_dataset *dataset, int number,
                           int groups, const fal_job_options *options, fal_job_outcome *outcome)
{
    int64_t before = 0;
    for (int i = number; i < plan->count; i += groups) {
        const fal_trial_options how = {.dataset = options->dataset,
                                       .command = options->command,
                                       .hosts = options->hosts,
                                       .checkpoint_seconds = options->checkpoint_seconds,
                                       .steps_before = before};
        int64_t steps = 0;
        fal_trial_outcome trial;
        FAL_TRY(fal_trial_steps(&plan->trials[i], dataset, &steps));
        FAL_TRY(fal_trial_run(group, &plan->trials[i], &how, &trial));
        add_sections(&outcome->sections, &trial.sections);
        outcome->done += !trial.was_complete;
        outcome->already += trial.was_complete;
        outcome->rounds += trial.rounds;
        if (trial.was_complete) {
            fal_log_say("%s: already complete", plan->trials[i].path);
            fal_progress_skip(steps);
        }
        before += steps;
    }
    return FAL_OK;
}

fal_status fal_job_run(const fal_comm *world, const fal_plan *plan, const fal_dataset *dataset,
                       const fal_layout *layout, const fal_job_options *options, fal_job_outcome *outcome)
{
    fal_comm *group = NULL;
    const int last = layout->groups - 1;
    const int wanted = fal_comm_rank(world) / layout->ranks_per_trial;
    const int number = wanted < last ? wanted : last; /* ranks left over help the last group */
    *outcome = (fal_job_outcome){0};
    FAL_TRY(fal_comm_agree(world, count_steps(plan, dataset, number, layout->groups, &outcome->steps)));
    FAL_TRY(fal_comm_split(world, number, &group));
    fal_progress_start(outcome->steps, 0);
    const fal_status status = run_list(group, plan, dataset, number, layout->groups, options, outcome);
    fal_progress_end();
    fal_comm_destroy(group);
    return fal_comm_agree(world, status);
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
    const double query = spent->local_only + spent->embed + spent->select;
    return fal_text_add(text, "  %-24s %10.2f ms (%lld FL rounds; all but local training and queries)\n",
                        "overhead per FL round",
                        outcome->rounds > 0 ? 1e3 * (spent->total - spent->train - query) / (double)outcome->rounds : 0,
                        (long long)outcome->rounds);
}
