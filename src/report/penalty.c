/* The penalty matrix over settings as people read it: how often each strategy wins and loses. */
#include "fal/report/summary.h"

#include <stddef.h>

#include "fal/base/memory.h"

#include "grid_internal.h"
#include "penalty_internal.h"

static fal_status add_matrix(const fal_penalty *sum, fal_text *text)
{
    fal_status status = FAL_OK;
    fal_grid grid = {0};
    const int n = sum->n;
    FAL_TRY_GOTO(fal_grid_create(&grid, n + 2, n + 1, 1));
    fal_grid_set(&grid, 0, 0, "winner");
    fal_grid_set(&grid, n + 1, 0, "mean, low is good");
    for (int i = 0; i < n; i++) {
        fal_grid_set(&grid, 0, i + 1, "%s", sum->names[i]);
        fal_grid_set(&grid, i + 1, 0, "%s", sum->names[i]);
        fal_grid_set(&grid, n + 1, i + 1, "%.2f", sum->last_row[i]);
        for (int j = 0; j < n; j++) {
            fal_grid_set(&grid, i + 1, j + 1, i == j ? "-" : "%.2f", sum->penalty[i * n + j]);
        }
    }
    FAL_TRY_GOTO(fal_grid_print(&grid, text));
done:
    fal_grid_destroy(&grid);
    return status;
}

static fal_status add_sum(const fal_penalty *sum, fal_text *text)
{
    if (sum->n < 2) {
        fal_text_add(text, "\nNo penalty matrix: no two strategies have winning rates in every setting.\n");
        return fal_text_status(text);
    }
    fal_text_add(text, "\nPenalty matrix: winning rates summed over %d setting%s, row beats column%s\n", sum->settings,
                 sum->settings == 1 ? "" : "s", fal_setting_in_measure(sum->kept[0]));
    fal_study_note_others(sum->kept, sum->settings, sum->names, sum->n, text);
    fal_text_add(text, "\n");
    return add_matrix(sum, text);
}

fal_status fal_summary_penalty(const fal_curve *curves, int count, const fal_summary_options *options, fal_text *text)
{
    fal_status status = FAL_OK;
    fal_setting *settings = NULL;
    fal_comparison *all = NULL;
    fal_penalty sum = {0};
    int setting_count = 0;
    int made = 0;
    FAL_TRY_GOTO(fal_study_create(curves, count, &settings, &setting_count));
    FAL_TRY_GOTO(fal_alloc(&all, (size_t)setting_count, sizeof *all, "penalty matrix"));
    for (; made < setting_count; made++) {
        FAL_TRY_GOTO(fal_comparison_create(&settings[made], options->student,
                                           options->tested ? FAL_STATS_TESTED : FAL_STATS_ALL, &all[made]));
        if (!fal_penalty_counts(&all[made])) { /* a sum must not become smaller without a word */
            fal_text_add(text, "\n%s: not in the penalty matrix: %s.\n", settings[made].name,
                         settings[made].strategy_count < 2 ? "one strategy only" : "a pair has no winning rate there");
        }
    }
    FAL_TRY_GOTO(fal_penalty_create(all, setting_count, NULL, &sum));
    FAL_TRY_GOTO(add_sum(&sum, text));
done:
    fal_penalty_destroy(&sum);
    for (int i = 0; i < made; i++) {
        fal_comparison_destroy(&all[i]);
    }
    fal_free(all);
    fal_study_destroy(settings, setting_count);
    return status;
}
