/* The table of one column of /rounds, test accuracy above all: a setting's strategies side by side, AL round by AL
 * round. */
#include "fal/report/summary.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fal/base/memory.h"

#include "grid_internal.h"
#include "setting_internal.h"

enum { LEAD = 2 }; /* AL round, labelled share */

/* What the table is of. */
typedef struct {
    const fal_column *column; /* NULL: the curves' measure */
    bool per_cent;
    const char *title;
} measure;

static int values_of(const fal_setting *setting, const measure *of, int strategy, int round, double *values)
{
    return of->column == NULL ? fal_setting_accuracies(setting, strategy, round, values)
                              : fal_setting_values(setting, strategy, round, of->column, 1, values);
}

fal_status fal_setting_find_column(const char *name, const fal_column **found)
{
    const char *names[64];
    const fal_table_kind *kind = &fal_rounds_kind;
    FAL_ASSERT(kind->column_count <= (int)(sizeof names / sizeof names[0]));
    for (int c = 0; c < kind->column_count; c++) {
        names[c] = kind->columns[c].name;
        if (strcmp(names[c], name) == 0) {
            *found = &kind->columns[c];
            return FAL_OK;
        }
    }
    const char *nearest = fal_text_nearest(name, names, (size_t)kind->column_count);
    return fal_fail(FAL_ERR_USAGE,
                    "--column %.60s: /rounds of a results file has no such column%s%s: see "
                    "docs/formats.md",
                    name, nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "");
}

static void show(const measure *of, double value, char text[32])
{
    (void)snprintf(text, 32, of->per_cent ? "%.2f" : "%.4g", value);
}

/* Fills the table; true if a cell stands for fewer seeds than its strategy has. */
static bool fill(const fal_setting *setting, const measure *of, double *values, fal_grid *grid)
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
            const int seeds = values_of(setting, of, s, r, values);
            const char *mark = seeds < all ? "*" : "";
            char mean[32];
            char sd[32];
            partial = partial || (seeds > 0 && seeds < all); /* a cell without any has no star */
            if (seeds == 0) {
                fal_grid_set(grid, r + 1, LEAD + s, "-");
            } else if (seeds == 1) {
                show(of, values[0], mean);
                fal_grid_set(grid, r + 1, LEAD + s, "%s%s", mean, mark);
            } else {
                show(of, fal_stats_mean(values, seeds), mean);
                show(of, fal_stats_sd(values, seeds), sd);
                fal_grid_set(grid, r + 1, LEAD + s, "%s +- %s%s", mean, sd, mark);
            }
        }
    }
    return partial;
}

static fal_status add_table(const fal_setting *setting, const measure *of, double *values, fal_text *text)
{
    fal_status status = FAL_OK;
    fal_grid grid = {0};
    FAL_TRY(fal_grid_create(&grid, setting->rounds + 2, LEAD + setting->strategy_count, LEAD));
    const bool partial = fill(setting, of, values, &grid);
    fal_text_add(text, "\n%s\n%s, mean +- standard deviation over seeds\n\n", setting->name, of->title);
    FAL_TRY_GOTO(fal_grid_print(&grid, text));
    if (partial) {
        fal_text_add(text, "* not every seed has %s\n", of->per_cent ? "reached this AL round" : "a value here");
    }
    status = fal_text_status(text);
done:
    fal_grid_destroy(&grid);
    return status;
}

static fal_status add_measure(const fal_curve *curves, int count, const measure *of, fal_text *text)
{
    fal_status status = FAL_OK;
    fal_setting *settings = NULL;
    double *values = NULL;
    int setting_count = 0;
    FAL_TRY_GOTO(fal_study_create(curves, count, &settings, &setting_count));
    FAL_TRY_GOTO(fal_alloc(&values, (size_t)count, sizeof *values, "accuracy table"));
    for (int i = 0; i < setting_count; i++) {
        FAL_TRY_GOTO(add_table(&settings[i], of, values, text));
    }
    status = fal_text_status(text);
done:
    fal_free(values);
    fal_study_destroy(settings, setting_count);
    return status;
}

fal_status fal_summary_accuracy(const fal_curve *curves, int count, fal_text *text)
{
    const bool balanced = count > 0 && curves[0].measure == FAL_MEASURE_BALANCED;
    const measure accuracy = {.per_cent = true,
                              .title = balanced ? "Balanced test accuracy in per cent" : "Test accuracy in per cent"};
    return add_measure(curves, count, &accuracy, text);
}

fal_status fal_summary_column(const fal_curve *curves, int count, const char *name, fal_text *text)
{
    char title[256];
    const fal_column *column = NULL;
    FAL_TRY(fal_setting_find_column(name, &column));
    (void)snprintf(title, sizeof title, "%s%s%s: %s", name, column->units[0] != '\0' ? ", " : "", column->units,
                   column->description);
    const measure of = {.column = column, .title = title};
    return add_measure(curves, count, &of, text);
}
