/* What is noted of a start of the program: kernels, ranks, times. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/base/parallel.h"
#include "fal/base/text.h"
#include "trial_internal.h"

fal_status fal_trial_list_kernels(fal_trial *trial)
{
    enum { NAME = 64 };
    char name[NAME] = "";
    void *all = NULL;
    char *list = trial->now.state.kernels;
    (void)snprintf(name, sizeof name, "%s", fal_net_kernels(fal_trainer_net(trial->setup.trainer)));
    FAL_TRY(fal_comm_gather(trial->setup.group, name, sizeof name, &all, NULL));
    for (int r = 0; all != NULL && r < fal_comm_size(trial->setup.group); r++) {
        const char *next = (const char *)all + (size_t)r * NAME;
        const size_t used = strlen(list);
        if (strstr(list, next) == NULL) {
            (void)snprintf(list + used, sizeof trial->now.state.kernels - used, "%s%s", used > 0 ? ", " : "", next);
        }
    }
    if (all != NULL && strchr(list, ',') != NULL) {
        fal_log_warn_once("the ranks have different kernels (%s): results are as good, but no other layout gives the "
                          "same last bits; FAL_KERNELS_ISA=%s makes them alike",
                          list, fal_net_common_set());
    }
    fal_free(all);
    return FAL_OK;
}

static void fill_run_info(fal_trial *trial)
{
    fal_run_info *run = &trial->setup.run;
    (void)fal_text_copy(run->command, sizeof run->command, trial->setup.options->command);
    (void)fal_text_copy(run->hosts, sizeof run->hosts, trial->setup.options->hosts);
    (void)fal_text_copy(run->kernels, sizeof run->kernels, trial->now.state.kernels);
    (void)fal_text_copy(run->mpi, sizeof run->mpi, fal_comm_library());
    run->ranks = fal_comm_size(trial->setup.group);
    run->threads = fal_parallel_threads();
}

fal_status fal_trial_note_start(fal_trial *trial)
{
    fal_table *starts = &trial->now.state.record.starts;
    fill_run_info(trial);
    const fal_row_start row = {.start = starts->count + 1,
                               .unix_seconds = (int64_t)time(NULL),
                               .al_round = trial->now.state.al_round,
                               .fl_round = trial->now.state.fl_done,
                               .ranks = trial->setup.run.ranks,
                               .threads = trial->setup.run.threads};
    if (!fal_trial_speaks(trial)) {
        return FAL_OK;
    }
    FAL_TRY(fal_table_add(starts, &row));
    const time_t first = (time_t)((const fal_row_start *)fal_table_row(starts, 0))->unix_seconds;
    struct tm parts;
    if (gmtime_r(&first, &parts) != NULL) {
        (void)strftime(trial->setup.run.started, sizeof trial->setup.run.started, "%Y-%m-%dT%H:%M:%SZ", &parts);
    }
    return FAL_OK;
}
