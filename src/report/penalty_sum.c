/* Winning rates summed over settings: the paper's penalty matrix. */
#include <math.h>

#include "fal/base/memory.h"

#include "penalty_internal.h"

bool fal_penalty_counts(const fal_comparison *comparison)
{
    const int n = comparison->setting->strategy_count;
    for (int i = 0; i < n * n; i++) {
        if (isnan(comparison->win[i]) && i / n != i % n) {
            return false;
        }
    }
    return n > 1;
}

/* The winning rates of sum->names in one setting, [n][n]. */
static void take_rates(const fal_penalty *sum, const fal_comparison *from, double *win)
{
    for (int i = 0; i < sum->n * sum->n; i++) {
        const int winner = fal_setting_find(from->setting, sum->names[i / sum->n]);
        const int loser = fal_setting_find(from->setting, sum->names[i % sum->n]);
        win[i] = from->win[winner * from->setting->strategy_count + loser];
    }
}

fal_status fal_penalty_create(const fal_comparison *all, int count, const bool *use, fal_penalty *sum)
{
    fal_status status = FAL_OK;
    fal_penalty made = {0};
    double *win = NULL;
    const fal_comparison **from = NULL;
    FAL_TRY_GOTO(fal_alloc(&made.kept, (size_t)count, sizeof *made.kept, "penalty matrix"));
    FAL_TRY_GOTO(fal_alloc(&from, (size_t)count, sizeof *from, "penalty matrix"));
    for (int s = 0; s < count; s++) {
        if (fal_penalty_counts(&all[s]) && (use == NULL || use[s])) {
            from[made.settings] = &all[s];
            made.kept[made.settings++] = all[s].setting;
        }
    }
    const size_t most = made.settings > 0 ? (size_t)made.kept[0]->strategy_count : 0;
    FAL_TRY_GOTO(fal_alloc(&made.names, most, sizeof *made.names, "penalty matrix"));
    made.n = fal_study_common(made.kept, made.settings, made.names);
    const size_t cells = (size_t)made.n * (size_t)made.n;
    FAL_TRY_GOTO(fal_alloc(&made.penalty, cells, sizeof *made.penalty, "penalty matrix"));
    FAL_TRY_GOTO(fal_alloc(&made.last_row, (size_t)made.n, sizeof *made.last_row, "penalty matrix"));
    FAL_TRY_GOTO(fal_alloc(&win, (size_t)made.settings * cells, sizeof *win, "penalty matrix"));
    for (int s = 0; s < made.settings; s++) {
        take_rates(&made, from[s], win + (size_t)s * cells);
    }
    fal_stats_penalty(win, made.settings, made.n, made.penalty, made.last_row);
    *sum = made;
    made = (fal_penalty){0};
done:
    fal_free(win);
    fal_free(from);
    fal_penalty_destroy(&made);
    return status;
}

void fal_penalty_destroy(fal_penalty *sum)
{
    fal_free(sum->last_row);
    fal_free(sum->penalty);
    fal_free(sum->names);
    fal_free(sum->kept);
    *sum = (fal_penalty){0};
}
