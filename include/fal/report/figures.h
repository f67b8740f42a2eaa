/* Pictures of finished trials, as SVG. Not collective. */
#ifndef FAL_REPORT_FIGURES_H
#define FAL_REPORT_FIGURES_H

#include "fal/base/text.h"
#include "fal/results/curve.h"

/** Append a whole SVG file with the learning curves of one setting: for each strategy the mean accuracy over its seeds
 *  against the labelled share, both in per cent, and around it the 95 % confidence interval of that mean (from 2 seeds
 *  on). FAL_ERR_USAGE: curves of more than one setting, or the same trial twice. */
fal_status fal_figure_curves(const fal_curve *curves, int count, fal_text *svg);

#endif
