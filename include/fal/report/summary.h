/* What the job prints at its end and fal_report from files, by the same code: mean accuracy per AL round and strategy,
 * t-scores and winning rates of every pair (paper Definition 1, Eqs. 5 and 6). Curves of different settings are never
 * compared: each setting has tables of its own. Not collective. FAL_ERR_USAGE if the same trial is there twice. */
#ifndef FAL_REPORT_SUMMARY_H
#define FAL_REPORT_SUMMARY_H

#include "fal/base/text.h"
#include "fal/results/curve.h"

typedef struct {
    bool student; /* threshold t(0.975, s-1) instead of 2.776 */
    bool tested;  /* winning rates over AL rounds 2 .. R instead of 1 .. R */
} fal_summary_options;

/** Append the accuracy table of each setting: rows AL rounds, columns strategies, mean over seeds in per cent, +- its
 *  standard deviation where there are several. */
fal_status fal_summary_accuracy(const fal_curve *curves, int count, fal_text *text);
/** The same for a column of /rounds. FAL_ERR_USAGE: there is none of that name. */
fal_status fal_summary_column(const fal_curve *curves, int count, const char *name, fal_text *text);
/** Append winning rates (and last-round t-scores) of every pair over the seeds that both have; says plainly when the
 *  seeds are too few to mean anything. */
fal_status fal_summary_winning(const fal_curve *curves, int count, const fal_summary_options *options, fal_text *text);
/** Append the penalty matrix over all settings in which every pair has a winning rate, for the strategies that all of
 *  these have. A sentence where there is nothing to sum. */
fal_status fal_summary_penalty(const fal_curve *curves, int count, const fal_summary_options *options, fal_text *text);
/** Append for each setting the areas under the learning curves of every pair over the seeds that both have and the AL
 *  rounds that all these curves have: paired t-test, Hodges-Lehmann, Wilcoxon, Holm over the pairs, and how many seeds
 *  would find a difference of 1 point. */
fal_status fal_summary_aulc(const fal_curve *curves, int count, fal_text *text);
/** Append the ranks of the strategies by mean area over at least 2 settings with an area of every strategy that all of
 *  them have: Friedman's test, Nemenyi's critical difference, pairs with Holm. A sentence where there is nothing
 *  to rank. */
fal_status fal_summary_aulc_ranks(const fal_curve *curves, int count, fal_text *text);

#endif
