/* fal_report --status: where the trials of output folders are. */
#include "fal_report_status.h"

#include <string.h>
#include <time.h>

#include "fal/base/log.h"
#include "fal/base/memory.h"
#include "fal/report/states.h"

/* Settings of two folders stay apart only by the order; that is enough for people, and CSV names files. */
static fal_status append(fal_trial_state **all, int *count, const fal_trial_state *more, int more_count)
{
    fal_trial_state *both = NULL;
    FAL_TRY(fal_alloc(&both, (size_t)(*count + more_count), sizeof *both, "states of trials"));
    if (*count > 0) {
        memcpy(both, *all, (size_t)*count * sizeof *both);
    }
    if (more_count > 0) {
        memcpy(both + *count, more, (size_t)more_count * sizeof *both);
    }
    fal_free(*all);
    *all = both;
    *count += more_count;
    return FAL_OK;
}

fal_status fal_report_status(const char *const *paths, int path_count, bool csv)
{
    const int64_t now = (int64_t)time(NULL);
    fal_trial_state *all = NULL;
    int count = 0;
    fal_text text = {0};
    fal_status status = FAL_OK;
    for (int i = 0; i < path_count && status == FAL_OK; i++) {
        fal_trial_state *found = NULL;
        int found_count = 0;
        status = fal_state_list(paths[i], now, &found, &found_count);
        if (status == FAL_OK) {
            status = append(&all, &count, found, found_count);
        }
        fal_free(found);
    }
    FAL_TRY_GOTO(status);
    FAL_TRY_GOTO(fal_states_describe(all, count, csv, &text));
    if (!csv) {
        fal_text_add(&text, "Trials that have not begun have no files; fal_hpc knows them:\n"
                            "fal_hpc DATASET.h5 ... --list-trials --status\n");
    }
    FAL_TRY_GOTO(fal_text_status(&text));
    fal_log_print(text.chars);
done:
    fal_text_destroy(&text);
    fal_free(all);
    return status;
}
