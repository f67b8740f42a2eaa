/* Strategies over settings, by the ranks of their areas under the learning curve: Friedman, Nemenyi, Holm. */
#include "fal/report/summary.h"

#include <math.h>
#include <stddef.h>

#include "fal/base/memory.h"
#include "fal/base/sort.h"

#include "grid_internal.h"
#include "setting_internal.h"

/* Below this the chi-squared and normal distributions stand for the true ones only roughly. */
enum { SETTINGS_ENOUGH = 6 };

typedef struct {
    const fal_setting **settings; /* [settings_kept] */
    int kept;
    const char **names; /* [n] strategies that all of them have, best first */
    double *rank;       /* [n] mean ranks */
    int n;
    double chi2, p, critical;
    double *pair_p; /* [n (n - 1) / 2] of the pairs i < j in order */
    double *holm;
} ranking;

static void ranking_destroy(ranking *all)
{
    fal_free(all->holm);
    fal_free(all->pair_p);
    fal_free(all->rank);
    fal_free(all->names);
    fal_free(all->settings);
    *all = (ranking){0};
}

/* Settings with several strategies, then those of them in which all that they have in common have an area. `areas` is
 * [settings][strategies of the first]; fills all->settings, names and the first all->kept rows of n areas. */
static fal_status take_areas(const fal_setting *settings, int count, ranking *all, double **areas)
{
    fal_status status = FAL_OK;
    const fal_curve **matched = NULL;
    int several = 0;
    FAL_TRY_GOTO(fal_alloc(&all->settings, (size_t)count, sizeof *all->settings, "ranks"));
    for (int s = 0; s < count; s++) {
        if (settings[s].strategy_count > 1) {
            all->settings[several++] = &settings[s];
        }
    }
    const size_t most = several > 0 ? (size_t)all->settings[0]->strategy_count : 0;
    FAL_TRY_GOTO(fal_alloc(&all->names, most, sizeof *all->names, "ranks"));
    FAL_TRY_GOTO(fal_alloc(areas, (size_t)several * most, sizeof **areas, "ranks"));
    FAL_TRY_GOTO(fal_alloc(&matched, most, sizeof *matched, "ranks"));
    all->n = fal_study_common(all->settings, several, all->names);
    for (int s = 0; s < several && all->n > 1; s++) {
        double *row = *areas + (size_t)all->kept * (size_t)all->n;
        (void)fal_setting_common_areas(all->settings[s], all->names, all->n, matched, row);
        if (!isnan(row[0])) { /* all of them or none */
            all->settings[all->kept++] = all->settings[s];
        }
    }
done:
    fal_free(matched);
    return status;
}

/* Best first: names and mean ranks. */
static fal_status put_in_order(ranking *all)
{
    fal_status status = FAL_OK;
    int64_t *order = NULL;
    const char **names = NULL;
    double *rank = NULL;
    FAL_TRY_GOTO(fal_alloc(&order, (size_t)all->n, sizeof *order, "ranks"));
    FAL_TRY_GOTO(fal_alloc(&names, (size_t)all->n, sizeof *names, "ranks"));
    FAL_TRY_GOTO(fal_alloc(&rank, (size_t)all->n, sizeof *rank, "ranks"));
    FAL_TRY_GOTO(fal_sort_rising(all->rank, order, all->n));
    for (int i = 0; i < all->n; i++) {
        names[i] = all->names[order[i]];
        rank[i] = all->rank[order[i]];
    }
    fal_free(all->names);
    fal_free(all->rank);
    all->names = names;
    all->rank = rank;
    names = NULL;
    rank = NULL;
done:
    fal_free(rank);
    fal_free(names);
    fal_free(order);
    return status;
}

static bool is_ranked(const ranking *all) { return all->kept > 1 && all->n > 1; }

static fal_status ranking_create(const fal_setting *settings, int count, ranking *ranked)
{
    fal_status status = FAL_OK;
    ranking all = {0};
    double *areas = NULL;
    FAL_TRY_GOTO(take_areas(settings, count, &all, &areas));
    if (is_ranked(&all)) {
        const size_t n = (size_t)all.n;
        int pairs = 0;
        FAL_TRY_GOTO(fal_alloc(&all.rank, n, sizeof *all.rank, "ranks"));
        FAL_TRY_GOTO(fal_alloc(&all.pair_p, n * (n - 1) / 2, sizeof *all.pair_p, "ranks"));
        FAL_TRY_GOTO(fal_alloc(&all.holm, n * (n - 1) / 2, sizeof *all.holm, "ranks"));
        FAL_TRY_GOTO(fal_stats_friedman(areas, all.kept, all.n, all.rank, &all.chi2, &all.p));
        FAL_TRY_GOTO(put_in_order(&all));
        all.critical = fal_stats_critical_difference(all.kept, all.n);
        for (int i = 0; i < all.n; i++) {
            for (int j = i + 1; j < all.n; j++) {
                all.pair_p[pairs++] = fal_stats_rank_difference_p(all.rank[i] - all.rank[j], all.kept, all.n);
            }
        }
        FAL_TRY_GOTO(fal_stats_holm(all.pair_p, pairs, all.holm));
    }
    *ranked = all;
    all = (ranking){0};
done:
    fal_free(areas);
    ranking_destroy(&all);
    return status;
}

static void add_rows_csv(const ranking *all, fal_text *text)
{
    fal_text_add(text, "strategy,other,settings,strategies,mean_rank,other_mean_rank,p,p_holm,critical_difference,"
                       "friedman_chi2,friedman_p\n");
    for (int i = 0, pair = 0; is_ranked(all) && i < all->n; i++) {
        for (int j = i + 1; j < all->n; j++, pair++) {
            const double values[] = {all->rank[i], all->rank[j], all->pair_p[pair], all->holm[pair], all->critical,
                                     all->chi2,    all->p};
            fal_csv_text(text, all->names[i]);
            fal_text_add(text, ",");
            fal_csv_text(text, all->names[j]);
            fal_text_add(text, ",%d,%d", all->kept, all->n);
            for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
                fal_text_add(text, ",");
                fal_csv_real(text, values[v]);
            }
            fal_text_add(text, "\n");
        }
    }
}

static fal_status add_ranks(const ranking *all, fal_text *text)
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

static fal_status add_pairs(const ranking *all, fal_text *text)
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

static fal_status add_tables(const ranking *all, int settings, fal_text *text)
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

fal_status fal_summary_aulc_ranks(const fal_curve *curves, int count, const fal_summary_options *options,
                                  fal_text *text)
{
    fal_status status = FAL_OK;
    fal_setting *settings = NULL;
    int setting_count = 0;
    ranking all = {0};
    FAL_TRY_GOTO(fal_study_create(curves, count, &settings, &setting_count));
    FAL_TRY_GOTO(ranking_create(settings, setting_count, &all));
    if (options->csv) {
        add_rows_csv(&all, text);
    } else if (is_ranked(&all)) {
        FAL_TRY_GOTO(add_tables(&all, setting_count, text));
    } else if (setting_count > 1) {
        fal_text_add(text, "\nNo ranks over settings: fewer than 2 settings have an area of the same 2 strategies.\n");
    }
    status = fal_text_status(text);
done:
    ranking_destroy(&all);
    fal_study_destroy(settings, setting_count);
    return status;
}
