/* The accuracy table: a setting's strategies side by side, AL round by AL round. */
#include "fal/report/summary.h"

#include <math.h>
#include <stddef.h>

#include "fal/base/memory.h"

#include "grid_internal.h"
#include "setting_internal.h"

enum { LEAD = 2 }; /* AL round, labelled share */

static fal_status add_rows_csv(const fal_setting *setting, double *values, fal_text *text)
{
    for (int s = 0; s < setting->strategy_count; s++) {
        for (int r = 0; r < setting->rounds; r++) {
            const int seeds = fal_setting_accuracies(setting, s, r, values);
            if (seeds == 0) {
                continue;
            }
            FAL_TRY(fal_csv_text(text, setting->name));
            FAL_TRY(fal_text_add(text, ","));
            FAL_TRY(fal_csv_text(text, setting->strategies[s]));
            FAL_TRY(fal_text_add(text, ",%d,", r + 1));
            FAL_TRY(fal_csv_real(text, fal_setting_share(setting, r)));
            FAL_TRY(fal_text_add(text, ",%d,", seeds));
            FAL_TRY(fal_csv_real(text, fal_stats_mean(values, seeds)));
            FAL_TRY(fal_text_add(text, ","));
            FAL_TRY(fal_csv_real(text, fal_stats_sd(values, seeds)));
            FAL_TRY(fal_text_add(text, "\n"));
        }
    }
    return FAL_OK;
}

/* Fills the table; true if a cell stands for fewer seeds than its strategy has. */
static bool fill(const fal_setting *setting, double *values, fal_grid *grid)
{
    bool partial = false;
    fal_grid_set(grid, 0, 0, "AL round");
    fal_grid_set(grid, 0, 1, "labelled");
    fal_grid_set(grid, setting->rounds + 1, 0, "seeds");
    for (int r = 0; r < setting->rounds; r++) {
        fal_grid_set(grid, r + 1, 0, "%d", r + 1);
        fal_grid_set(grid, r + 1, 1, "%.1f %%", 100 * fal_setting_share(setting, r));
    }
    for (int s = 0; s < setting->strategy_count; s++) {
        const int all = fal_setting_seeds(setting, s);
        fal_grid_set(grid, 0, LEAD + s, "%s", setting->strategies[s]);
        fal_grid_set(grid, setting->rounds + 1, LEAD + s, "%d", all);
        for (int r = 0; r < setting->rounds; r++) {
            const int seeds = fal_setting_accuracies(setting, s, r, values);
            const char *mark = seeds < all ? "*" : "";
            partial = partial || seeds < all;
            if (seeds == 0) {
                fal_grid_set(grid, r + 1, LEAD + s, "-");
            } else if (seeds == 1) {
                fal_grid_set(grid, r + 1, LEAD + s, "%.2f%s", values[0], mark);
            } else {
                fal_grid_set(grid, r + 1, LEAD + s, "%.2f +- %.2f%s", fal_stats_mean(values, seeds),
                             fal_stats_sd(values, seeds), mark);
            }
        }
    }
    return partial;
}

static fal_status add_table(const fal_setting *setting, double *values, fal_text *text)
{
    fal_status status = FAL_OK;
    fal_grid grid = {0};
    FAL_TRY(fal_grid_create(&grid, setting->rounds + 2, LEAD + setting->strategy_count, LEAD));
    const bool partial = fill(setting, values, &grid);
    FAL_TRY_GOTO(fal_text_add(text, "\n%s\nTest accuracy in per cent, mean +- standard deviation over seeds\n\n",
                              setting->name));
    FAL_TRY_GOTO(fal_grid_print(&grid, text));
    if (partial) {
        FAL_TRY_GOTO(fal_text_add(text, "* not every seed has reached this AL round\n"));
    }
done:
    fal_grid_destroy(&grid);
    return status;
}

fal_status fal_summary_accuracy(const fal_curve *curves, int count, const fal_summary_options *options, fal_text *text)
{
    fal_status status = FAL_OK;
    fal_setting *settings = NULL;
    double *values = NULL;
    int setting_count = 0;
    FAL_TRY_GOTO(fal_settings_create(curves, count, &settings, &setting_count));
    FAL_TRY_GOTO(fal_alloc(&values, (size_t)count, sizeof *values, "accuracy table"));
    if (options->csv) {
        FAL_TRY_GOTO(
            fal_text_add(text, "setting,strategy,al_round,labelled_share,seeds,accuracy_percent,sd_percent\n"));
    }
    for (int i = 0; i < setting_count; i++) {
        FAL_TRY_GOTO(options->csv ? add_rows_csv(&settings[i], values, text) : add_table(&settings[i], values, text));
    }
done:
    fal_free(values);
    fal_settings_destroy(settings, setting_count);
    return status;
}
