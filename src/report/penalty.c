/* The penalty matrix over settings (how often each strategy wins and loses), and every single test as CSV. */
#include "fal/report/summary.h"

#include <math.h>
#include <stddef.h>

#include "fal/base/memory.h"

#include "grid_internal.h"
#include "setting_internal.h"

static bool is_complete(const fal_comparison *all)
{
    const int n = all->setting->strategy_count;
    for (int i = 0; i < n * n; i++) {
        if (isnan(all->win[i]) && i / n != i % n) {
            return false;
        }
    }
    return n > 1;
}

/* A sum must not become smaller without a word. */
static void note_left_out(const fal_setting *setting, fal_text *text)
{
    fal_text_add(text, "\n%s: not in the penalty matrix: %s.\n", setting->name,
                 setting->strategy_count < 2 ? "one strategy only" : "a pair has no winning rate there");
}

static fal_status add_matrix(const char *const *names, int n, const double *penalty, const double *last_row, bool csv,
                             fal_text *text)
{
    fal_status status = FAL_OK;
    fal_grid grid = {0};
    if (csv) {
        fal_text_add(text, "winner,loser,penalty\n");
        for (int i = 0; i < n * n; i++) {
            if (i / n != i % n) {
                fal_csv_text(text, names[i / n]);
                fal_text_add(text, ",");
                fal_csv_text(text, names[i % n]);
                fal_text_add(text, ",");
                fal_csv_real(text, penalty[i]);
                fal_text_add(text, "\n");
            }
        }
        return fal_text_status(text);
    }
    FAL_TRY_GOTO(fal_grid_create(&grid, n + 2, n + 1, 1));
    fal_grid_set(&grid, 0, 0, "winner");
    fal_grid_set(&grid, n + 1, 0, "mean, low is good");
    for (int i = 0; i < n; i++) {
        fal_grid_set(&grid, 0, i + 1, "%s", names[i]);
        fal_grid_set(&grid, i + 1, 0, "%s", names[i]);
        fal_grid_set(&grid, n + 1, i + 1, "%.2f", last_row[i]);
        for (int j = 0; j < n; j++) {
            fal_grid_set(&grid, i + 1, j + 1, i == j ? "-" : "%.2f", penalty[i * n + j]);
        }
    }
    FAL_TRY_GOTO(fal_grid_print(&grid, text));
done:
    fal_grid_destroy(&grid);
    return status;
}

/* The matrix of the complete comparisons all[0 .. count-1]. */
static fal_status add_sum(const fal_comparison *all, int count, bool csv, fal_text *text)
{
    fal_status status = FAL_OK;
    const char **names = NULL;
    const fal_setting **settings = NULL;
    double *win = NULL;
    double *penalty = NULL;
    double *last_row = NULL;
    const size_t most = count > 0 ? (size_t)all[0].setting->strategy_count : 0;
    FAL_TRY_GOTO(fal_alloc(&names, most, sizeof *names, "penalty matrix"));
    FAL_TRY_GOTO(fal_alloc(&settings, (size_t)count, sizeof *settings, "penalty matrix"));
    for (int s = 0; s < count; s++) {
        settings[s] = all[s].setting;
    }
    const int n = fal_study_common(settings, count, names);
    if (n < 2) {
        fal_text_add(text, "%s",
                     csv ? "" : "\nNo penalty matrix: no two strategies have winning rates in every setting.\n");
        status = fal_text_status(text);
        goto done;
    }
    FAL_TRY_GOTO(fal_alloc(&win, (size_t)count * most * most, sizeof *win, "penalty matrix"));
    FAL_TRY_GOTO(fal_alloc(&penalty, most * most, sizeof *penalty, "penalty matrix"));
    FAL_TRY_GOTO(fal_alloc(&last_row, most, sizeof *last_row, "penalty matrix"));
    for (int s = 0; s < count; s++) {
        for (int i = 0; i < n * n; i++) {
            const int from = fal_setting_find(settings[s], names[i / n]);
            const int to = fal_setting_find(settings[s], names[i % n]);
            win[s * n * n + i] = all[s].win[from * settings[s]->strategy_count + to];
        }
    }
    fal_stats_penalty(win, count, n, penalty, last_row);
    if (!csv) {
        fal_text_add(text, "\nPenalty matrix: winning rates summed over %d setting%s, row beats column%s\n", count,
                     count == 1 ? "" : "s", fal_setting_in_measure(settings[0]));
        fal_study_note_others(settings, count, names, n, text);
        fal_text_add(text, "\n");
    }
    FAL_TRY_GOTO(add_matrix(names, n, penalty, last_row, csv, text));
done:
    fal_free(last_row);
    fal_free(penalty);
    fal_free(win);
    fal_free(settings);
    fal_free(names);
    return status;
}

fal_status fal_summary_penalty(const fal_curve *curves, int count, const fal_summary_options *options, fal_text *text)
{
    fal_status status = FAL_OK;
    fal_setting *settings = NULL;
    fal_comparison *all = NULL;
    int setting_count = 0;
    int kept = 0;
    FAL_TRY_GOTO(fal_study_create(curves, count, &settings, &setting_count));
    FAL_TRY_GOTO(fal_alloc(&all, (size_t)setting_count, sizeof *all, "penalty matrix"));
    for (int i = 0; i < setting_count; i++) {
        FAL_TRY_GOTO(fal_comparison_create(&settings[i], options->student,
                                           options->tested ? FAL_STATS_TESTED : FAL_STATS_ALL, &all[kept]));
        if (is_complete(&all[kept])) {
            kept++;
        } else {
            if (!options->csv) {
                note_left_out(&settings[i], text);
            }
            fal_comparison_destroy(&all[kept]);
        }
    }
    FAL_TRY_GOTO(add_sum(all, kept, options->csv, text));
done:
    for (int i = 0; i < kept; i++) {
        fal_comparison_destroy(&all[i]);
    }
    fal_free(all);
    fal_study_destroy(settings, setting_count);
    return status;
}
