/* Statistics over matched seeds: paper Definition 1 (t-score), Eqs. 5 and 6 (winning rate), penalty matrix; Holm's
 * adjustment, area under the learning curve (algorithms.md section 6). */
#include "fal/report/stats.h"

#include <math.h>

#include "fal/base/memory.h"
#include "fal/base/sort.h"

#include "ranks_internal.h"
#include "special_internal.h"

double fal_stats_mean(const double *values, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++) {
        sum += values[i];
    }
    return count > 0 ? sum / count : NAN;
}

double fal_stats_sd(const double *values, int count)
{
    if (count < 2) {
        return NAN;
    }
    const double mean = fal_stats_mean(values, count);
    double sum = 0;
    for (int i = 0; i < count; i++) {
        sum += (values[i] - mean) * (values[i] - mean);
    }
    return sqrt(sum / (count - 1));
}

fal_stats_test fal_stats_paired(const double *a, const double *b, int seeds)
{
    fal_stats_test test = {.seeds = seeds, .mean = NAN, .sd = NAN, .t = NAN, .p = NAN, .ci_low = NAN, .ci_high = NAN};
    double sum = 0;
    bool equal = true;
    for (int i = 0; i < seeds; i++) {
        const double x = fal_ranks_difference(a[i], b[i]);
        sum += x;
        equal = equal && x == fal_ranks_difference(a[0], b[0]);
    }
    test.mean = seeds > 0 ? sum / seeds : NAN;
    if (seeds < 2 || isnan(test.mean)) {
        return test;
    }
    if (equal) { /* no deviation: decided by the sign alone */
        test.mean = fal_ranks_difference(a[0], b[0]);
        test.t = test.mean == 0 ? 0 : copysign(INFINITY, test.mean);
        test.p = test.mean == 0 ? 1 : 0;
        test.ci_low = test.ci_high = test.mean;
        test.sd = 0;
        return test;
    }
    double squares = 0;
    for (int i = 0; i < seeds; i++) {
        const double x = fal_ranks_difference(a[i], b[i]) - test.mean;
        squares += x * x;
    }
    test.sd = sqrt(squares / (seeds - 1));
    const double error = test.sd / sqrt(seeds);
    const double half = fal_special_t_critical(0.05, seeds - 1) * error;
    test.t = test.mean / error;
    test.p = fal_special_t_two_sided(test.t, seeds - 1);
    test.ci_low = test.mean - half;
    test.ci_high = test.mean + half;
    return test;
}

double fal_stats_threshold(bool student, int seeds)
{
    if (!student) {
        return FAL_STATS_PAPER_THRESHOLD;
    }
    return seeds < 2 ? NAN : fal_special_t_critical(0.05, seeds - 1);
}

double fal_stats_level(double threshold, int seeds)
{
    return seeds < 2 ? NAN : fal_special_t_two_sided(threshold, seeds - 1);
}

double fal_stats_winning_rate(const double *t, int rounds, double threshold, fal_stats_rounds which)
{
    const int first = which == FAL_STATS_TESTED ? 1 : 0;
    int won = 0;
    for (int r = first; r < rounds; r++) {
        if (isnan(t[r])) {
            return NAN;
        }
        won += t[r] > threshold;
    }
    return rounds > first ? (double)won / (rounds - first) : NAN;
}

void fal_stats_penalty(const double *win, int settings, int strategies, double *penalty, double *last_row)
{
    for (int i = 0; i < strategies; i++) {
        for (int j = 0; j < strategies; j++) {
            double sum = 0;
            for (int s = 0; s < settings && i != j; s++) {
                sum += win[((size_t)s * strategies + i) * strategies + j];
            }
            penalty[(size_t)i * strategies + j] = sum;
        }
    }
    for (int j = 0; j < strategies; j++) {
        double sum = 0;
        for (int i = 0; i < strategies; i++) {
            sum += penalty[(size_t)i * strategies + j];
        }
        last_row[j] = strategies > 1 ? sum / (strategies - 1) : NAN;
    }
}

fal_status fal_stats_holm(const double *p, int count, double *adjusted)
{
    fal_status status = FAL_OK;
    double *known = NULL;
    int64_t *order = NULL;
    int64_t *place = NULL;
    FAL_TRY_GOTO(fal_alloc(&known, (size_t)count, sizeof *known, "Holm's adjustment"));
    FAL_TRY_GOTO(fal_alloc(&order, (size_t)count, sizeof *order, "Holm's adjustment"));
    FAL_TRY_GOTO(fal_alloc(&place, (size_t)count, sizeof *place, "Holm's adjustment"));
    int n = 0;
    for (int i = 0; i < count; i++) {
        adjusted[i] = p[i];
        if (!isnan(p[i])) {
            known[n] = p[i];
            place[n++] = i;
        }
    }
    FAL_TRY_GOTO(fal_sort_rising(known, order, n));
    double running = 0;
    for (int i = 0; i < n; i++) {
        const double scaled = (n - i) * known[order[i]];
        running = scaled > running ? scaled : running;
        adjusted[place[order[i]]] = running < 1 ? running : 1;
    }
done:
    fal_free(place);
    fal_free(order);
    fal_free(known);
    return status;
}

double fal_stats_aulc(const double *share, const double *accuracy, int rounds)
{
    if (rounds < 2) {
        return NAN;
    }
    double area = 0;
    for (int r = 1; r < rounds; r++) {
        area += (share[r] - share[r - 1]) * (accuracy[r] + accuracy[r - 1]) / 2;
    }
    return area / (share[rounds - 1] - share[0]);
}

double fal_stats_labels_to_reach(const double *share, const double *accuracy, int rounds, double target)
{
    for (int r = 0; r < rounds; r++) {
        if (accuracy[r] >= target) {
            if (r == 0) {
                return share[0];
            }
            const double part = (target - accuracy[r - 1]) / (accuracy[r] - accuracy[r - 1]);
            return share[r - 1] + (share[r] - share[r - 1]) * part;
        }
    }
    return NAN;
}
