/* fal_hpc --list-trials --status: where the trials of a job are. */
#include "fal_hpc_status.h"

#include <time.h>

#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/report/states.h"

static void look(const fal_trial_id *trial, int64_t now, fal_trial_state *state)
{
    fal_state_init(trial->path, state);
    (void)fal_text_copy(state->setting, sizeof state->setting, trial->setting);
    (void)fal_text_copy(state->strategy, sizeof state->strategy, trial->strategy);
    state->seed = trial->seed;
    fal_state_read(trial->path, now, state);
}

fal_status fal_hpc_status(const fal_plan *plan, bool csv)
{
    const int64_t now = (int64_t)time(NULL);
    fal_trial_state *states = NULL;
    fal_text text = {0};
    fal_status status = FAL_OK;
    FAL_TRY_GOTO(fal_alloc(&states, (size_t)plan->count, sizeof *states, "states of trials"));
    for (int i = 0; i < plan->count; i++) {
        look(&plan->trials[i].id, now, &states[i]);
    }
    FAL_TRY_GOTO(fal_states_describe(states, plan->count, csv, &text));
    fal_log_print(text.chars);
done:
    fal_text_destroy(&text);
    fal_free(states);
    return status;
}
