/* All pairs of a setting's strategies: tests, thresholds, winning rates. */
#include "setting_internal.h"

#include <math.h>

#include "fal/base/memory.h"

static void note_pair(fal_comparison *all, const fal_pair *pair)
{
    if (pair->seeds < 2 || pair->rounds < 1) {
        return;
    }
    const bool first = all->pair_count++ == 0;
    all->seeds_least = first || pair->seeds < all->seeds_least ? pair->seeds : all->seeds_least;
    all->seeds_most = pair->seeds > all->seeds_most ? pair->seeds : all->seeds_most;
    all->rounds_least = first || pair->rounds < all->rounds_least ? pair->rounds : all->rounds_least;
}

fal_status fal_comparison_create(const fal_setting *setting, bool student, fal_stats_rounds which,
                                 fal_comparison *comparison)
{
    fal_status status = FAL_OK;
    fal_comparison made = {.setting = setting};
    const int n = setting->strategy_count;
    const size_t cells = (size_t)n * (size_t)n;
    FAL_TRY_GOTO(fal_alloc(&made.pairs, cells, sizeof *made.pairs, "comparison of strategies"));
    FAL_TRY_GOTO(fal_alloc(&made.win, cells, sizeof *made.win, "comparison of strategies"));
    FAL_TRY_GOTO(fal_alloc(&made.threshold, cells, sizeof *made.threshold, "comparison of strategies"));
    for (int i = 0; i < n; i++) {
        made.win[i * n + i] = made.threshold[i * n + i] = NAN;
        for (int j = i + 1; j < n; j++) {
            fal_pair *pair = &made.pairs[i * n + j];
            FAL_TRY_GOTO(fal_pair_create(setting, i, j, pair));
            note_pair(&made, pair);
            const double threshold = fal_stats_threshold(student, pair->seeds);
            made.threshold[i * n + j] = made.threshold[j * n + i] = threshold;
            made.win[i * n + j] = fal_pair_winning_rate(pair, false, threshold, which);
            made.win[j * n + i] = fal_pair_winning_rate(pair, true, threshold, which);
        }
    }
    *comparison = made;
    return FAL_OK;
done:
    fal_comparison_destroy(&made);
    return status;
}

void fal_comparison_destroy(fal_comparison *comparison)
{
    const int n = comparison->setting != NULL ? comparison->setting->strategy_count : 0;
    for (int i = 0; comparison->pairs != NULL && i < n * n; i++) {
        fal_pair_destroy(&comparison->pairs[i]);
    }
    fal_free(comparison->threshold);
    fal_free(comparison->win);
    fal_free(comparison->pairs);
    *comparison = (fal_comparison){0};
}

double fal_comparison_t(const fal_comparison *comparison, int i, int j, int round)
{
    const int n = comparison->setting->strategy_count;
    const bool backwards = j < i;
    const fal_pair *pair = &comparison->pairs[backwards ? j * n + i : i * n + j];
    return i == j || round < 0 || round >= pair->rounds ? NAN : pair->t[(backwards ? pair->rounds : 0) + round];
}
