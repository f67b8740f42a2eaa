/* The Hodges-Lehmann estimate of a paired difference and its exact confidence interval. Both come from the Walsh
 * averages, the means of all pairs of differences (each with itself as well): the number of them above a value v is the
 * signed-rank sum of the differences from v, so that the order statistics of the averages are the limits between which
 * Wilcoxon's exact test does not reject. */
#include "fal/report/stats.h"

#include <math.h>

#include "fal/base/memory.h"
#include "fal/base/sort.h"

#include "ranks_internal.h"

/* The interval runs from the cut-th lowest to the cut-th highest average and misses with probability 2 P(W < cut): the
 * highest cut whose tail is within 2.5 %, or 1, all averages, where no tail is. */
static fal_status find_cut(int n, int64_t *cut, double *coverage)
{
    fal_status status = FAL_OK;
    int64_t *rank = NULL;
    double *share = NULL;
    FAL_TRY_GOTO(fal_alloc(&rank, (size_t)n, sizeof *rank, "Hodges-Lehmann interval"));
    FAL_TRY_GOTO(fal_alloc(&share, (size_t)n * ((size_t)n + 1) / 2 + 1, sizeof *share, "Hodges-Lehmann interval"));
    for (int i = 0; i < n; i++) {
        rank[i] = i + 1;
    }
    const int64_t most = fal_ranks_sign_patterns(rank, n, share);
    double tail = share[0];
    *cut = 1;
    while (*cut <= most / 2 && tail + share[*cut] <= 0.025) {
        tail += share[(*cut)++];
    }
    *coverage = 1 - 2 * tail;
done:
    fal_free(share);
    fal_free(rank);
    return status;
}

fal_status fal_stats_hodges_lehmann(const double *a, const double *b, int seeds, fal_stats_shift *shift)
{
    fal_status status = FAL_OK;
    double *walsh = NULL;
    int64_t *order = NULL;
    int64_t cut = 0;
    *shift = (fal_stats_shift){NAN, NAN, NAN, NAN};
    FAL_ASSERT(seeds >= 0 && seeds <= FAL_STATS_SEEDS_MAX);
    const int64_t count = (int64_t)seeds * (seeds + 1) / 2;
    FAL_TRY_GOTO(fal_alloc(&walsh, (size_t)count, sizeof *walsh, "Walsh averages"));
    FAL_TRY_GOTO(fal_alloc(&order, (size_t)count, sizeof *order, "Walsh averages"));
    for (int64_t i = 0, at = 0; i < seeds; i++) {
        const double x = fal_ranks_difference(a[i], b[i]);
        if (isnan(x)) {
            goto done;
        }
        for (int64_t j = 0; j <= i; j++) {
            walsh[at++] = (x + fal_ranks_difference(a[j], b[j])) / 2;
        }
    }
    if (count == 0) {
        goto done;
    }
    FAL_TRY_GOTO(fal_sort_rising(walsh, order, count));
    FAL_TRY_GOTO(find_cut(seeds, &cut, &shift->coverage));
    shift->estimate = (walsh[order[(count - 1) / 2]] + walsh[order[count / 2]]) / 2;
    shift->low = walsh[order[cut - 1]];
    shift->high = walsh[order[count - cut]];
done:
    fal_free(order);
    fal_free(walsh);
    return status;
}
