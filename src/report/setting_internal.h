/* The curves of one setting, ordered for comparison: strategies, their seeds, and every pair over matched seeds. */
#ifndef FAL_REPORT_SETTING_INTERNAL_H
#define FAL_REPORT_SETTING_INTERNAL_H

#include "fal/base/text.h"
#include "fal/results/curve.h"
#include "fal/report/stats.h"

/** A view: the curves stay the caller's and must outlive it. */
typedef struct {
    const char *name;
    const char **strategies; /* [strategy_count] in order of first appearance */
    int strategy_count;
    const fal_curve **curves; /* [curve_count] in the caller's order; one per strategy and seed */
    int curve_count;
    int rounds; /* of the longest curve */
} fal_setting;

/** Split curves by `setting`, in order of first appearance. FAL_ERR_USAGE if two are the same trial. */
fal_status fal_study_create(const fal_curve *curves, int count, fal_setting **settings, int *setting_count);
void fal_study_destroy(fal_setting *settings, int setting_count);

/** A column of /rounds times `factor`, of a strategy at a round (0-based): one value per seed that reached it and has a
 *  finite one; returns their number. `values` has room for curve_count. */
int fal_setting_values(const fal_setting *setting, int strategy, int round, const fal_column *column, double factor,
                       double *values);
/** For titles: "test accuracy", "balanced test accuracy". */
const char *fal_setting_measure(const fal_setting *setting);
/** For titles that do not name the measure: "", " in balanced accuracy". */
const char *fal_setting_in_measure(const fal_setting *setting);
/** The column of /rounds of that name. FAL_ERR_USAGE: there is none. */
fal_status fal_setting_find_column(const char *name, const fal_column **found);
/** Test accuracies in per cent, one per seed that reached the round. */
int fal_setting_accuracies(const fal_setting *setting, int strategy, int round, double *values);
/** Seeds of a strategy. */
int fal_setting_seeds(const fal_setting *setting, int strategy);
/** Labelled share at a round (0-based): mean over the curves that reached it. */
double fal_setting_share(const fal_setting *setting, int round);
/** Mean accuracies in per cent [strategy_count] at a round (0-based) over the seeds with which every strategy has
 * reached it; returns their number (0: means are NaN). */
int fal_setting_common_means(const fal_setting *setting, int round, double *means);
/** Mean areas under the learning curves in per cent [n] of the n >= 1 named strategies, over the seeds that all of them
 *  have with at least 2 rounds, up to the last round that all these curves have; returns the number of seeds. Means are
 * NaN without seeds or below 2 rounds. `matched` is scratch for n. */
int fal_setting_common_areas(const fal_setting *setting, const char *const *names, int n, const fal_curve **matched,
                             double *means);
/** The place of a strategy; -1 if there is none of that name. */
int fal_setting_find(const fal_setting *setting, const char *strategy);

/** Strategies that all the settings have, in the order of the first; returns their number. `names` has room for the
 *  first one's. */
int fal_study_common(const fal_setting *const *settings, int count, const char **names);
/** Append a line that names the other strategies of these settings, if there are any. */
void fal_study_note_others(const fal_setting *const *settings, int count, const char *const *names, int n,
                           fal_text *text);

/** Strategy i against j over the seeds that both have, in the rounds that all those curves have. */
typedef struct {
    int seeds, rounds;
    const fal_curve **a, **b; /* [seeds] views */
    fal_stats_test *tests;    /* [rounds] */
    double *t;                /* [2][rounds] t-scores of i against j, then of j against i */
} fal_pair;

fal_status fal_pair_create(const fal_setting *setting, int i, int j, fal_pair *pair);
void fal_pair_destroy(fal_pair *pair);
/** Accuracies in per cent at a round of both sides; `a`, `b` have room for pair->seeds. */
void fal_pair_accuracies(const fal_pair *pair, int round, double *a, double *b);
/** Areas under the learning curves in per cent over the pair's rounds, likewise; NaN below 2 rounds. */
void fal_pair_areas(const fal_pair *pair, double *a, double *b);
/** Winning rate of i over j, or with `backwards` of j over i; NaN where undefined. */
double fal_pair_winning_rate(const fal_pair *pair, bool backwards, double threshold, fal_stats_rounds which);

/** All pairs of a setting. */
typedef struct {
    const fal_setting *setting;
    fal_pair *pairs;             /* [n][n]; only i < j are filled */
    double *win;                 /* [n][n] winning rate of row over column; NaN where undefined */
    double *threshold;           /* [n][n] */
    int pair_count;              /* pairs with at least 2 seeds and a round */
    int seeds_least, seeds_most; /* over these pairs; 0 without any */
    int rounds_least;            /* rounds that all these pairs have */
} fal_comparison;

fal_status fal_comparison_create(const fal_setting *setting, bool student, fal_stats_rounds which,
                                 fal_comparison *comparison);
void fal_comparison_destroy(fal_comparison *comparison);
/** t-score of i against j (any order) at a round (0-based), NaN where undefined. */
double fal_comparison_t(const fal_comparison *comparison, int i, int j, int round);

#endif
