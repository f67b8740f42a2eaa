/* A trial's clocks and counters, and who speaks for its group. */
#include "fal/base/clock.h"
#include "trial_internal.h"

bool fal_trial_speaks(const fal_trial *trial) { return fal_comm_rank(trial->setup.group) == 0; }

void fal_trial_attend(const fal_trial *trial)
{
    if (trial->setup.options->attend != NULL) {
        trial->setup.options->attend(trial->setup.options->context);
    }
}

void fal_trial_mark_time(fal_trial *trial)
{
    const double now = fal_clock_seconds();
    trial->now.state.sections.total += now - trial->clocks.marked;
    trial->clocks.marked = now;
}

void fal_trial_count_bytes(fal_trial *trial)
{
    int64_t bytes = fal_comm_sent_bytes() - trial->clocks.bytes_seen;
    fal_comm_sum_int64(trial->setup.group, &bytes, 1);
    trial->clocks.bytes_seen = fal_comm_sent_bytes(); /* this sum is not counted itself */
    trial->now.state.sent_bytes += bytes;
}

/* For the table at the end of the job. */
static void add_costs(const fal_trial *trial)
{
    fal_round_costs *costs = trial->setup.options->costs;
    const int64_t r = trial->now.state.al_round < FAL_ROUNDS_SHOWN ? trial->now.state.al_round : FAL_ROUNDS_SHOWN;
    fal_sections_add(&costs->at[r - 1], &trial->now.state.sections, 1);
    costs->al_rounds[r - 1]++;
    costs->fl_rounds[r - 1] += trial->setup.settings->fl_rounds;
}

void fal_trial_close_round(fal_trial *trial)
{
    add_costs(trial);
    fal_sections_add(&trial->clocks.total, &trial->now.state.sections, 1);
    fal_sections_add(&trial->clocks.total, &trial->clocks.restored, -1);
    trial->now.state.sections = (fal_sections){0};
    trial->clocks.restored = (fal_sections){0};
    trial->now.state.sent_bytes = 0;
}
