/* What the statistics say, in words. */
#ifndef FAL_REPORT_VERDICT_INTERNAL_H
#define FAL_REPORT_VERDICT_INTERNAL_H

#include "report_internal.h"

/** Fills report->verdict from the frames: what is best, which pairs can be told apart, how many seeds there are and how
 *  many a difference of 1 point needs, and what speaks against trusting it. */
fal_status fal_verdict(fal_report *report);
/** The warnings: too few seeds, missing trials, undertrained models, settings that differ in more than one parameter.
 */
fal_status fal_verdict_warnings(fal_report *report);

#endif
