/* Strategies over settings, after Demsar, "Statistical comparisons of classifiers over multiple data sets", Journal of
 * Machine Learning Research 7 (2006): Friedman's test of the mean ranks, Nemenyi's critical difference, and every pair
 * by the normal distribution with Holm's adjustment. */
#include "fal/report/stats.h"

#include <math.h>

#include "fal/base/memory.h"
#include "fal/base/sort.h"

#include "ranks_internal.h"
#include "special_internal.h"

/* Upper 5 % points of the range of 2 .. 20 independent standard normal values, the studentized range with infinitely
 * many degrees of freedom, to the six decimals to which H. L. Harter, "Tables of range and studentized range", Annals
 * of Mathematical Statistics 31 (1960), 1122-1147, tabulates them; computed anew by tests/fixtures/gen_stats.py. */
static const double range_5_percent[] = {2.771808, 3.314493, 3.633160, 3.857656, 4.030092, 4.169554, 4.286309,
                                         4.386509, 4.474124, 4.551864, 4.621655, 4.684920, 4.742732, 4.795924,
                                         4.845154, 4.890951, 4.933745, 4.973892, 5.011689};

double fal_stats_critical_difference(int settings, int strategies)
{
    const int most = (int)(sizeof range_5_percent / sizeof *range_5_percent) + 1;
    if (settings < 1 || strategies < 2 || strategies > most) {
        return NAN;
    }
    const double k = strategies;
    return range_5_percent[strategies - 2] / sqrt(2) * sqrt(k * (k + 1) / (6.0 * settings));
}

/* Adds the ranks of one setting to sum[k], 1 the highest value; returns the sum of t^3 - t over its groups of t ties.
 */
static fal_status add_ranks(const double *values, int k, double *sum, double *ties)
{
    fal_status status = FAL_OK;
    double *rounded = NULL;
    int64_t *order = NULL;
    FAL_TRY_GOTO(fal_alloc(&rounded, (size_t)k, sizeof *rounded, "ranks"));
    FAL_TRY_GOTO(fal_alloc(&order, 2 * (size_t)k, sizeof *order, "ranks"));
    for (int i = 0; i < k; i++) {
        FAL_ASSERT(!isnan(values[i]));
        rounded[i] = fal_ranks_difference(values[i], 0);
    }
    FAL_TRY_GOTO(fal_sort_falling(rounded, order, k));
    fal_ranks_doubled(rounded, order, k, order + k);
    for (int i = 0; i < k; i++) {
        const double rank = (double)order[k + i] / 2;
        int equal = 0;
        for (int j = 0; j < k; j++) {
            equal += order[k + j] == order[k + i];
        }
        sum[order[i]] += rank;
        *ties += (double)equal * equal - 1; /* t members of the group add t (t^2 - 1) */
    }
done:
    fal_free(order);
    fal_free(rounded);
    return status;
}

fal_status fal_stats_friedman(const double *values, int settings, int strategies, double *mean_rank, double *chi2,
                              double *p)
{
    const double n = settings;
    const double k = strategies;
    double ties = 0;
    double squares = 0;
    FAL_ASSERT(settings >= 1 && strategies >= 2);
    for (int j = 0; j < strategies; j++) {
        mean_rank[j] = 0;
    }
    for (int s = 0; s < settings; s++) {
        FAL_TRY(add_ranks(values + (size_t)s * (size_t)strategies, strategies, mean_rank, &ties));
    }
    for (int j = 0; j < strategies; j++) {
        mean_rank[j] /= n;
        squares += (mean_rank[j] - (k + 1) / 2) * (mean_rank[j] - (k + 1) / 2);
    }
    const double untied = 1 - ties / (n * k * (k * k - 1)); /* 0: everything is tied everywhere */
    *chi2 = untied > 0 ? 12 * n / (k * (k + 1)) * squares / untied : 0;
    *p = fal_special_chi2_upper(*chi2, strategies - 1);
    return FAL_OK;
}

double fal_stats_rank_difference_p(double difference, int settings, int strategies)
{
    const double k = strategies;
    return erfc(fabs(difference) / sqrt(k * (k + 1) / (6.0 * settings)) / sqrt(2));
}
