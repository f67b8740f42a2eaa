/* Wilcoxon's signed-rank test, exact, and the null distribution that the Hodges-Lehmann interval uses as well
 * (algorithms.md section 6). */
#include "fal/report/stats.h"

#include <math.h>
#include <stdlib.h>

#include "fal/base/memory.h"
#include "fal/base/sort.h"

#include "ranks_internal.h"

double fal_ranks_difference(double a, double b) { return rint((a - b) * 1e6) / 1e6; }

void fal_ranks_doubled(const double *key, const int64_t *order, int n, int64_t *rank2)
{
    for (int first = 0; first < n;) {
        int last = first;
        while (last + 1 < n && key[order[last + 1]] == key[order[first]]) {
            last++;
        }
        for (int i = first; i <= last; i++) {
            rank2[i] = first + last + 2; /* 2 * mean of the ranks first+1 .. last+1 */
        }
        first = last + 1;
    }
}

/* Adding a rank halves the share of every sum and puts half of it that rank higher. */
int64_t fal_ranks_sign_patterns(const int64_t *rank, int n, double *share)
{
    int64_t total = 0;
    share[0] = 1;
    for (int i = 0; i < n; i++) {
        for (int64_t w = total; w >= 0; w--) {
            share[w] *= 0.5;
            share[w + rank[i]] += share[w];
        }
        total += rank[i];
    }
    return total;
}

/* The share of sign patterns whose doubled rank sum is at least as far from its mean as `observed`. */
static double two_sided(const int64_t *rank2, int n, int64_t observed, double *share)
{
    const int64_t total = fal_ranks_sign_patterns(rank2, n, share);
    double p = 0;
    for (int64_t w = 0; w <= total; w++) {
        p += llabs(2 * w - total) >= llabs(2 * observed - total) ? share[w] : 0;
    }
    return p < 1 ? p : 1;
}

fal_status fal_stats_wilcoxon(const double *a, const double *b, int seeds, double *w, double *p)
{
    fal_status status = FAL_OK;
    double *x = NULL;
    double *share = NULL;
    int64_t *order = NULL;
    FAL_ASSERT(seeds >= 0 && seeds <= FAL_STATS_SEEDS_MAX);
    FAL_TRY_GOTO(fal_alloc(&x, 2 * (size_t)seeds, sizeof *x, "Wilcoxon's test"));
    FAL_TRY_GOTO(fal_alloc(&order, 2 * (size_t)seeds, sizeof *order, "Wilcoxon's test"));
    double *size = x + seeds;
    int64_t *rank2 = order + seeds;
    int n = 0;
    for (int i = 0; i < seeds; i++) {
        const double here = fal_ranks_difference(a[i], b[i]);
        if (isnan(here)) {
            *w = *p = NAN;
            goto done;
        }
        if (here != 0) {
            size[n] = fabs(here);
            x[n++] = here;
        }
    }
    FAL_TRY_GOTO(fal_sort_rising(size, order, n));
    fal_ranks_doubled(size, order, n, rank2);
    int64_t observed = 0;
    for (int i = 0; i < n; i++) {
        observed += x[order[i]] > 0 ? rank2[i] : 0;
    }
    FAL_TRY_GOTO(fal_alloc(&share, (size_t)n * ((size_t)n + 1) + 1, sizeof *share, "Wilcoxon's test"));
    *w = (double)observed / 2;
    *p = two_sided(rank2, n, observed, share);
done:
    fal_free(share);
    fal_free(order);
    fal_free(x);
    return status;
}

double fal_stats_wilcoxon_smallest(int seeds) { return seeds < 1 ? 1 : ldexp(1, 1 - seeds); }
