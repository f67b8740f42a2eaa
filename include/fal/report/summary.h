/* What the job prints at its end and fal_report from files, by the same code: mean accuracy per AL round and strategy,
 * t-scores and winning rates of every pair (paper Definition 1, Eqs. 5 and 6). */
#ifndef FAL_REPORT_SUMMARY_H
#define FAL_REPORT_SUMMARY_H

#include "fal/base/text.h"
#include "fal/experiment/results.h"

typedef struct {
    bool student; /* threshold t(0.975, s-1) instead of 2.776 */
    bool csv;     /* CSV instead of the terminal's table */
} fal_summary_options;

/** Append the accuracy table of each setting: rows AL rounds, columns strategies, mean over seeds in per cent. */
fal_status fal_summary_accuracy(const fal_curve *curves, int count, const fal_summary_options *options, fal_text *text);
/** Append winning rates (and last-round t-scores) of every pair over the seeds that both have; says plainly when the
 *  seeds are too few to mean anything. */
fal_status fal_summary_winning(const fal_curve *curves, int count, const fal_summary_options *options, fal_text *text);

#endif
