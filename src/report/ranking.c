/* Strategies over settings, by the ranks of their areas under the learning curve: Friedman, Nemenyi, Holm. */
#include "ranking_internal.h"

#include <math.h>

#include "fal/base/memory.h"
#include "fal/base/sort.h"

void fal_ranking_destroy(fal_ranking *all)
{
    fal_free(all->holm);
    fal_free(all->pair_p);
    fal_free(all->rank);
    fal_free(all->names);
    fal_free(all->settings);
    *all = (fal_ranking){0};
}

/* Settings with several strategies, then those of them in which all that they have in common have an area. `areas` is
 * [settings][strategies of the first]; fills all->settings, names and the first all->kept rows of n areas. */
static fal_status take_areas(const fal_setting *settings, int count, fal_ranking *all, double **areas)
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
static fal_status put_in_order(fal_ranking *all)
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

bool fal_ranking_is_there(const fal_ranking *all) { return all->kept > 1 && all->n > 1; }

fal_status fal_ranking_create(const fal_setting *settings, int count, fal_ranking *ranked)
{
    fal_status status = FAL_OK;
    fal_ranking all = {0};
    double *areas = NULL;
    FAL_TRY_GOTO(take_areas(settings, count, &all, &areas));
    if (fal_ranking_is_there(&all)) {
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
    all = (fal_ranking){0};
done:
    fal_free(areas);
    fal_ranking_destroy(&all);
    return status;
}
