/* Statistics over matched seeds (algorithms.md section 6): t-scores, winning rates, penalty matrix, Wilcoxon, Holm,
 * area under the learning curve. Accuracies are in per cent everywhere in this header; results files hold shares, so
 * callers multiply by 100 first. Nothing here is collective. Missing values are NaN. */
#ifndef FAL_REPORT_STATS_H
#define FAL_REPORT_STATS_H

#include <stdint.h>

#include "fal/base/status.h"

/** The paper's threshold (Eq. 5): the two-sided 5 % point of Student's t for 5 seeds, used for any number of them. */
#define FAL_STATS_PAPER_THRESHOLD 2.776

/** Paired comparison of two strategies at one AL round. */
typedef struct {
    int seeds;
    double mean; /* of the differences, in percentage points */
    double sd;   /* of the differences; NaN below 2 seeds */
    double t;    /* Definition 1; +-inf where all differences are equal, 0 where all are 0; NaN below 2 seeds */
    double p;    /* two-sided; 0 for an infinite t, 1 for mean 0 */
    double ci_low, ci_high; /* 95 % confidence interval of the mean */
} fal_stats_test;

/** Definition 1 for a against b over matched seeds: x = a - b rounded to 1e-6, t = sqrt(s) mean(x) / sd(x), s - 1 in
 * sd. The rounding makes equal accuracies give exact zeros. With fewer than 2 seeds t, p and the interval are NaN. */
fal_stats_test fal_stats_paired(const double *a, const double *b, int seeds);

/** Threshold of a win: 2.776, or with `student` the 97.5 % point for s - 1 degrees of freedom (NaN below 2 seeds). */
double fal_stats_threshold(bool student, int seeds);
/** Two-sided level of a threshold at that many seeds: the share of comparisons of equal strategies beyond it. */
double fal_stats_level(double threshold, int seeds);

typedef enum {
    FAL_STATS_ALL,   /* rounds 1 .. R in numerator and denominator (Eq. 6) */
    FAL_STATS_TESTED /* rounds 2 .. R in both: with shared seeds round 1 is the same for all strategies */
} fal_stats_rounds;

/** Share of rounds with t > threshold. `t` [rounds]; NaN if a t is NaN or no round counts. */
double fal_stats_winning_rate(const double *t, int rounds, double threshold, fal_stats_rounds which);

/** Sum of winning rates over settings. `win` [settings][strategies][strategies]; out: `penalty`
 *  [strategies][strategies], row i: how often i wins; `last_row` [strategies]: mean over i != j of penalty[i][j], how
 *  often j loses, lower is better (NaN with one strategy). The diagonal is taken as 0. */
void fal_stats_penalty(const double *win, int settings, int strategies, double *penalty, double *last_row);

/** Wilcoxon's signed-rank test: zeros dropped, mid-ranks; `w` = rank sum of positive differences (rounded as above),
 *  `p` two-sided and exact over all 2^s sign patterns (1 if nothing is left). At most FAL_STATS_SEEDS_MAX seeds. */
fal_status fal_stats_wilcoxon(const double *a, const double *b, int seeds, double *w, double *p);
enum { FAL_STATS_SEEDS_MAX = 4096 };
/** The smallest p that the test can reach: 2 / 2^s. */
double fal_stats_wilcoxon_smallest(int seeds);

/** Where a paired difference lies, without a normal distribution. */
typedef struct {
    double estimate;  /* Hodges-Lehmann: median of the Walsh averages (x_i + x_j) / 2, i <= j; NaN without seeds */
    double low, high; /* of the exact interval by Wilcoxon's test; the outermost differences where all lie inside */
    double coverage;  /* of that interval: at least 0.95 from 6 seeds on, below that all it can be, 1 - 2 / 2^s */
} fal_stats_shift;
/** For a against b over matched seeds, differences rounded as above; all NaN if one is missing. With equal differences
 *  the interval covers at least that much. At most FAL_STATS_SEEDS_MAX seeds. */
fal_status fal_stats_hodges_lehmann(const double *a, const double *b, int seeds, fal_stats_shift *shift);

/** Power of the paired two-sided 5 % t-test: the chance to find a true `difference` where differences between seeds
 *  have standard deviation `sd`; NaN below 2 seeds. Absolute error below 1e-10. */
double fal_stats_power(double difference, double sd, int seeds);
/** The smallest number of seeds whose power is at least 0.8; 0 if sd is NaN or more than 10^6 would be needed. */
int64_t fal_stats_needed_seeds(double difference, double sd);

/** Friedman's test over settings. `values` [settings][strategies], higher is better, none missing; rounded to 1e-6.
 *  `mean_rank` [strategies]: 1 is best, ties share the mean; chi2 is corrected for ties (0 and p 1 if everything is
 *  tied) and `p` its tail with strategies - 1 degrees of freedom, which is rough below 6 settings. */
fal_status fal_stats_friedman(const double *values, int settings, int strategies, double *mean_rank, double *chi2,
                              double *p);
/** Nemenyi: mean ranks that differ by this much differ at 5 % over all pairs; NaN above 20 strategies. */
double fal_stats_critical_difference(int settings, int strategies);
/** Two-sided p of a difference of two mean ranks by the normal distribution, for one pair, to be adjusted. */
double fal_stats_rank_difference_p(double difference, int settings, int strategies);

/** Holm's adjustment of `count` p-values: sorted, running maximum of (number left) * p, at most 1. A NaN stays NaN and
 *  does not count. `adjusted` may be `p`. */
fal_status fal_stats_holm(const double *p, int count, double *adjusted);

/** Mean and standard deviation (n - 1; NaN for one value). */
double fal_stats_mean(const double *values, int count);
double fal_stats_sd(const double *values, int count);

/** Area under the learning curve: trapezium of accuracy over labelled share / (last - first share); NaN for one round.
 */
double fal_stats_aulc(const double *share, const double *accuracy, int rounds);
/** Labelled share at which the curve first reaches the target, linear between rounds; NaN if never. */
double fal_stats_labels_to_reach(const double *share, const double *accuracy, int rounds, double target);

#endif
