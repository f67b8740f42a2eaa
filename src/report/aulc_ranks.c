/* The ranks of the strategies over settings as people read them. */
#include "fal/report/summary.h"

#include <math.h>
#include <stddef.h>

#include "grid_internal.h"
#include "ranking_internal.h"

/* Below this the chi-squared and normal distributions stand for the true ones only roughly. */
enum { SETTINGS_ENOUGH = 6 };

static fal_status add_ranks(const fal_ranking *all, fal_text *text)
{
    fal_status status = FAL_OK;
    fal_grid grid = {0};
    FAL_TRY(fal_grid_create(&grid, all->n + 1, 2, 1));
    fal_grid_set(&grid, 0, 0, "strategy");
    fal_grid_set(&grid, 0, 1, "mean rank");
    for (int i = 0; i < all->n; i++) {
        fal_grid_set(&grid, i + 1, 0, "%s", all->names[i]);
        fal_grid_set(&grid, i + 1, 1, "%.2f", all->rank[i]);
    }
    FAL_TRY_GOTO(fal_grid_print(&grid, text));
done:
    fal_grid_destroy(&grid);
    return status;
}

static fal_status add_pairs(const fal_ranking *all, fal_text *text)
{
    static const char *const heads[] = {"better", "worse", "ranks apart", "p", "Holm"};
    enum { COLUMNS = sizeof heads / sizeof *heads };
    fal_status status = FAL_OK;
    fal_grid grid = {0};
    FAL_TRY(fal_grid_create(&grid, all->n * (all->n - 1) / 2 + 1, COLUMNS, 2));
    for (int c = 0; c < COLUMNS; c++) {
        fal_grid_set(&grid, 0, c, "%s", heads[c]);
    }
    bool marked = false;
    for (int i = 0, row = 1; i < all->n; i++) {
        for (int j = i + 1; j < all->n; j++, row++) {
            const double apart = all->rank[j] - all->rank[i];
            marked = marked || apart >= all->critical;
            fal_grid_set(&grid, row, 0, "%s", all->names[i]);
            fal_grid_set(&grid, row, 1, "%s", all->names[j]);
            fal_grid_set(&grid, row, 2, "%.2f%s", apart, apart >= all->critical ? "*" : "");
            fal_grid_set_p(&grid, row, 3, all->pair_p[row - 1]);
            fal_grid_set_p(&grid, row, 4, all->holm[row - 1]);
        }
    }
    FAL_TRY_GOTO(fal_grid_print(&grid, text));
    if (marked) {
        fal_text_add(text, "* beyond the critical difference\n");
        status = fal_text_status(text);
    }
done:
    fal_grid_destroy(&grid);
    return status;
}

static fal_status add_tables(const fal_ranking *all, int settings, fal_text *text)
{
    fal_text_add(text, "\nRanks over %d settings by mean area under the learning curve%s, 1 is best\n", all->kept,
                 fal_setting_in_measure(all->settings[0]));
    if (all->kept < settings) {
        fal_text_add(text, "%d of %d settings are left out: not every strategy has an area there.\n",
                     settings - all->kept, settings);
    }
    fal_study_note_others(all->settings, all->kept, all->names, all->n, text);
    fal_text_add(text, "\n");
    FAL_TRY(add_ranks(all, text));
    fal_text_add(text,
                 all->p < 0.0005 ? "\nFriedman's test: chi2 = %.2f with %d degrees of freedom, p < 0.001.\n"
                                 : "\nFriedman's test: chi2 = %.2f with %d degrees of freedom, p = %.3f.\n",
                 all->chi2, all->n - 1, all->p);
    if (isnan(all->critical)) {
        fal_text_add(text, "No critical difference: it is known for up to 20 strategies.\n\n");
    } else {
        fal_text_add(text, "Critical difference (Nemenyi, 5 %%): mean ranks %.2f apart.\n\n", all->critical);
    }
    FAL_TRY(add_pairs(all, text));
    if (all->kept < SETTINGS_ENOUGH) {
        fal_text_add(text,
                     "%d settings are too few to rely on: these p and the critical difference are approximations for\n"
                     "many settings, at least %d.\n",
                     all->kept, SETTINGS_ENOUGH);
    }
    fal_text_add(text, "Settings count as independent here; those that share trials or images are not.\n");
    return fal_text_status(text);
}

fal_status fal_summary_aulc_ranks(const fal_curve *curves, int count, fal_text *text)
{
    fal_status status = FAL_OK;
    fal_setting *settings = NULL;
    int setting_count = 0;
    fal_ranking all = {0};
    FAL_TRY_GOTO(fal_study_create(curves, count, &settings, &setting_count));
    FAL_TRY_GOTO(fal_ranking_create(settings, setting_count, &all));
    if (fal_ranking_is_there(&all)) {
        FAL_TRY_GOTO(add_tables(&all, setting_count, text));
    } else if (setting_count > 1) {
        fal_text_add(text, "\nNo ranks over settings: fewer than 2 settings have an area of the same 2 strategies.\n");
    }
    status = fal_text_status(text);
done:
    fal_ranking_destroy(&all);
    fal_study_destroy(settings, setting_count);
    return status;
}
