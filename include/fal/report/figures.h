/* Pictures of finished trials, as SVG. Not collective. */
#ifndef FAL_REPORT_FIGURES_H
#define FAL_REPORT_FIGURES_H

#include "fal/report/report.h"

/** Append a whole SVG file with the learning curves of the report's setting: for each strategy the mean accuracy over
 *  its seeds against the labelled share, both in per cent, and around it the 95 % confidence interval of that mean
 * (from 2 seeds on). FAL_ERR_USAGE: there is more than one setting. */
fal_status fal_figure_curves(const fal_report *report, fal_text *svg);

#endif
